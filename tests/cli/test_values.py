from __future__ import annotations

import io
import json

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.cli import values

CANARY = "canary-7f3a"


def test_arguments_and_file_go_together() -> None:
    file = io.BytesIO(b'{"b": "2=3"}')
    assert values.collect(("a=1=1",), file) == {"a": "1=1", "b": "2=3"}


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ((), None),
        ((CANARY,), None),
        ((f"={CANARY}",), None),
        ((f"a={CANARY}", f"a={CANARY}"), None),
        ((f"a={CANARY}",), json.dumps({"a": CANARY})),
        ((), f'["{CANARY}"]'),
        ((), f'{{"a": ["{CANARY}"]}}'),
        ((), f'{{"a": {CANARY}}}'),
        ((), "{}"),
        ((), "\udcff" * 3),
    ],
)
def test_what_is_wrong_is_said_without_the_value(
    arguments: tuple[str, ...], file: str | None
) -> None:
    raw = None if file is None else io.BytesIO(file.encode("utf-8", "surrogateescape"))
    with pytest.raises(click.UsageError) as wrong:
        values.collect(arguments, raw)
    assert CANARY not in wrong.value.format_message()


@given(st.binary(max_size=200))
def test_any_bytes_are_values_or_wrong_usage(raw: bytes) -> None:
    try:
        found = values.collect((), io.BytesIO(raw))
    except click.UsageError:
        return
    assert found == json.loads(raw)
