"""Why a look is permitted or refused, rule by rule, in words a shop owner understands.

::

    yes  roles.courier          courier may reveal
    yes  purposes.deliver       deliver is a purpose: to deliver your order
    yes  allow[11]              the courier is given last_name for deliver
    no   purposes.deliver.fact  the courier may see last_name for deliver only while a shipment
                                is open; shipment 7 is closed

It walks the rules in the order in which `decide` judges, but does not stop at the first refusal
where more can be said, so that one look at the answer is enough. `verdict` of the steps is always
what `decide` says. No field's value is known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shopward.policy.decide import (
    condition_unmet,
    fact_unmet,
    field_refused,
    goes_on,
    may,
    over_budget,
)
from shopward.policy.freeze import Freeze
from shopward.policy.model import Allowance, Policy, Purpose, Show
from shopward.policy.verdict import Ask, Deny, Permit, Reason
from shopward.policy.words import (
    FORMS,
    REASONS,
    STARTED,
    WAYS,
    allowed,
    an,
    conditions,
    duration,
    listed,
    until,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was looked at.

    `rule` is where it stands in the file, like `allow[3]`. `reason` is set when this step by
    itself refuses the ask, `until` when it says until when, `show` when it settles how `field` is
    shown.
    """

    rule: str
    passed: bool
    words: str
    reason: Reason | None = None
    field: str | None = None
    show: Show | None = None
    until: datetime | None = None

    @property
    def hint(self) -> str | None:
        """What to do about a refusal; None where nothing is refused."""
        return None if self.reason is None else REASONS[self.reason].hint


def explain(policy: Policy, ask: Ask, now: datetime) -> list[Step]:
    """Every rule that bears on the ask at the aware moment `now`, in the order of judgement."""
    return list(_walk(policy, ask, now))


def verdict(steps: list[Step]) -> Permit | Deny:
    """What the steps of `explain` come to."""
    for step in steps:
        if step.reason is not None:
            return Deny(step.reason, step.field, step.until)
    return Permit(tuple(step.show for step in steps if step.show is not None))


def _walk(policy: Policy, ask: Ask, now: datetime) -> Iterator[Step]:
    if ask.caller_frozen is not None:
        yield _freeze(policy, ask, ask.caller_frozen, now, Reason.CALLER_FROZEN)
    opening = list(_role_and_purpose(policy, ask))
    yield from opening
    purpose = policy.purposes.get(ask.purpose or "")
    if purpose is None or any(step.reason for step in opening):
        return
    for name in ask.fields:
        yield _field(policy, ask, name)
    yield from _fact(policy, purpose, ask, now)
    for name in ask.fields:
        if field_refused(policy, ask, name) is None:
            yield from _conditions(policy, ask, name, now)
    if ask.frozen is not None:
        yield _freeze(policy, ask, ask.frozen, now, Reason.SUBJECT_FROZEN)
    for name in ask.fields:
        if name in policy.fields and policy.fields[name].retention in ask.over:
            kept = policy.classes[policy.fields[name].retention]
            said = f"{name} is kept {kept.keep_days} days {STARTED[kept.starts]}; that is over"
            yield _refusal(f"classes.{kept.name}", Reason.RETENTION_OVER, said, name)
    yield from _budget(policy, ask, now)


def _role_and_purpose(policy: Policy, ask: Ask) -> Iterator[Step]:
    """May the role do this at all, for a purpose that exists, with a field named?"""
    role = plain(ask.role)
    rule = f"roles.{role}"
    barred = may(policy, ask.role, ask.verb)
    if barred is not None:
        said = {
            Reason.ROLE_UNKNOWN: f"there is no role {role}",
            Reason.VERB_NOT_ALLOWED: f"{role} may not {plain(ask.verb)}",
        }
        yield Step(rule, passed=False, words=said[barred.reason], reason=barred.reason)
        return
    yield Step(rule, passed=True, words=f"{role} may {ask.verb}")
    yield _purpose(policy, ask)
    if not ask.fields:
        yield _refusal("fields", Reason.FIELD_MISSING, "no field was named")


def _purpose(policy: Policy, ask: Ask) -> Step:
    if not ask.purpose:
        return _refusal("purposes", Reason.PURPOSE_MISSING, "no purpose was named")
    purpose = policy.purposes.get(ask.purpose)
    if purpose is None:
        said = f"there is no purpose {plain(ask.purpose)}"
        return _refusal("purposes", Reason.PURPOSE_UNKNOWN, said)
    said = f"{purpose.name} is a purpose: to {purpose.title.say('en')}"
    return Step(f"purposes.{purpose.name}", passed=True, words=said)


def _field(policy: Policy, ask: Ask, name: str) -> Step:
    """Is the field given at all, whatever the conditions?"""
    purpose, subject = ask.purpose or "", f"the {plain(ask.role)}"
    reason = field_refused(policy, ask, name)
    if reason is None:
        at = listed([_at(policy, rule) for rule in _rules(policy, ask, name)])
        return Step(at, passed=True, words=f"{subject} is given {name} for {purpose}", field=name)
    denial = policy.denial_of(ask.role, purpose, name)
    said = {
        Reason.FIELD_UNKNOWN: f"there is no field {plain(name)}",
        Reason.DENIED_BY_RULE: f"{plain(name)} is taken from {subject} for {purpose}",
        Reason.FIELD_NOT_ALLOWED: f"no [[allow]] gives {subject} {plain(name)} for {purpose}",
    }
    at = f"fields.{plain(name)}"
    if reason is Reason.DENIED_BY_RULE and denial is not None:
        at = f"deny[{policy.denials.index(denial) + 1}]"
    return _refusal(at, reason, said[reason], name)


def _fact(policy: Policy, purpose: Purpose, ask: Ask, now: datetime) -> Iterator[Step]:
    """Does the fact hold that the purpose rests on, or that was named although it needs none?"""
    given = [name for name in ask.fields if field_refused(policy, ask, name) is None]
    if not given or (purpose.fact is None and ask.fact_ref is None):
        return
    rule = f"purposes.{purpose.name}.fact"
    reason = fact_unmet(purpose.fact, ask.fact_ref, ask.fact, now)
    named = plain((ask.fact_ref or "").replace(":", " ", 1))
    if reason is None:
        yield Step(rule, passed=True, words=f"{named} is open and the customer's own")
        return
    lacks = {
        Reason.FACT_MISSING: "none was named",
        Reason.FACT_UNKNOWN: f"{named} is not known",
        Reason.FACT_FOREIGN: f"{named} belongs to another customer",
        Reason.FACT_WRONG_TYPE: f"{named} is something else",
        Reason.FACT_CLOSED: f"{named} is closed",
        Reason.FACT_EXPIRED: f"{named} has expired",
    }
    only = f"only while {an(purpose.fact)} is open" if purpose.fact else "naming what holds"
    said = (
        f"the {plain(ask.role)} may see {listed(given)} for {purpose.name} {only}; {lacks[reason]}"
    )
    yield _refusal(rule, reason, said)


def _freeze(policy: Policy, ask: Ask, stop: Freeze, now: datetime, reason: Reason) -> Step:
    """Does a freeze of the caller or the customer stop this verb?"""
    whom = "this caller" if reason is Reason.CALLER_FROZEN else "this customer"
    said = f"{whom} is frozen for {listed(sorted(stop.stops))}"
    said += f" {until(stop.until, policy.shop.time_zone)}"
    is_held = stop.holds(ask.verb, now)
    if is_held and reason is Reason.SUBJECT_FROZEN and goes_on(policy, ask):
        said = f"{said}; {plain(ask.purpose or '')} goes on all the same"
        return Step("freeze", passed=True, words=said)
    if is_held:
        return Step("freeze", passed=False, words=said, reason=reason, until=stop.until)
    why = "that is over" if not stop.stands(now) else f"{plain(ask.verb)} goes on"
    return Step("freeze", passed=True, words=f"{said}; {why}")


def _budget(policy: Policy, ask: Ask, now: datetime) -> Iterator[Step]:
    """Is something left of the caller's budget?"""
    budget, spent = policy.budget_of.get((ask.role, ask.purpose)), ask.spent
    if budget is None or spent is None:
        return
    said = f"each caller of {plain(ask.role)} may {allowed(budget)} for {budget.purpose}"
    said += f"; this one looked at {spent.customers} today"
    said += ", this customer among them" if spent.is_counted else ""
    deny, rule = over_budget(policy, ask, now), f"budget[{policy.budgets.index(budget) + 1}]"
    if deny is None:
        yield Step(rule, passed=True, words=said)
        return
    unit = "looks this minute" if deny.reason is Reason.READS_SPENT else "customers today"
    said += f"; no more {unit}"
    if deny.until is not None:
        said += f" {until(deny.until, policy.shop.time_zone)}"
    yield Step(rule, passed=False, words=said, reason=deny.reason, until=deny.until)


def _conditions(policy: Policy, ask: Ask, name: str, now: datetime) -> Iterator[Step]:
    """Each allowance for the field, clearest first, up to the one whose conditions are met."""
    lacks: Reason | None = None
    for rule in _rules(policy, ask, name):
        reason = condition_unmet(rule, ask, now, policy.shop.time_zone)
        said = f"the {plain(ask.role)} may see {name} {FORMS[rule.show]} for {rule.purpose}"
        needs = listed(conditions(rule))
        said += f", only {needs}" if needs else ""
        if reason is None:
            yield Step(_at(policy, rule), passed=True, words=said, field=name, show=rule.show)
            return
        lacks = lacks or reason
        said += f"; {_lacking(reason, rule, ask, now, policy)}"
        yield Step(_at(policy, rule), passed=False, words=said, field=name)
    if lacks is not None:
        yield _refusal(f"fields.{name}", lacks, f"no rule that gives {name} is met", name)


def _lacking(reason: Reason, rule: Allowance, ask: Ask, now: datetime, policy: Policy) -> str:
    """What this caller lacks, at this moment."""
    if reason is Reason.FIND_NOT_ALLOWED:
        return f"not to find customers by {WAYS.get(ask.find or '', 'that')}"
    if reason is Reason.ASSURANCE_TOO_LOW:
        return f"this caller has level {ask.assurance} of {rule.assurance}"
    if reason is Reason.SIGN_IN_TOO_OLD:
        age_s = ask.auth_age_s
        return "no person signed in" if age_s is None else f"it was {duration(age_s)} ago"
    if reason is Reason.OUTSIDE_HOURS:
        return f"it is {_clock(now, policy)}"
    return "this caller lacks " + listed(sorted(rule.require - ask.clauses))


def _clock(now: datetime, policy: Policy) -> str:
    if now.tzinfo is None:
        return "no time of day"
    try:
        return f"{now.astimezone(policy.shop.time_zone):%H:%M} in {policy.shop.time_zone.key}"
    except OverflowError:
        return "no time of day"


def _rules(policy: Policy, ask: Ask, name: str) -> tuple[Allowance, ...]:
    return policy.scopes[ask.role, ask.purpose].rules[name]


def _at(policy: Policy, rule: Allowance) -> str:
    return f"allow[{policy.allowances.index(rule) + 1}]"


def _refusal(rule: str, reason: Reason, words: str, field: str | None = None) -> Step:
    return Step(rule, passed=False, words=words, reason=reason, field=field)


def plain(word: str) -> str:
    """A word of a caller, short and harmless on a terminal."""
    return "".join(c if c.isprintable() else "?" for c in word[:60]) or "(nothing)"
