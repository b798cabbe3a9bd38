"""The codes of mails: how they look, and how people type them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.portal import verify_code


@given(st.binary(min_size=8, max_size=32))
def test_a_code_reads_back_however_it_is_typed(secret: bytes) -> None:
    letters = verify_code.of(secret)
    spelled = verify_code.spelled(letters)

    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", spelled)
    for typed in (letters, spelled, spelled.lower(), f" {spelled.replace('-', ' ')} "):
        assert verify_code.read(typed) == letters


def test_letters_that_look_alike_are_the_same() -> None:
    assert verify_code.read("OIL0-1234-5678") == verify_code.read("0110-1234-5678")


@pytest.mark.parametrize("typed", ["", "K7QF", "K7QF-2M9X-4PT", "K7QF-2M9X-4PTU", "K7QF_2M9X_4PT8"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert verify_code.read(typed) is None


@given(st.binary(min_size=8, max_size=8), st.integers(4, 63))
def test_each_of_its_sixty_bits_counts(secret: bytes, bit: int) -> None:
    other = (int.from_bytes(secret, "big") ^ (1 << bit)).to_bytes(8, "big")

    assert verify_code.of(secret) != verify_code.of(other)


def test_codes_are_found_in_a_text_and_words_are_not() -> None:
    text = "Your code: k7qf-2m9x-4pt8. Rain-coat-wear is none, K7QF-2M9X-4PT8 is told once."

    assert verify_code.found_in(text) == ["K7QF2M9X4PT8"]
