"""Forms for finding: what meets what, and that nothing a shop stores breaks them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.vault import forms

KINDS = st.sampled_from(["text", "email", "phone", "postcode", "country", "date"])


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("Müller", "muller"),
        ("MÜLLER", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Straße", "strasse"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("Đorđević", "dordevic"),
        ("Ægir", "aegir"),
        ("Nguyễn", "nguyen"),
        ("İnci", "inci"),
        ("ırmak", "irmak"),
        ("Ёлкин", "елкин"),
    ],
)
def test_accents_are_dropped_where_the_index_folds_them(written: str, form: str) -> None:
    assert forms.whole("text", written, region="DE", folds=True) == form


def test_signs_that_are_no_accents_stay() -> None:
    assert forms.whole("text", "नेपाल", region="DE", folds=True) == "नेपाल"
    assert forms.whole("text", "がく", region="DE", folds=True) == "がく"


def test_without_folding_accents_tell_apart() -> None:
    assert forms.whole("text", "Müller", region="DE", folds=False) == "müller"


def test_a_phone_is_found_by_its_digits_however_it_was_written() -> None:
    whole = forms.whole("phone", "030 901820", region="DE", folds=False)
    typed = forms.part("phone", "(30) 901-820", folds=False)
    assert whole == "+4930901820"
    assert typed is not None
    assert typed in whole


def test_a_value_without_a_normal_form_is_found_by_its_loose_one() -> None:
    assert forms.whole("postcode", "ab 12_x", region="DE", folds=False) == "AB12_X"
    assert forms.whole("email", '"A B"@Example.com', region="DE", folds=False) is not None


def test_a_part_of_a_mail_address_is_one_that_stands_in_the_whole() -> None:
    whole = forms.whole("email", "Ada.Lovelace@Example.COM", region="DE", folds=False)
    assert forms.part("email", "LOVELACE@ex", folds=False) == "lovelace@ex"
    assert whole == "ada.lovelace@example.com"


@given(KINDS, st.text(max_size=200), st.booleans())
def test_any_value_has_a_form_or_none_and_never_fails(kind: str, value: str, folds: bool) -> None:  # noqa: FBT001 - drawn
    for form in (
        forms.whole(kind, value, region="DE", folds=folds),
        forms.part(kind, value, folds=folds),
    ):
        assert form is None or form


@given(st.text(max_size=80))
def test_the_fold_of_a_fold_is_itself(value: str) -> None:
    form = forms.whole("text", value, region="DE", folds=True)
    if form is not None:
        assert forms.fold(form) == form
        assert forms.whole("text", form, region="DE", folds=True) == form
