"""What a data policy says, as values: fields, purposes, roles and who may see what and why.

`parse` makes these from `policy.toml`, `decide` judges by them. This module reads no file and
judges nothing.

- A `Policy` never changes; another file makes another `Policy`, told apart by `sha256`.
- Nothing here is personal data: names of fields, never values.
- `Policy.scopes` holds only what some allowance grants and no denial takes away, so whatever is
  missing from it is denied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from shopward.policy.budget import Budget
from shopward.policy.indexes import Index, Way

ANY: Final = "*"
LEAST_ASSURANCE: Final = 1


class Verb(StrEnum):
    """What a role may do with the vault at all."""

    STORE = "store"
    UPDATE = "update"
    REVEAL = "reveal"
    SEARCH = "search"
    ERASE = "erase"
    EXPLAIN = "explain"
    FACTS = "facts"
    CONSENT = "consent"
    AUDIT = "audit"
    FREEZE = "freeze"
    OPERATE = "operate"
    REQUESTS = "requests"


class Show(StrEnum):
    """How a value is shown, clearest first; `vault.masks` makes the masked forms."""

    CLEAR = "clear"
    LAST4 = "last4"
    INITIAL = "initial"
    DOMAIN = "domain"
    CITY = "city"
    YEAR = "year"
    AGEBAND = "ageband"
    REDACTED = "redacted"


CLARITY: Final[Mapping[Show, int]] = {show: rank for rank, show in enumerate(Show)}


class Basis(StrEnum):
    """The legal ground of a purpose. Source: GDPR Article 6(1)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal-obligation"
    VITAL_INTEREST = "vital-interest"
    PUBLIC_TASK = "public-task"
    LEGITIMATE_INTEREST = "legitimate-interest"


@dataclass(frozen=True, slots=True)
class Text:
    """Words for people, in one or several languages; the first is the one fallen back to."""

    by_language: tuple[tuple[str, str], ...]

    def say(self, language: str) -> str:
        """The words in `language`, else in the first language given."""
        return dict(self.by_language).get(language, self.by_language[0][1])


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop: the controller of the data. Hours and dates are in its time zone."""

    name: str
    time_zone: ZoneInfo
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """Fields that live and die together: one data key per customer and class.

    With `survives_erasure` they outlive an erasure of the customer until their own date, on the
    `ground` that is named.
    """

    name: str
    title: Text
    keep_days: int
    starts: str
    survives_erasure: bool = False
    ground: Text | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One kind of customer data. `max_chars` counts characters, not bytes."""

    name: str
    title: Text
    category: str
    retention: str
    type: str = "text"
    max_chars: int = 1000
    indexes: tuple[str, ...] = ()
    token: str | None = None
    fold_accents: bool = False
    accepts_leak: str | None = None


@dataclass(frozen=True, slots=True)
class Compound:
    """An index over several fields at once, each by its whole value."""

    fields: tuple[str, ...]
    fold_accents: bool = False
    accepts_leak: str | None = None


@dataclass(frozen=True, slots=True)
class Purpose:
    """A reason to look. With `fact`, only while such a fact of the customer is open.

    With `despite_freeze` it goes on while the customer is frozen.
    """

    name: str
    title: Text
    use: str
    basis: Basis
    fact: str | None = None
    despite_freeze: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """What kind of caller this is and which verbs it has."""

    name: str
    title: Text
    may: frozenset[Verb]
    rate_per_minute: int = 600


@dataclass(frozen=True, slots=True)
class Recipient:
    """A partner outside the shop that acts in a role. `country` is ISO 3166-1 alpha-2."""

    name: str
    title: Text
    role: str
    country: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """A role may see fields for a purpose, shown as `show`, when every condition is met.

    `hours` is (from, until) on the shop's wall clock; from later than until spans midnight.
    `auth_age_s` is how long ago, at most, the person has proved who it is.
    `require` names clauses that the caller must carry, like `trained:pii`, and `find` the ways in
    which customers may be found by the fields.
    """

    role: str
    purpose: str
    fields: tuple[str, ...]
    show: Show = Show.CLEAR
    assurance: int = 1
    auth_age_s: int | None = None
    hours: tuple[time, time] | None = None
    require: frozenset[str] = frozenset()
    find: frozenset[str] = frozenset()

    @property
    def is_free(self) -> bool:
        """Whether every caller meets every condition at any time."""
        is_timeless = self.hours is None and self.auth_age_s is None
        return is_timeless and self.assurance <= LEAST_ASSURANCE and not self.require


@dataclass(frozen=True, slots=True)
class Denial:
    """Takes away whatever allowances give; `"*"` stands for every role, purpose or field."""

    role: str = ANY
    purpose: str = ANY
    fields: tuple[str, ...] | str = ANY

    def takes(self, role: str, purpose: str, name: str) -> bool:
        """Whether this denial takes the field `name` from the role for the purpose."""
        return (
            self.role in (ANY, role)
            and self.purpose in (ANY, purpose)
            and (self.fields == ANY or name in self.fields)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What one role may see for one purpose: by field, its allowances, clearest first.

    `free` has the fields whose clearest allowance is met by everybody, and its form.
    """

    may: frozenset[Verb]
    fact: str | None
    rules: Mapping[str, tuple[Allowance, ...]]
    free: Mapping[str, Show] = field(init=False)

    def __post_init__(self) -> None:
        """Find the fields without conditions once, so that a decision need not."""
        free = {name: rules[0].show for name, rules in self.rules.items() if rules[0].is_free}
        object.__setattr__(self, "free", free)


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy file. `sha256` is the hex digest of the file's bytes.

    `indexes` are those beside unique values, `live` those of them that are written and asked.
    """

    shop: Shop
    classes: Mapping[str, RetentionClass]
    fields: Mapping[str, Field]
    purposes: Mapping[str, Purpose]
    roles: Mapping[str, Role]
    recipients: Mapping[str, Recipient]
    allowances: tuple[Allowance, ...]
    denials: tuple[Denial, ...]
    sha256: str
    budgets: tuple[Budget, ...] = ()
    compounds: tuple[Compound, ...] = ()
    indexes: tuple[Index, ...] = field(init=False, repr=False, compare=False)
    live: tuple[Index, ...] = field(init=False, repr=False, compare=False)
    scopes: Mapping[tuple[str, str | None], Scope] = field(init=False, repr=False, compare=False)
    budget_of: Mapping[tuple[str, str | None], Budget] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Index the allowances once, so that a decision is a few dictionary look-ups."""
        object.__setattr__(self, "scopes", _scopes(self))
        indexes = tuple(_indexes(self))
        object.__setattr__(self, "indexes", indexes)
        object.__setattr__(self, "live", tuple(one for one in indexes if one.is_live))
        by_purpose = {(one.role, one.purpose): one for one in self.budgets}
        object.__setattr__(self, "budget_of", by_purpose)

    @property
    def consents(self) -> frozenset[str]:
        """The types of facts that are consents: only purposes that rest on consent ask for them."""
        asked = {one.fact: one for one in self.purposes.values() if one.fact is not None}
        others = {one.fact for one in self.purposes.values() if one.basis is not Basis.CONSENT}
        return frozenset(asked) - others

    def denial_of(self, role: str, purpose: str, name: str) -> Denial | None:
        """The first denial that takes this field from this role for this purpose."""
        return next((one for one in self.denials if one.takes(role, purpose, name)), None)


def _indexes(policy: Policy) -> Iterator[Index]:
    """Every index that a policy names, live or not, but those over unique values."""
    for one in policy.fields.values():
        for name in one.indexes:
            if name != "unique":
                is_live = one.accepts_leak is not None
                yield Index(Way(name), (one.name,), (one.type,), one.fold_accents, is_live)
    for pair in policy.compounds:
        names = tuple(sorted(pair.fields))
        types = tuple(policy.fields[name].type for name in names)
        is_live = pair.accepts_leak is not None
        yield Index(Way.COMPOUND, names, types, pair.fold_accents, is_live)


def _scopes(policy: Policy) -> dict[tuple[str, str | None], Scope]:
    """What is granted and not denied, by role and purpose."""
    found: dict[tuple[str, str | None], dict[str, list[Allowance]]] = {}
    for one, name in _granted(policy):
        found.setdefault((one.role, one.purpose), {}).setdefault(name, []).append(one)
    return {
        (role, purpose): Scope(
            policy.roles[role].may,
            policy.purposes[purpose or ""].fact,
            {name: _clearest_first(rules) for name, rules in by_name.items()},
        )
        for (role, purpose), by_name in found.items()
    }


def _clearest_first(rules: list[Allowance]) -> tuple[Allowance, ...]:
    return tuple(sorted(rules, key=lambda one: CLARITY[one.show]))


def _granted(policy: Policy) -> Iterator[tuple[Allowance, str]]:
    """Every allowance with every field of it that the policy knows and no denial takes."""
    for one in policy.allowances:
        if one.role not in policy.roles or one.purpose not in policy.purposes:
            continue
        for name in one.fields:
            if name in policy.fields and not policy.denial_of(one.role, one.purpose, name):
                yield one, name
