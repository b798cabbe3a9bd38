"""Both clients have the same verbs, and both sides of the wire have the same members."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from typing import Any

import pytest

import shopward_client as sc
from shopward_client import answers, asked, items, matches
from shopward_client.calls import admin, hooks, reads, stops
from shopward_client.errors import BY_CODE

TOKEN = "cus_" + "0" * 27
ITEMS = {
    "StoreRequest": sc.Store({"email": "a"}, "42", ["email"], "r"),
    "RevealRequest": sc.Reveal("cus_1", ["email"], "fulfil", "order:1", "r"),
    "SearchRequest": sc.Search("email", "a", "support", "order:1", "r"),
    "UpdateRequest": sc.Update("cus_1", {"email": None}, ["email"], "r"),
    "EraseRequest": sc.Erase("cus_1", ["tax"], "r"),
    "ExplainRequest": sc.Explain("fulfil", ["email"], "cus_1", "order:1", "role", "reveal", "r"),
    "FindRequest": reads._Find({"last_name": "a"}, "prefix", "fulfil", "order:1", 20),
    "FactRequest": sc.PutFact("order:1", "cus_1", "open", "2026-01-02T00:00:00Z", 1, "r"),
    "FreezeRequest": stops._Freeze("2026-01-02T00:00:00Z", "x", "cus_1", "0" * 12, ["erase"], "n"),
    "CallerRequest": admin._Caller("shop", "role", 2, ["trained:pii"], "shop+01234567+AQ=="),
    "HookRequest": hooks._Hook("web", "signed", "role", "s" * 16),
    "RotateRequest": hooks._Rotate("web", "s" * 16, 1),
    "CloseRequest": hooks._Close("access-request", "web-1", "done"),
    "EventRequest": sc.Event(
        "staff:invited", "2026-01-02T00:00:00Z", "a_1", "staff", "support", "s_1", TOKEN, "a=b", "r"
    ),
}
ANSWERS = [
    name
    for name, kind in inspect.getmembers(answers, inspect.isclass)
    + inspect.getmembers(asked, inspect.isclass)
    + inspect.getmembers(matches, inspect.isclass)
    if dataclasses.is_dataclass(kind)
]


def public(kind: type) -> dict[str, object]:
    verbs = {name: one for name, one in vars(kind).items() if not name.startswith("_")}
    verbs["close"] = verbs.pop("aclose", None) or verbs["close"]
    return verbs


def test_both_clients_have_the_same_verbs_with_the_same_words() -> None:
    plain, later = public(sc.Client), public(sc.AsyncClient)
    assert plain.keys() == later.keys()
    for name in plain.keys() - {"close", "follow", "send"}:
        assert inspect.getdoc(plain[name]) == inspect.getdoc(later[name])
        assert inspect.signature(plain[name]) == inspect.signature(later[name])
        assert next(iter(inspect.signature(plain[name]).parameters)) == "self"


def on_the_wire(name: str) -> Any:
    """The vault's own type of this name, whichever module of the wire has it."""
    api = pytest.importorskip("shopward.api")
    names = [one.name for one in pkgutil.iter_modules(api.__path__) if one.name.startswith("wire")]
    modules = [importlib.import_module(f"shopward.api.{one}") for one in names]
    return next(found for one in modules if (found := getattr(one, name, None)) is not None)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_have_the_members_that_travel(name: str) -> None:
    here = {
        one.name
        for one in dataclasses.fields(
            next(getattr(each, name) for each in (answers, asked, matches) if hasattr(each, name))
        )
    }
    there = set(on_the_wire({"Problem": "ProblemWire"}.get(name, name)).__struct_fields__)
    assert here - {"is_well"} == there


@pytest.mark.parametrize("name", ITEMS)
def test_the_vault_takes_every_item_whole(name: str) -> None:
    msgspec = pytest.importorskip("msgspec")
    kind = on_the_wire(name)
    sent = ITEMS[name].to_wire()
    assert sent.keys() == set(kind.__struct_fields__)
    taken = msgspec.convert(sent, kind)
    assert {member: getattr(taken, member) for member in sent} == sent


def test_every_error_of_the_vault_has_a_class_here() -> None:
    errors = pytest.importorskip("shopward.errors")
    kinds = [one for _, one in inspect.getmembers(errors, inspect.isclass)]
    for kind in kinds:
        if issubclass(kind, errors.ShopwardError):
            assert BY_CODE[kind.code].__name__ == kind.__name__


def test_every_public_name_is_there() -> None:
    assert all(hasattr(sc, name) for name in sc.__all__)
    known = {one.__name__ for one in items.Item.__subclasses__()}
    assert {name for name in known if not name.startswith("_")} <= set(sc.__all__)
