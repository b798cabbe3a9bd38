"""The plain words in which the policy speaks to people: reasons, forms, conditions.

Everything that explains, compares or documents a policy takes its phrases from here, so that the
same thing is called the same everywhere. Words are English; titles come from the policy file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from shopward.policy.budget import Budget
from shopward.policy.indexes import Way
from shopward.policy.model import Allowance, Policy, Show, Verb
from shopward.policy.verdict import Reason


class Plain(NamedTuple):
    """A reason for people: what is the case, and what to do about it."""

    sentence: str
    hint: str


REASONS: Final[Mapping[Reason, Plain]] = {
    Reason.CALLER_FROZEN: Plain(
        "This caller is frozen.",
        "Ask whoever runs the vault: `shopward freeze list` says why, `shopward unfreeze` ends it.",
    ),
    Reason.ROLE_UNKNOWN: Plain(
        "The policy has no such role.",
        "Add [roles.NAME] to policy.toml, or give the caller a role that is there.",
    ),
    Reason.VERB_NOT_ALLOWED: Plain(
        "The role may not do this at all.",
        "Add the verb to `may` of the role, or use a caller whose role has it.",
    ),
    Reason.PURPOSE_MISSING: Plain(
        "No purpose was named.",
        "Name what the data is for; the purposes stand in policy.toml.",
    ),
    Reason.PURPOSE_UNKNOWN: Plain(
        "The policy has no such purpose.",
        "Use a purpose of policy.toml; check the spelling.",
    ),
    Reason.FIELD_MISSING: Plain(
        "No field was named.",
        "Name the fields that are needed, and only those.",
    ),
    Reason.FIELD_UNKNOWN: Plain(
        "The policy has no such field.",
        "Use a field of policy.toml; check the spelling.",
    ),
    Reason.DENIED_BY_RULE: Plain(
        "A [[deny]] rule takes this field away.",
        "Leave the field out; a [[deny]] wins over every [[allow]].",
    ),
    Reason.FIELD_NOT_ALLOWED: Plain(
        "Nothing gives this role this field for this purpose.",
        "Leave the field out, or add an [[allow]] if it is really needed.",
    ),
    Reason.FACT_MISSING: Plain(
        "The purpose rests on a fact and none was named.",
        "Name the order, shipment or ticket that the look is for, like order:1042.",
    ),
    Reason.FACT_UNKNOWN: Plain(
        "Nobody has recorded the fact that was named.",
        "Let the system that knows it write it with `shopward fact put`, then ask again.",
    ),
    Reason.FACT_FOREIGN: Plain(
        "The fact that was named is about another customer.",
        "Check the customer and the fact: one of the two was mixed up.",
    ),
    Reason.FACT_WRONG_TYPE: Plain(
        "The purpose rests on another type of fact.",
        "Name a fact of the type that the purpose asks for.",
    ),
    Reason.FACT_CLOSED: Plain(
        "The fact that was named is closed.",
        "The reason to look is over; ask only while it is open.",
    ),
    Reason.FACT_EXPIRED: Plain(
        "The fact that was named has expired.",
        "Let the system that wrote the fact renew it if it still holds.",
    ),
    Reason.FIND_NOT_ALLOWED: Plain(
        "Nothing lets this role find customers in this way.",
        "Search by a whole value, or add `find` to an [[allow]] if it is really needed.",
    ),
    Reason.ASSURANCE_TOO_LOW: Plain(
        "The caller did not sign in surely enough.",
        "Sign in with a further factor, then ask again.",
    ),
    Reason.OUTSIDE_HOURS: Plain(
        "It is outside the hours in which this may be seen.",
        "Ask again within the hours; they are on the shop's clock.",
    ),
    Reason.SIGN_IN_TOO_OLD: Plain(
        "The person's sign-in is too long ago for this.",
        "Confirm who you are again, then repeat it.",
    ),
    Reason.SUBJECT_FOREIGN: Plain(
        "A customer's account may ask about itself alone.",
        "Name the customer that is signed in, by the token.",
    ),
    Reason.CLAUSE_UNMET: Plain(
        "The caller lacks something the policy requires, such as a training.",
        "Complete what `require` names, then ask again.",
    ),
    Reason.SUBJECT_FROZEN: Plain(
        "This customer is frozen.",
        "Leave the customer's data alone until then, or ask whoever froze it.",
    ),
    Reason.RETENTION_OVER: Plain(
        "This data of the customer is past its date.",
        "Leave the field out; it is being deleted.",
    ),
    Reason.READS_SPENT: Plain(
        "The caller's looks of this minute for this purpose are used up.",
        "Ask again in the next minute; [[budget]] in policy.toml says how many there are.",
    ),
    Reason.CUSTOMERS_SPENT: Plain(
        "The caller's customers of this day for this purpose are used up.",
        "Go on tomorrow, or let whoever writes policy.toml raise [[budget]] if they are needed.",
    ),
}

FORMS: Final[Mapping[Show, str]] = {
    Show.CLEAR: "in full",
    Show.LAST4: "last 4",
    Show.INITIAL: "first letter",
    Show.DOMAIN: "only what follows the @",
    Show.CITY: "only the city",
    Show.YEAR: "only the year",
    Show.AGEBAND: "only the age band",
    Show.REDACTED: "blacked out",
}

ACTS: Final[Mapping[Verb, str]] = {
    Verb.STORE: "store new customers' data",
    Verb.UPDATE: "change your data",
    Verb.REVEAL: "see data it is given",
    Verb.SEARCH: "find you by data it is given",
    Verb.ERASE: "erase your data",
    Verb.EXPLAIN: "ask why a look is permitted or refused",
    Verb.FACTS: "record the facts that let others look, such as an open order",
    Verb.CONSENT: "say for yourself what you agree to",
    Verb.AUDIT: "read the log of who looked",
    Verb.FREEZE: "stop all use of your data for a while, and let it go on",
    Verb.OPERATE: "begin backups, restore drills and the next key",
    Verb.REQUESTS: "see what you asked us for, such as your data, and say when it is done",
}

FACTORS: Final[Mapping[int, str]] = {
    1: "after signing in",
    2: "after signing in with two factors",
    3: "after signing in with a hardware-backed key",
}

WAYS: Final[Mapping[str, str]] = {
    Way.EXACT: "the whole of it",
    Way.COMPOUND: "the whole of it beside other data",
    Way.PREFIX: "how it begins",
    Way.INFIX: "any part of it",
}

STARTED: Final[Mapping[str, str]] = {
    "stored": "after we received it",
    "last-order": "after your last order",
    "order-closed": "after an order is closed",
    "closed-account": "after you close your account",
    "last-contact": "after our last contact",
    "consent-withdrawn": "after you withdraw your consent",
}


def an(noun: str) -> str:
    """The noun with its article."""
    return f"an {noun}" if noun[:1] in "aeiou" else f"a {noun}"


def until(moment: datetime, zone: ZoneInfo) -> str:
    """When something ends, on the shop's clock."""
    return f"until {moment.astimezone(zone):%Y-%m-%d %H:%M} in {zone.key}"


def listed(words: list[str]) -> str:
    """The words as a person lists them: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def allowed(budget: Budget) -> str:
    """What a budget leaves to a caller."""
    words = []
    if budget.customers_per_day is not None:
        words.append(f"look at {budget.customers_per_day} customers a day")
    if budget.reads_per_minute is not None:
        words.append(f"look {budget.reads_per_minute} times a minute")
    return listed(words) or "look any number of times"


def duration(seconds: int) -> str:
    """A number of seconds in the largest unit that it is whole in."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        count, rest = divmod(seconds, size)
        if not rest and count:
            return f"{count} {unit}" + ("s" if count > 1 else "")
    return "0 seconds"


def who(policy: Policy, role: str) -> str:
    """The partners that act in a role, else the role's own title."""
    partners = [one.title.say("en") for one in policy.recipients.values() if one.role == role]
    return listed(partners) or policy.roles[role].title.say("en")


def conditions(rule: Allowance) -> list[str]:
    """What an allowance asks of the caller; empty when nothing."""
    words = [FACTORS[rule.assurance]] if rule.assurance > 1 else []
    if rule.auth_age_s is not None:
        words.append(f"within {duration(rule.auth_age_s)} of signing in")
    if rule.hours is not None:
        start, end = rule.hours
        words.append(f"from {start:%H:%M} to {end:%H:%M}")
    if rule.require:
        words.append("with " + listed(sorted(rule.require)))
    return words
