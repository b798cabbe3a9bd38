"""Requests that the example policy permits, drawn from what the data plane was given.

Values drawn from a schema alone are mostly refused: no customer has such a token. A feed replaces
most of the well-formed requests; the link of a stateful step still puts its own customer in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from hypothesis import strategies as st

from shopward.events import OF_CONTROL_PLANES
from tests.openapi.running import KNOWN_ENTRIES, Running

Fed = tuple[str, Any]
"""The caller to ask as, and what to ask."""
Feed = st.SearchStrategy[Fed]
Part = Literal["body", "query", "path_parameters"]

FACTS = {"fulfil": "order", "support": "ticket", "deliver": "shipment", "marketing": "consent"}
ALLOWED = {
    "account": ("shop", ("first_name", "last_name", "email", "phone", "city", "country")),
    "marketing": ("shop", ("first_name", "email")),
    "tax": ("shop", ("company", "city", "vat_id")),
    "fulfil": ("warehouse", ("last_name", "city", "phone")),
    "support": ("support", ("first_name", "city", "email", "phone", "note", "tags")),
    "deliver": ("courier", ("last_name", "first_name", "phone")),
}
WORDS = st.text("abcdefghij äß-ñ", min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
VALUES = {
    "city": WORDS,
    "note": WORDS,
    "country": st.sampled_from(["DE", "fr", "US"]),
    "postcode": st.from_regex(r"[0-9]{5}", fullmatch=True),
    "vat_id": st.from_regex(r"DE[0-9]{9}", fullmatch=True),
}
POSITIONS = st.integers(0, KNOWN_ENTRIES - 1)
SIZES = st.integers(1, KNOWN_ENTRIES)


@st.composite
def lists(draw: st.DrawFn, names: tuple[str, ...]) -> list[str]:
    return draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))


@st.composite
def reveals(draw: st.DrawFn, plane: Running) -> Fed:
    purpose = draw(st.sampled_from(["account", *ALLOWED]))
    caller, names = ALLOWED[purpose]
    number = draw(st.integers(0, len(plane.subjects) - 1))
    ask = {"subject": plane.subjects[number], "fields": draw(lists(names)), "purpose": purpose}
    if purpose in FACTS:
        ask["fact"] = plane.fact(FACTS[purpose], number)
    return caller, ask


@st.composite
def searches(draw: st.DrawFn, plane: Running) -> Fed:
    number = draw(st.integers(0, 2 * len(plane.subjects)))
    return "shop", {"field": "email", "value": plane.mail(number), "purpose": "account"}


@st.composite
def finds(draw: st.DrawFn) -> Fed:
    fields = draw(
        st.sampled_from(
            [
                ({"last_name": "Love"}, "prefix"),
                ({"last_name": "Lovelace", "postcode": "10115"}, "compound"),
            ]
        )
    )
    asked: dict[str, Any] = {"fields": fields[0], "way": fields[1], "purpose": "account"}
    return "shop", asked | draw(st.sampled_from([{}, {"limit": 1}, {"limit": 100}]))


@st.composite
def stores(draw: st.DrawFn, plane: Running) -> Fed:
    fields = draw(st.fixed_dictionaries({"first_name": WORDS}, optional=VALUES))
    unique = draw(st.integers(0, 2**60))
    asked: dict[str, Any] = {"fields": fields | {"email": f"c{unique}@example.com"}}
    asked |= draw(st.sampled_from([{}, {"tokens": ["email"]}, {"external": f"x{unique}"}]))
    return draw(st.sampled_from(["shop", "importer"])), asked


@st.composite
def updates(draw: st.DrawFn, plane: Running) -> Fed:
    values = {name: st.none() | values for name, values in VALUES.items()}
    fields = draw(st.fixed_dictionaries({"first_name": WORDS}, optional=values))
    return "shop", {"subject": draw(st.sampled_from(plane.subjects)), "fields": fields}


@st.composite
def erasures(draw: st.DrawFn, plane: Running) -> Fed:
    subject = draw(st.sampled_from(plane.expendable))
    return "shop", {"subject": subject, "classes": draw(lists(("account", "order", "tax")))}


@st.composite
def explanations(draw: st.DrawFn, plane: Running) -> Fed:
    _, ask = draw(reveals(plane))
    ask |= draw(
        st.sampled_from([{}, {"role": "warehouse"}, {"role": "nobody"}, {"verb": "search"}])
    )
    return "auditor", ask


@st.composite
def facts(draw: st.DrawFn, plane: Running) -> Fed:
    number = draw(st.integers(0, len(plane.subjects) - 1))
    fact: dict[str, Any] = {
        "type": draw(st.sampled_from(["order", "ticket", "refund"])),
        "id": f"{plane.subjects[number]}-{draw(st.integers(0, 9))}",
        "subject": plane.subjects[number],
        "state": draw(st.sampled_from(["open", "closed"])),
    }
    fact |= draw(st.sampled_from([{}, {"expires": "9999-12-31T23:59:59Z"}]))
    return "orders", fact


@st.composite
def batches(draw: st.DrawFn, feed: Feed) -> Fed:
    first, item = draw(feed)
    items = [other for caller, other in draw(st.lists(feed, max_size=3)) if caller == first]
    return first, {"items": [item, *items]}


@st.composite
def inclusions(draw: st.DrawFn) -> Fed:
    size = draw(SIZES)
    index = draw(st.integers(0, size - 1))
    return "auditor", draw(st.sampled_from([{"index": index}, {"index": index, "size": size}]))


@st.composite
def consistencies(draw: st.DrawFn) -> Fed:
    old, new = sorted((draw(SIZES), draw(SIZES)))
    return "auditor", draw(st.sampled_from([{"old": old}, {"old": old, "new": new}]))


@st.composite
def callers(draw: st.DrawFn) -> Fed:
    wanted: dict[str, Any] = {"name": f"caller-{draw(st.integers(0, 2**60))}", "role": "support"}
    return "", wanted | draw(st.sampled_from([{}, {"assurance": 3}, {"clauses": ["trained:pii"]}]))


@st.composite
def webhooks(draw: st.DrawFn) -> Fed:
    name = f"hook-{draw(st.integers(0, 2**60))}"
    wanted: dict[str, Any] = {"name": name, "role": "shop-events"}
    given = draw(st.sampled_from([("signed", None), ("woocommerce", None), ("shopify", "s" * 16)]))
    return "", wanted | {"format": given[0]} | ({"secret": given[1]} if given[1] else {})


@st.composite
def events(draw: st.DrawFn, plane: Running) -> Fed:
    event: dict[str, Any] = {
        "kind": draw(st.sampled_from(sorted(OF_CONTROL_PLANES))),
        "at": "2026-12-24T18:00:00+01:00",
        "actor": draw(st.sampled_from(["console", "acc_7"])),
    }
    event |= draw(st.sampled_from([{}, {"realm": "staff", "role": "support", "session": "s1"}]))
    event |= draw(st.sampled_from([{}, {"subject": plane.subjects[0]}, {"about": "mail=7"}]))
    return "", event


@st.composite
def jobs(draw: st.DrawFn) -> Fed:
    quiet = st.sampled_from(["rewrap", "reindex", "retention"])
    asked = st.one_of(
        st.fixed_dictionaries({"name": quiet}),
        st.fixed_dictionaries(
            {"name": st.just("rewrap"), "argument": st.sampled_from(["", "turn", "renew"])}
        ),
    )
    return "", draw(asked)


@st.composite
def freezes(draw: st.DrawFn, plane: Running) -> Fed:
    """What no other feed asks for is stopped, so that they go on."""
    asked = {"until": plane.soon(), "reason": "drill", "stops": ["export"]}
    return "guard", asked | {"subject": draw(st.sampled_from(plane.subjects))}


def _as(caller: str, name: str, values: st.SearchStrategy[Any]) -> Feed:
    return values.map(lambda value: (caller, {name: value}))


def operators_feeds(plane: Running) -> Mapping[str, tuple[Part, Feed]]:
    """The bodies that the operator alone may send, by operationId."""
    event = events(plane)
    bodies: dict[str, Feed] = {
        "add-caller": callers(),
        "add-webhook": webhooks(),
        "start-job": jobs(),
        "record": event,
        "record-batch": batches(event),
    }
    return {name: ("body", feed) for name, feed in bodies.items()}


def feeds(plane: Running) -> Mapping[str, tuple[Part, Feed]]:
    """What to put where in a request, by operationId."""
    single: dict[str, Feed] = {
        "store": stores(plane),
        "reveal": reveals(plane),
        "search": searches(plane),
        "update": updates(plane),
        "erase": erasures(plane),
        "explain": explanations(plane),
        "facts": facts(plane),
    }
    many = {f"{name}-batch": batches(feed) for name, feed in single.items()}
    bodies = single | many | {"freeze": freezes(plane), "find": finds()}
    tiles = SIZES.map(lambda width: f"0/000.p/{width}")
    return {
        **{name: ("body", feed) for name, feed in bodies.items()},
        "list-facts": ("query", _as("orders", "subject", st.sampled_from(plane.subjects))),
        "entries": ("query", _as("auditor", "start", POSITIONS)),
        "inclusion": ("query", inclusions()),
        "consistency": ("query", consistencies()),
        "receipt": ("path_parameters", _as("auditor", "index", POSITIONS)),
        "thaw": ("path_parameters", _as("guard", "frozen", st.sampled_from(plane.subjects))),
        "certificate": ("query", _as("auditor", "subject", st.just(plane.erased))),
        "tile": ("path_parameters", _as("auditor", "path", tiles)),
    }
