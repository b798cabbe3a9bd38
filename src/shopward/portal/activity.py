"""What happened to a customer's data, in sentences: one entry of the ledger is one line.

An entry names roles, purposes and fields; their titles come from the policy. Whatever kind an entry
is of, it is told: one that is not known here is named by its kind, and none is left out.

- No line holds a value: an entry has none.
- Whoever is outside the shop is named as the policy's recipient, never as "we".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from shopward.policy import Policy
from shopward.portal.plain import PLAIN, Group
from shopward.portal.said import Filling, Said, gettext_noop

Details = Mapping[str, Any]
HOUSE: Final = "console"
"""The actor of what the control plane does for a customer, by a link of hers or for her letter."""


class Side(StrEnum):
    """Who did it, seen from the customer."""

    YOU = "you"
    STAFF = "staff"
    PARTNER = "partner"
    SOFTWARE = "software"
    HOUSE = "house"


SIDES: Final = {
    Side.YOU: gettext_noop("You"),
    Side.STAFF: gettext_noop("Our staff"),
    Side.PARTNER: gettext_noop("A partner of ours"),
    Side.SOFTWARE: gettext_noop("Our software"),
    Side.HOUSE: gettext_noop("Our website"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One opened entry. `details` is None once its key is destroyed."""

    index: int
    at: datetime
    kind: str
    details: Details | None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, told.

    Args:
        index: Its place in the ledger.
        at: When.
        group: Under which heading it stands.
        side: Who did it.
        said: What happened.
        is_refused: Whether nothing was shown or done.
        is_disputable: Whether "this was not me" can be meant by it.
    """

    index: int
    at: datetime
    group: Group
    side: Side
    said: Said
    is_refused: bool = False
    is_disputable: bool = False


def told(policy: Policy, entry: Entry, language: str = "en") -> Line:
    """The line of an entry."""
    details: Details = entry.details or {}
    side = _side(policy, details)
    shop = _Words(policy, language, details, side)
    group, say = _KINDS.get(entry.kind, (_group(entry.kind), _other))
    said = say(shop) if entry.details is not None else _closed(shop)
    if say is _other:
        said = Said(said.words, {**said.values, "kind": entry.kind})
    is_refused = entry.kind in _REFUSED or entry.kind.endswith(("-failed", "-refused"))
    is_disputable = side is Side.YOU and entry.kind not in _FINE
    return Line(entry.index, entry.at, group, side, said, is_refused, is_disputable)


def looks_before(lines: list[Line], moment: datetime, since: datetime) -> list[Line]:
    """What was read between two moments, the newest first: what "this was not me" shows."""
    seen = [one for one in lines if one.group is Group.LOOK and since <= one.at <= moment]
    return sorted(seen, key=lambda one: one.index, reverse=True)


@dataclass(frozen=True, slots=True)
class _Words:
    """Titles for one entry."""

    policy: Policy
    language: str
    details: Details
    side: Side

    @property
    def who(self) -> str:
        role = str(self.details.get("role", ""))
        if not role or role == "customer" or self.side is Side.YOU:
            return SIDES[self.side]
        partners = [
            one.title.say(self.language)
            for one in self.policy.recipients.values()
            if one.role == role
        ]
        known = self.policy.roles.get(role)
        if len(partners) == 1:
            return partners[0]
        return known.title.say(self.language) if known else SIDES[self.side]

    @property
    def fields(self) -> tuple[str, ...]:
        known = self.policy.fields
        names = self.details.get("fields") or ()
        return tuple(known[n].title.say(self.language) if n in known else str(n) for n in names)

    @property
    def classes(self) -> tuple[str, ...]:
        known = self.policy.classes
        names = self.details.get("classes") or ()
        return tuple(known[n].title.say(self.language) if n in known else str(n) for n in names)

    @property
    def why(self) -> str:
        known = self.policy.purposes.get(str(self.details.get("purpose") or ""))
        said = known.title.say(self.language) if known else str(self.details.get("purpose") or "")
        return f"{said} ({self.fact})" if said and self.fact else said

    @property
    def fact(self) -> str:
        return str(self.details.get("fact") or "").replace(":", " ", 1)

    @property
    def about(self) -> Mapping[str, str]:
        pairs = (one.partition("=") for one in str(self.details.get("about") or "").split())
        return {name: value for name, _, value in pairs if value}

    def rests_on(self, consent: str) -> tuple[str, ...]:
        """What such a consent allows."""
        if consent not in self.policy.consents:
            return ()
        found = (one for one in self.policy.purposes.values() if one.fact == consent)
        return tuple(one.title.say(self.language) for one in found)

    def say(self, words: str, **values: Filling) -> Said:
        return Said(words, {"who": self.who, **values})


def _side(policy: Policy, details: Details) -> Side:
    realm, role = details.get("realm", ""), str(details.get("role", ""))
    if realm == "customer" and details.get("actor") == HOUSE:
        return Side.HOUSE
    if realm in _BY_REALM:
        return _BY_REALM[realm]
    if any(one.role == role for one in policy.recipients.values()):
        return Side.PARTNER
    return Side.SOFTWARE if role else Side.HOUSE


_BY_REALM: Final = {"customer": Side.YOU, "staff": Side.STAFF, "system": Side.HOUSE}


def _looked(shop: _Words) -> Said:
    if shop.side is Side.YOU:
        return shop.say(gettext_noop("{who} looked at your own data."))
    words = gettext_noop("{who} saw your {fields} to {why}.")
    return shop.say(words, fields=shop.fields, why=shop.why)


def _searched(shop: _Words) -> Said:
    words = gettext_noop("{who} looked you up by your {fields} to {why}.")
    return shop.say(words, fields=shop.fields, why=shop.why)


def _denied(shop: _Words) -> Said:
    why = _WHY_NOT.get(str(shop.details.get("reason") or ""), _BY_RULES)
    if not shop.fields:
        return shop.say(gettext_noop("{who} tried something and was refused: {why_not}."), **why)
    words = gettext_noop("{who} asked for your {fields} and was refused: {why_not}.")
    return shop.say(words, fields=shop.fields, **why)


def _stored(shop: _Words) -> Said:
    return shop.say(gettext_noop("{who} stored your {fields}."), fields=shop.fields)


def _updated(shop: _Words) -> Said:
    return shop.say(gettext_noop("{who} changed your {fields}."), fields=shop.fields)


def _expired(shop: _Words) -> Said:
    return Said(gettext_noop("We deleted your {classes}: its time was over."), _classes(shop))


def _classes(shop: _Words) -> dict[str, Filling]:
    return {"classes": shop.classes or (gettext_noop("data"),)}


def _fact(shop: _Words) -> Said:
    state = str(shop.details.get("about") or "")
    purposes = shop.rests_on(shop.fact.partition(" ")[0])
    if purposes and state == "open":
        words = gettext_noop("{who} noted: you agree that we {purposes}.")
        return shop.say(words, purposes=purposes)
    if purposes:
        words = gettext_noop("{who} noted: you do not agree that we {purposes}.")
        return shop.say(words, purposes=purposes)
    words = gettext_noop("{who} noted: {fact} is {state}.")
    return shop.say(words, fact=shop.fact, state=state)


def _consented(words: str) -> Callable[[_Words], Said]:
    """A sentence about what she agreed to, or no longer does."""

    def say(shop: _Words) -> Said:
        purposes = shop.rests_on(shop.about.get("consent", ""))
        if shop.about.get("why") == "gpc":
            asked = gettext_noop("Your browser asked us not to {purposes}, so we do not.")
            return shop.say(asked, purposes=purposes or (_SOMETHING,))
        return shop.say(words, purposes=purposes or (_SOMETHING,))

    return say


_SOMETHING: Final = gettext_noop("do something that our rules no longer name")


def _plain(words: str) -> Callable[[_Words], Said]:
    """A sentence that needs nobody but who did it."""

    def say(shop: _Words) -> Said:
        return shop.say(words, **{"label": "", **shop.about})

    return say


def _other(shop: _Words) -> Said:
    return shop.say(gettext_noop("{who} did something about your data ({kind})."))


def _closed(shop: _Words) -> Said:
    del shop
    return Said(gettext_noop("What happened here cannot be read any more."))


def _group(kind: str) -> Group:
    return _BY_SUBJECT.get(kind.partition(":")[0], Group.OTHER)


_BY_SUBJECT: Final = {
    "customer": Group.SIGN_IN,
    "factor": Group.SAFETY,
    "password": Group.SAFETY,
    "recovery": Group.SAFETY,
    "recovery-codes": Group.SAFETY,
}
_FINE: Final = frozenset(
    {"customer:not-me", "incident:reported", "customer:added", "consent:withdrawn"}
)
_REFUSED: Final = frozenset({"record:denied", "record:failed"})
_BY_RULES: Final = {"why_not": gettext_noop("our rules do not allow it")}
_WHY_NOT: Final[Mapping[str, Mapping[str, str]]] = {
    "fact-missing": {"why_not": gettext_noop("there was no order or question behind it")},
    "fact-unknown": {"why_not": gettext_noop("there was no order or question behind it")},
    "fact-foreign": {"why_not": gettext_noop("the order was somebody else's")},
    "fact-closed": {"why_not": gettext_noop("the reason for it was over")},
    "fact-expired": {"why_not": gettext_noop("the reason for it was over")},
    "outside-hours": {"why_not": gettext_noop("it was outside our working hours")},
    "assurance-too-low": {"why_not": gettext_noop("signing in once was not enough for it")},
    "sign-in-too-old": {"why_not": gettext_noop("the last sign-in was too long ago")},
    "subject-frozen": {"why_not": gettext_noop("your data was locked")},
    "caller-frozen": {"why_not": gettext_noop("we had locked whoever asked")},
    "retention-over": {"why_not": gettext_noop("its time was over")},
}
_KINDS: Final[Mapping[str, tuple[Group, Callable[[_Words], Said]]]] = {
    "record:revealed": (Group.LOOK, _looked),
    "record:searched": (Group.LOOK, _searched),
    "record:denied": (Group.LOOK, _denied),
    "record:stored": (Group.CHANGE, _stored),
    "record:updated": (Group.CHANGE, _updated),
    "record:expired": (Group.CHANGE, _expired),
    "fact:put": (Group.OTHER, _fact),
    "consent:given": (
        Group.CHANGE,
        _consented(gettext_noop("You agreed that we {purposes}.")),
    ),
    "consent:withdrawn": (
        Group.CHANGE,
        _consented(gettext_noop("You withdrew your consent: we do not {purposes} any more.")),
    ),
    **{kind: (group, _plain(words)) for kind, (group, words) in PLAIN.items()},
}
