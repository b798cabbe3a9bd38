"""Values inside JSON, sessions and PHP arrays."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.sources.detect.wrapped import unwrap

DATA: dict[str, Any] = {"buyer": {"mail": "ada@kunde.de"}, "items": [{"sku": "A"}, {"sku": "B"}]}


def packed(value: object, *, squeeze: bool) -> str:
    raw = json.dumps(value).encode()
    data = zlib.compress(raw) if squeeze else raw
    text = base64.urlsafe_b64encode(data).decode().rstrip("=")
    return f"{'.' if squeeze else ''}{text}:1tGx2Y:{'x' * 43}"


def test_json_gives_dotted_paths() -> None:
    opened = unwrap(json.dumps(DATA))

    assert opened is not None
    assert opened[0] == "JSON"
    assert opened[1] == [("buyer.mail", "ada@kunde.de"), ("items.sku", "A"), ("items.sku", "B")]


@pytest.mark.parametrize("squeeze", [True, False])
def test_djangos_sessions_are_opened(squeeze: bool) -> None:  # noqa: FBT001 - a parameter
    opened = unwrap(packed(DATA, squeeze=squeeze))

    assert opened is not None
    assert opened[0] == "session"
    assert ("buyer.mail", "ada@kunde.de") in opened[1]


def test_djangos_older_sessions_are_opened() -> None:
    text = base64.b64encode(b"a" * 40 + b":" + json.dumps(DATA).encode()).decode()

    opened = unwrap(text)

    assert opened is not None
    assert opened[0] == "session"


def test_phps_arrays_are_opened() -> None:
    opened = unwrap('a:2:{s:5:"email";s:12:"ada@kunde.de";s:2:"id";i:7;}')

    assert opened == ("PHP array", [("email", "ada@kunde.de"), ("id", "7")])


def test_a_session_of_zeros_is_opened_to_its_bound_only() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b"0" * 50_000_000)).decode().rstrip("=")

    assert unwrap(f".{bomb}:1tGx2Y:{'x' * 43}") is None


def test_json_that_is_nested_without_end_is_left_alone() -> None:
    assert unwrap("[" * 60_000) is None


@pytest.mark.parametrize("text", ["", "{", "{}x", "plain", "a:b", "12:34:56", "[]x"])
def test_what_wraps_nothing_stands_for_itself(text: str) -> None:
    assert unwrap(text) is None


@given(st.text(max_size=200))
def test_any_text_is_looked_into(text: str) -> None:
    unwrap(text)
