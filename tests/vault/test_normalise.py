"""Normal forms and checks of every type but mail, which has its own tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import InvalidError
from shopward.vault.normalise import check, normalise

KINDS = ("text", "email", "phone", "postcode", "country", "date")


@pytest.mark.parametrize(
    ("kind", "written", "form"),
    [
        ("phone", "+49 30 901820", "+4930901820"),
        ("phone", "030/901820", "+4930901820"),
        ("phone", "0049 (0)30 901820", "+4930901820"),
        ("phone", "\uff0b\uff14\uff1930901820", "+4930901820"),
        ("phone", "+49\u00a030\u2011901820", "+4930901820"),
        ("phone", "tel:+49-30-901820", "+4930901820"),
        ("phone", "+1 202 555 0143 ext. 12", "+12025550143;ext=12"),
        ("postcode", " sw1a  1aa ", "SW1A1AA"),
        ("postcode", "1234-567", "1234567"),
        ("postcode", "\uff11\uff12\uff13-45", "12345"),
        ("country", "de", "DE"),
        ("country", " De ", "DE"),
        ("date", " 1815-12-10 ", "1815-12-10"),
        ("text", "  Ada \t Lovelace\n", "ada lovelace"),
        ("text", "STRASSE", "strasse"),
        ("text", "Stra\u00dfe", "strasse"),
        ("text", "a\u200bd\u00ada", "ada"),
        ("text", "\u0130", "i\u0307"),
        ("text", "\ufb01n", "fin"),
        ("text", "\u0391\u0343", "\u1f00"),
        ("email", "Ada@example.com", "ada@example.com"),
    ],
)
def test_the_form(kind: str, written: str, form: str) -> None:
    assert normalise(kind, written, field="f", region="DE") == form


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("phone", "030 901820"),
        ("phone", "+999183733949237"),
        ("phone", "+49 1"),
        ("phone", "call me"),
        ("phone", "+49 30 \u202e901820"),
        ("phone", "+49" + "0" * 200),
        ("phone", ""),
        ("postcode", ""),
        ("postcode", "1"),
        ("postcode", "1234567890123"),
        ("postcode", "12\u0663\u06645"),
        ("postcode", "123\u200b45"),
        ("country", "DEU"),
        ("country", "d\u200be"),
        ("country", "\u0131d"),
        ("country", ""),
        ("date", "10.12.1815"),
        ("date", "1815-02-30"),
        ("date", "18151210"),
        ("date", "1815-12-10T00:00"),
        ("date", "\u0661815-12-10"),
        ("text", ""),
        ("text", " \u200b "),
        ("text", "a\x00b"),
        ("text", "a\u202eb"),
        ("text", "\ud800"),
    ],
)
def test_what_has_no_form(kind: str, written: str) -> None:
    with pytest.raises(InvalidError) as caught:
        normalise(kind, written, field="shipping", region=None)
    _says_the_field_alone(written, caught.value)


def _says_the_field_alone(value: str, error: InvalidError) -> None:
    said = f"{error} {error.hint} {error.args} {error.reason}"
    assert error.field == "shipping"
    assert "`shipping`" in str(error)
    assert "canary" not in said
    assert len(value) < 20 or value not in said
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


@given(st.sampled_from(KINDS), st.text(max_size=40), st.sampled_from([None, "DE", "US"]))
def test_the_form_of_a_form_is_itself(kind: str, value: str, region: str | None) -> None:
    try:
        form = normalise(kind, value, field="shipping", region=region)
    except InvalidError as error:
        _says_the_field_alone(value, error)
    else:
        assert normalise(kind, form, field="shipping", region=region) == form


@given(st.sampled_from(KINDS), st.text(max_size=20), st.text(max_size=20))
def test_no_refusal_repeats_any_of_the_value(kind: str, before: str, after: str) -> None:
    value = f"{before}canary{after}"
    for attempt in (
        lambda: check(kind, "shipping", value, 20),
        lambda: normalise(kind, value, field="shipping", region="DE"),
    ):
        try:
            attempt()
        except InvalidError as error:
            _says_the_field_alone(value, error)


@given(st.text("+0123456789 ()-/.x#;=ext", max_size=30), st.sampled_from([None, "DE", "US", "IT"]))
def test_a_phone_form_does_not_need_its_region(value: str, region: str | None) -> None:
    try:
        form = normalise("phone", value, field="shipping", region=region)
    except InvalidError as error:
        _says_the_field_alone(value, error)
    else:
        assert normalise("phone", form, field="shipping") == form
        assert form.startswith("+")


def test_a_number_whose_form_would_be_read_as_another_is_refused() -> None:
    with pytest.raises(InvalidError):
        normalise("phone", "006103355", field="shipping", region="AU")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Ada\nLovelace\t"),
        ("text", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("text", "\U0001f469\u200d\U0001f52c \U0001f469"),
        ("email", "\u7528\u6237@\u4f8b\u5b50.example"),
        ("email", " ada@example.com "),
        ("phone", "030 901820"),
        ("phone", "+999183733949237"),
        ("postcode", "SW1A 1AA"),
        ("country", "DE"),
        ("date", "1815-12-10"),
    ],
)
def test_what_may_be_stored(kind: str, value: str) -> None:
    check(kind, "shipping", value, 1000)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ""),
        ("text", " \n"),
        ("text", "x" * 1001),
        ("text", "a\x00b"),
        ("text", "a\x1b[31mb"),
        ("text", "a\u202eb"),
        ("text", "a\u2066b"),
        ("text", "a\u2028b"),
        ("text", "a\ud800b"),
        ("text", "a\ufffeb"),
        ("email", "ada"),
        ("email", "ada@"),
        ("email", "@example.com"),
        ("email", "a\u200bda@example.com"),
        ("email", "ada@example.com\nbob@example.com"),
        ("phone", "call me"),
        ("phone", "+49 30 9018" + "2" * 60),
        ("country", "Germany"),
        ("date", "yesterday"),
        ("postcode", "12\x00"),
    ],
)
def test_what_may_not_be_stored(kind: str, value: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check(kind, "shipping", value, 1000)
    _says_the_field_alone(value, caught.value)


@given(st.sampled_from(KINDS), st.text(max_size=40))
def test_no_text_upsets_the_check(kind: str, value: str) -> None:
    try:
        check(kind, "shipping", value, 30)
    except InvalidError as error:
        _says_the_field_alone(value, error)
    else:
        assert len(value) <= 30
        assert value.strip()


@given(st.sampled_from(KINDS), st.text(max_size=40))
def test_surrogates_never_get_through(kind: str, value: str) -> None:
    with pytest.raises(InvalidError):
        check(kind, "shipping", value + "\udcff", 1000)
    with pytest.raises(InvalidError):
        normalise(kind, value + "\udcff", field="shipping")
