"""Tokens: forms, check characters, and the layout of subject ids."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.vault import tokens

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM = st.binary(min_size=16, max_size=16)
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)


def test_each_shape_is_a_token() -> None:
    made = [
        tokens.new_token("cus"),
        *(tokens.new_shaped_token(shape) for shape in ("opaque", "mail", "phone")),
    ]

    assert [len(token) for token in made] == [31, 31, 41, 16]
    assert [token[:4] for token in made[:2]] == ["cus_", "tok_"]
    assert all(tokens.is_token(token) for token in made)


@given(RANDOM)
def test_a_token_keeps_all_128_bits(random: bytes) -> None:
    token = tokens._checked(random)
    value = 0
    for letter in token[:26]:
        value = value * 32 + ALPHABET.index(letter)

    assert value == int.from_bytes(random, "big")
    assert tokens.is_token(f"tok_{token}")


@given(RANDOM)
def test_every_substituted_character_is_caught(random: bytes) -> None:
    token = tokens._checked(random)
    for at, letter in itertools.product(range(27), ALPHABET):
        if letter != token[at]:
            assert not tokens.is_token(f"tok_{token[:at]}{letter}{token[at + 1 :]}")


@given(RANDOM)
def test_every_transposition_is_caught(random: bytes) -> None:
    token = tokens._checked(random)
    for left, right in itertools.combinations(range(27), 2):
        if token[left] != token[right]:
            letters = list(token)
            letters[left], letters[right] = letters[right], letters[left]
            assert not tokens.is_token("tok_" + "".join(letters))


@given(st.integers(0, 10**11 - 1))
def test_every_slip_in_a_phone_token_is_caught(number: int) -> None:
    token = tokens._phone(number)
    digits = token[4:]

    assert tokens.is_token(token)
    for at, digit in itertools.product(range(12), "0123456789"):
        if digit != digits[at]:
            assert not tokens.is_token(f"+999{digits[:at]}{digit}{digits[at + 1 :]}")
    for at in range(11):
        if digits[at] != digits[at + 1]:
            swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
            assert not tokens.is_token(f"+999{swapped}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tok_",
        "tok_" + "0" * 26,
        "TOK_" + "0" * 27,
        "cus_" + "0" * 28,
        "xyz_" + "0" * 27,
        "tok_" + "u" * 27,
        "tok_8" + "0" * 26,
        "tok_" + "0" * 27 + "\n",
        "tok_" + "\u0660" * 27,
        "0" * 27 + "@token.example",
        "+999",
        "+49301234567890",
        "+999" + "\u0660" * 12,
    ],
)
def test_other_texts_are_no_tokens(text: str) -> None:
    assert not tokens.is_token(text)


@given(st.text(max_size=50))
def test_no_text_upsets_it(text: str) -> None:
    assert tokens.is_token(text) in (True, False)


def test_subject_ids_are_uuid_version_7_and_sort_by_time() -> None:
    ids = [tokens.new_subject_id(MOMENT + timedelta(milliseconds=step)) for step in range(50)]

    assert ids == sorted(ids)
    assert {len(one) for one in ids} == {16}
    assert {one[6] >> 4 for one in ids} == {7}
    assert {one[8] >> 6 for one in ids} == {0b10}
    assert int.from_bytes(ids[0][:6], "big") == int(MOMENT.timestamp() * 1000)


def test_tokens_do_not_repeat() -> None:
    assert len({tokens.new_token("tok") for _ in range(1000)}) == 1000
