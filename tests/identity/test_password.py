"""Which passwords are taken and why one is not; NIST SP 800-63B-4 §3.1.1.2."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.identity import words
from shopward.identity.password import (
    MAX_CODE_POINTS,
    PCI,
    STANDARD,
    Known,
    Profile,
    Reason,
    context_words,
    judge,
    normalise,
)

GOOD = "violet kettle orbits slowly"
CONTEXT = context_words("Acme Shop", "robin.keller@acme-shop.example")


def reason(
    password: str, profile: Profile = STANDARD, *, second_factor: bool = True, **known: Any
) -> Reason | None:
    refusal = judge(password, profile, second_factor=second_factor, known=Known(**known))
    return refusal.reason if refusal else None


def test_a_password_that_is_the_only_factor_needs_fifteen_code_points() -> None:
    assert reason("kP7vmx2qzL94wt", second_factor=False) is Reason.TOO_SHORT
    assert reason("kP7vmx2qzL94wtb", second_factor=False) is None


def test_beside_a_second_factor_twelve_are_enough() -> None:
    assert reason("kP7vmx2qzL9") is Reason.TOO_SHORT
    assert reason("kP7vmx2qzL94") is None


def test_code_points_count_and_not_bytes() -> None:
    assert reason("ключ-ветра") is Reason.TOO_SHORT
    assert reason("ключ-ветра-мост-луна") is None


def test_a_letter_counts_once_however_it_is_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "äöüéàçñôîûëï"[:11])
    assert len(decomposed) == 22
    assert reason(decomposed) is Reason.TOO_SHORT


def test_long_passphrases_are_taken_and_only_absurd_ones_are_not() -> None:
    assert reason(GOOD * 30) is None
    assert reason((GOOD * 100)[: MAX_CODE_POINTS + 1]) is Reason.TOO_LONG


def test_there_are_no_composition_rules_outside_the_card_profile() -> None:
    assert reason(GOOD) is None
    assert reason(GOOD, PCI) is Reason.COMPOSITION
    assert reason(GOOD + " 7", PCI) is None
    assert reason("7392846105582947", PCI) is Reason.COMPOSITION


def test_the_card_profile_refuses_the_last_four() -> None:
    old = GOOD + " 7"
    assert reason(old, PCI, is_earlier=lambda given: given == old) is Reason.REUSED
    assert reason(old, STANDARD, is_earlier=lambda given: given == old) is None


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "010101010101010101",
        "qwertyuiopasdfghjkl",
        "lkjhgfdsapoiuytrewq",
        "1qaz2wsx3edc4rfv",
        "abcdefghijklmnopq",
        "passwordpassword",
        "dragondragondragon",
        "Password-Password",
        "password19841984",
        "summer2024!!",
        "!!!!Football2019!",
        "1234567890123456789012345",
        "monkeydragonmonkey",
        "SUMMERSUMMER2024",
    ],
)
def test_common_passwords_of_policy_length_are_refused(password: str) -> None:
    assert reason(password) is Reason.COMMON


def test_the_blocklist_holds_thousands_of_entries_of_the_length_the_policy_asks() -> None:
    entries = words.blocklist()
    assert sum(len(entry) >= STANDARD.alone for entry in entries) >= 3_000
    assert min(map(len, entries)) >= STANDARD.with_factor
    assert all(entry == entry.casefold() for entry in entries)


def test_every_entry_of_the_blocklist_is_refused_whatever_its_case() -> None:
    for entry in sorted(words.blocklist())[::997]:
        assert reason(entry) is Reason.COMMON
        assert reason(entry.upper()) is Reason.COMMON


def test_a_password_made_of_the_shops_or_the_persons_name_is_refused() -> None:
    assert reason("acmeshop-robin-keller", context=CONTEXT) is Reason.CONTEXT
    assert reason("RobinKeller#1234", context=CONTEXT) is Reason.CONTEXT
    assert reason("robin " + GOOD, context=CONTEXT) is None


def test_context_words_come_from_names_and_addresses() -> None:
    assert CONTEXT == ("acme", "shop", "robin", "keller", "example")


def test_a_breached_password_is_refused_in_its_normal_form() -> None:
    word = "café au lait obligé"
    decomposed = unicodedata.normalize("NFD", word)
    assert reason(decomposed, is_breached=lambda given: given == word) is Reason.BREACHED


def test_what_is_quickly_guessed_is_refused() -> None:
    assert reason("wertyuiop123456") is Reason.GUESSABLE


def test_a_refusal_says_why_and_never_repeats_the_password() -> None:
    for password in ("short", "passwordpassword", "x" * 2000, "wertyuiop123456"):
        refusal = judge(password, second_factor=True)
        assert refusal is not None
        assert len(refusal.sentence) > 20
        assert password not in refusal.sentence


@given(st.text(min_size=1, max_size=120))
def test_judging_never_breaks_and_does_not_depend_on_composition(text: str) -> None:
    composed = judge(normalise(text), second_factor=True)
    assert judge(unicodedata.normalize("NFD", normalise(text)), second_factor=True) == composed
