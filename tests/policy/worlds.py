"""Small invented policies and asks, so that properties meet every rule often."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st

from shopward.policy import (
    ANY,
    Allowance,
    Ask,
    Basis,
    Budget,
    Denial,
    FactView,
    Field,
    Freeze,
    Policy,
    Purpose,
    RetentionClass,
    Role,
    Shop,
    Show,
    Spent,
    Text,
    Verb,
)
from shopward.policy.parse import load

EXAMPLE = Path(__file__).parents[2] / "policy.example.toml"
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
FIELDS = ("email", "phone", "city")
PURPOSES = ("account", "fulfil", "support")
ROLES = ("clerk", "courier", "orders")
CLAUSES = ("trained:pii", "vetted:yes")
OTHERS = ("", "*", "nobody", "email ", "CLERK")


def example() -> Policy:
    return load(EXAMPLE)


def text(words: str) -> Text:
    return Text((("en", words),))


def world(
    allowances: tuple[Allowance, ...] = (),
    denials: tuple[Denial, ...] = (),
    zone: str = "UTC",
    budgets: tuple[Budget, ...] = (),
) -> Policy:
    """A shop in which `account` needs no fact, `fulfil` an order and `support` a ticket.

    `support` goes on while the customer is frozen.
    """
    kept = RetentionClass("account", text("account data"), 365, "last-order")
    facts = {"account": None, "fulfil": "order", "support": "ticket"}
    may = {
        "clerk": frozenset({Verb.REVEAL, Verb.SEARCH}),
        "courier": frozenset({Verb.REVEAL}),
        "orders": frozenset({Verb.FACTS}),
    }
    return Policy(
        shop=Shop("Shop", ZoneInfo(zone)),
        classes={"account": kept},
        fields={name: Field(name, text(name), "user.contact", "account") for name in FIELDS},
        purposes={
            name: Purpose(
                name,
                text(name),
                "essential",
                Basis.CONTRACT,
                facts[name],
                despite_freeze=name == "support",
            )
            for name in PURPOSES
        },
        roles={name: Role(name, text(name), may[name]) for name in ROLES},
        recipients={},
        allowances=allowances,
        denials=denials,
        sha256="00" * 32,
        budgets=budgets,
    )


hours = st.tuples(st.integers(0, 23).map(time), st.integers(0, 23).map(time)).filter(
    lambda pair: pair[0] != pair[1]
)

allowance = st.builds(
    Allowance,
    role=st.sampled_from(("clerk", "courier", "clerk", "courier", "orders")),
    purpose=st.sampled_from(PURPOSES),
    fields=st.lists(st.sampled_from(FIELDS), min_size=1, unique=True).map(tuple),
    show=st.sampled_from(Show),
    assurance=st.integers(1, 3),
    auth_age_s=st.sampled_from((None, None, 60, 600)),
    hours=st.none() | hours,
    require=st.frozensets(st.sampled_from(CLAUSES)),
)

denial = st.builds(
    Denial,
    role=st.sampled_from((*ROLES, ANY)),
    purpose=st.sampled_from((*PURPOSES, ANY)),
    fields=st.just(ANY) | st.lists(st.sampled_from(FIELDS), min_size=1, unique=True).map(tuple),
)

budget = st.builds(
    Budget,
    role=st.sampled_from(ROLES),
    purpose=st.sampled_from(PURPOSES),
    customers_per_day=st.none() | st.integers(1, 3),
    reads_per_minute=st.none() | st.integers(1, 3),
)

policy = st.builds(
    world,
    st.lists(allowance, max_size=8).map(tuple),
    st.lists(denial, max_size=1).map(tuple),
    st.sampled_from(("UTC", "Europe/Berlin")),
    st.lists(budget, max_size=3).map(tuple),
)

moment = st.integers(0, 72).map(lambda half_hours: NOON + timedelta(minutes=30 * half_hours))

fact = st.none() | st.builds(
    FactView,
    type=st.sampled_from(("order", "ticket", "shipment")),
    state=st.sampled_from(("open", "closed", "")),
    expires_at=st.none() | moment,
    belongs=st.booleans(),
)


freeze = st.none() | st.builds(
    Freeze,
    stops=st.frozensets(st.sampled_from(("reveal", "search", "export")), min_size=1),
    since=st.just(NOON),
    until=moment,
    reason=st.just("drill"),
)

spent = st.none() | st.builds(Spent, st.integers(0, 4), st.integers(0, 4), st.booleans())

FACTS = {
    "account": (None, None),
    "fulfil": ("order:1", FactView("order", "open", None, belongs=True)),
    "support": ("ticket:2", FactView("ticket", "open", None, belongs=True)),
}

ask = st.builds(
    Ask,
    verb=st.sampled_from(("reveal", "search", "store")),
    role=st.sampled_from((*ROLES, *OTHERS)),
    purpose=st.sampled_from((*PURPOSES, None)),
    fields=st.lists(st.sampled_from((*FIELDS, *OTHERS)), max_size=2).map(tuple),
    assurance=st.integers(1, 3),
    clauses=st.frozensets(st.sampled_from(CLAUSES)),
    fact_ref=st.sampled_from((None, "order:1", "ticket:2")),
    fact=fact,
    auth_age_s=st.sampled_from((None, 0, 60, 601)),
    frozen=freeze,
    caller_frozen=freeze,
    spent=spent,
)


Value = TypeVar("Value")


def replace(value: Value, **parts: Any) -> Value:
    """A copy of a value of the policy with some parts changed."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **parts)
    copied: Value = dataclasses.replace(value, **parts)  # type: ignore[type-var]
    return copied


@st.composite
def likely_ask(draw: st.DrawFn, policy: Policy) -> Ask:
    """A look that some allowance gives, with a part of it spoiled now and then."""
    if not policy.allowances:
        return draw(ask)
    rule = draw(st.sampled_from(policy.allowances))
    ref, found = FACTS[rule.purpose]
    good = Ask("reveal", rule.role, rule.purpose, rule.fields, 3, frozenset(CLAUSES), ref, found)
    odd = draw(ask)
    spoiled = draw(st.sets(st.sampled_from(Ask.__struct_fields__), max_size=2))
    return draw(st.sampled_from((good, replace(good, **{n: getattr(odd, n) for n in spoiled}))))


@st.composite
def situation(draw: st.DrawFn) -> tuple[Policy, Ask, datetime]:
    """A policy, a look that it may well permit, and a moment."""
    rules = draw(policy)
    return rules, draw(likely_ask(rules) | ask), draw(moment)
