from __future__ import annotations

import pytest

from shopward.sources import Item, Reject, Row, batches, parse, understand
from shopward.sources.items import read_item
from tests.sources.conftest import FIELDS, Write


def take(spec: str, cells: dict[str, object], limits: dict[str, int] | None = None) -> object:
    mapping = parse(f"[fields]\nnote = {spec}\n".encode())
    result = read_item(Row(2, cells), mapping, limits or {})
    return result.fields if isinstance(result, Item) else result


@pytest.mark.parametrize(
    ("spec", "cells", "expected"),
    [
        ('"a"', {"a": "  x "}, "x"),
        ('{column="a", strip=false}', {"a": "  x "}, "  x "),
        ('{join=["a","b","c"]}', {"a": "x", "b": " ", "c": "z"}, "x z"),
        ('{join=["a","b"], separator=""}', {"a": "x", "b": "y"}, "xy"),
        ('{first=["a","b"]}', {"a": "", "b": "y"}, "y"),
        ('{column="a", default="d"}', {"a": ""}, "d"),
        ('{default="d"}', {}, "d"),
        ('{column="a", drop_apostrophe=true}', {"a": "'0012"}, "0012"),
        ('{column="a", drop_apostrophe=true}', {"a": "''t"}, "'t"),
        ('"a"', {"a": "'t Hof"}, "'t Hof"),
        ('"a.b"', {"a": {"b": "x"}}, "x"),
        ('"a.b"', {"a.b": "flat", "a": {"b": "deep"}}, "flat"),
        ('"a.1.b"', {"a": [{}, {"b": "x"}]}, "x"),
        ('"a"', {"a": True}, "true"),
        ('"a"', {"a": ["x", None, "y"]}, "x, y"),
        ('"a"', {"a": "two\nlines\tand\r\nmore"}, "two\nlines\tand\r\nmore"),
    ],
)
def test_a_value_is_taken(spec: str, cells: dict[str, object], expected: str) -> None:
    assert take(spec, cells) == {"note": expected}


@pytest.mark.parametrize(
    ("spec", "cells", "field", "reason"),
    [
        ('{column="a", required=true}', {"a": " "}, "note", "missing-required"),
        ('"a"', {"a": "12345678901"}, "note", "too-long"),
        ('"a"', {"a": "x\x00y"}, "note", "control-character"),
        ('"a"', {"a": "x\x1b[31m"}, "note", "control-character"),
        ('"a"', {"a": "x\udcff"}, "note", "bad-encoding"),
        ('"a"', {"a": {"b": "x"}}, "note", "not-text"),
        ('"a"', {"a": ["x", ["y"]]}, "note", "not-text"),
        ('"a"', {"a": None}, "", "empty-row"),
        ('"a.9"', {"a": ["x"]}, "", "empty-row"),
        ('"a.٣"', {"a": ["x"]}, "", "empty-row"),
        ('"a.b.c"', {"a": {"b": "x"}}, "", "empty-row"),
    ],
)
def test_a_value_is_rejected(spec: str, cells: dict[str, object], field: str, reason: str) -> None:
    assert take(spec, cells, {"note": 10}) == (Reject(2, field, reason),)


def test_every_field_at_fault_is_named() -> None:
    mapping = parse(b'[fields]\nnote = "a"\ncity = {column="b", required=true}\nemail = "c"')
    result = read_item(Row(5, {"a": "\x00", "b": "", "c": "ok"}), mapping, {})
    assert result == (
        Reject(5, "note", "control-character"),
        Reject(5, "city", "missing-required"),
    )


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("020 7946 0123", "GB", "+442079460123"),
        ("020 7946 0123", " gb ", "+442079460123"),
        ("031-390 06 00", "", "+46313900600"),
        ("031-390 06 00", "Atlantis", "+46313900600"),
        ("+44 20 7946 0123", "SE", "+44 20 7946 0123"),
        ("no number", "GB", "no number"),
        ("12", "GB", "12"),
        ("020 7946 0123 ext. 7", "GB", "020 7946 0123 ext. 7"),
    ],
)
def test_a_national_number_gets_its_country_code(
    write: Write, number: str, country: str, expected: str
) -> None:
    mapping = parse(
        b'[source]\nregion = "SE"\nregion_column = "land"\n'
        b'[fields]\nphone = {column = "tel", phone = true}\n'
    )
    plan = understand(write(f"tel;land\n{number};{country}\n"), mapping, FIELDS)
    assert next(batches(plan, 0, 1)).items[0].fields == {"phone": expected}


def test_no_representation_shows_a_value() -> None:
    item = Item("Quetzalina", {"email": "canary@example.com"}, 3)
    assert repr(item) == "Item(line=3)"
