"""Mail addresses: two that look the same have one form or are refused."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import InvalidError
from shopward.vault import alphabets
from shopward.vault.mail_address import normalise_mail

GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёђѓєѕіїјќћѝўџґ"

# Each row looks the same, in some usual typeface: at most one form may come out of it.
LOOK_THE_SAME = (
    ("apple@example.com", "\u0430pple@example.com", "\u0430\u0440\u0440\u04cf\u0435@example.com"),
    ("coco@example.com", "\u0441\u043e\u0441\u043e@example.com", "c\u043e\u0441\u043e@example.com"),
    ("BETA@example.com", "\u0392\u0395\u03a4\u0391@example.com",
     "\u0412\u0415\u0422\u0410@example.com"),
    ("ada@example.com", "ada@\u0435xample.com", "ada@exam\u03c1le.com", "ada@e\u0445ample.com"),
    ("ada@apple.com", "ada@\u0430\u0440\u0440\u04cf\u0435.com", "ada@appl\u0435.com"),
    ("\u041f\u041e\u0422@example.com", "\u03a0\u039f\u03a4@example.com"),
    ("\u043a\u043e\u0440@example.com", "\u03ba\u03bf\u03c1@example.com",
     "\u03bako\u03c1@example.com"),
    ("ina@example.com", "\u0131na@example.com", "i\u0307na@example.com", "\u0456na@example.com"),
    ("INA@example.com", "\u0130NA@example.com", "\u0399NA@example.com", "\u0406NA@example.com"),
    ("d\u0111@example.com", "d\u00f0@example.com"),
    ("\u0110D@example.com", "\u00d0D@example.com", "\u0189D@example.com"),
    ("\u015fa@example.com", "\u0219a@example.com"),
    ("gin@example.com", "\u0261in@example.com"),
    ("alpha@example.com", "\u0251lpha@example.com"),
    ("r\u00e9gine@example.com", "re\u0301gine@example.com", "r\u00e9\u200cgine@example.com"),
    ("ada@example.com", "ada@example\u3002com", "ada@example\uff0ecom", "ada\u200b@example.com"),
    ("ada@example.com", "\uff41\uff44\uff41\uff20example.com", "ada\ufe6bexample.com"),
    ("ada@example.com", "ada\u00ad@example.com", "ada\ufeff@example.com", "ada\u034f@example.com"),
    ("ada@example.com", "\u202emoc.elpmaxe@ada\u202c", "\u2066ada\u2069@example.com",
     "ada\u200e@example.com"),
    ("ada@example.com", "ada\ufe0f@example.com", "a\U000e0100da@example.com",
     "ada\u3164@example.com"),
    ("ada@example.com", "ada@example.com\u2028", "ada@example.com\x00", "ada\u115f@example.com"),
    ("a-b@example.com", "a\u2010b@example.com", "a\u2011b@example.com", "a\u2212b@example.com"),
    ("a'b@example.com", "a\u2019b@example.com", "a\u02bcb@example.com"),
    ("a/b@example.com", "a\u2044b@example.com", "a\u2215b@example.com"),
    ("ada@example.com/x", "ada@example.com\u2044x", "ada@example.com\u2215x"),
    ("\u0431\u044b\u0436@example.com", "\u0431\u044c\u0456\u0436@example.com"),
    ("\u0411\u042b\u0416@example.com", "\u0411\u042c\u0406\u0416@example.com"),
    ("\u0437\u0434\u0438@example.com", "3\u0434\u0438@example.com"),
    ("\u03c3\u03b4\u03bf\u03c2@example.com", "\u03c3\u03b4\u03bf\u03c3@example.com"),
)  # fmt: skip

SAME_ADDRESS = (
    ("ada@example.com", " ADA@Example.COM.\n"),
    ("ada@xn--mller-kva.example", "ada@m\u00fcller.example", "ada@MU\u0308LLER.example"),
    ("ada@xn--mller-kva.example", "ada@XN--MLLER-KVA.example"),
    ("ada@xn--fuball-cta.example", "ada@fu\u00dfball.example"),
    ("ada@xn--e1afmkfd.example", "ada@\u043f\u0440\u0438\u043c\u0435\u0440.example"),
    ("ada@xn--e1afmkfd.example", "ada@\u041f\u0420\u0418\u041c\u0415\u0420.example"),
    ("strasse@example.com", "Stra\u00dfe@example.com", "STRA\u1e9eE@example.com"),
    ("j\u00fcrgen@example.com", "JU\u0308RGEN@example.com"),
    ("\u0436\u0430\u043d\u043d\u0430@example.com", "\u0416\u0410\u041d\u041d\u0410@example.com"),
    ("\u03c8\u03c5\u03c7\u03ae@example.com", "\u03a8\u03a5\u03a7\u0389@example.com"),
    ("a+tag.b@example.com", "A+Tag.B@example.com"),
    ("k@example.com", "\u212a@example.com"),
)

REFUSED = (
    "", "@", "ada", "ada@", "@example.com", "ada@example", "a@b@example.com", "ada@@example.com",
    "ada@example..com", "ada@.example.com", "ada@example.com..", "ada@-example.com",
    "ada@example-.com", "ada@exa_mple.com", "ada@127.0.0.1", "ada@[127.0.0.1]", "ada@exam ple.com",
    ".ada@example.com", "ada.@example.com", "a..da@example.com", "a da@example.com",
    '"a da"@example.com', "ada(home)@example.com", "Ada <ada@example.com>", "a,b@example.com",
    "mailto:ada@example.com", "a\tda@example.com", "a" * 65 + "@example.com",
    "\u00fc" * 33 + "@example.com", "ada@" + "a" * 64 + ".com", "ada@" + "a." * 124 + "com",
    "a" * 10_000, "ada@xn--a.com", "ada@xn--.com", "ada@xn--abc-.com", "ada@xn--ls8h.la",
    "ada@\U0001f4a9.la", "\U0001f4a9@example.com", "\u7528\u6237@example.com", "\ud800@example.com",
    "ada@\u00fc\u0131.com", "\u0645\u062b\u0627\u0644@example.com", "ada@exam\u00a0ple.com",
    "\u03a9\u03c1\u03b1@example.com", "ada@\u03a9\u03c1\u03b1.com",
)  # fmt: skip


def _forms(addresses: tuple[str, ...]) -> set[str]:
    """The forms of those that are not refused."""
    forms = set()
    for address in addresses:
        try:
            forms.add(normalise_mail(address, "email"))
        except InvalidError as error:
            _say_nothing_of(address, error)
    return forms


def _say_nothing_of(address: str, error: InvalidError) -> None:
    said = f"{error} {error.hint} {error.args} {error.reason}"
    assert error.field == "email"
    assert "`email`" in str(error)
    assert error.hint != InvalidError.hint
    assert "canary" not in said
    assert len(address) < 20 or address not in said
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


@pytest.mark.parametrize("addresses", LOOK_THE_SAME, ids=lambda row: ascii(row[0]))
def test_addresses_that_look_the_same_have_at_most_one_form(addresses: tuple[str, ...]) -> None:
    assert len(_forms(addresses)) <= 1


@pytest.mark.parametrize("addresses", SAME_ADDRESS, ids=lambda row: ascii(row[0]))
def test_one_address_written_differently_has_one_form(addresses: tuple[str, ...]) -> None:
    assert [normalise_mail(address, "email") for address in addresses] == (
        [addresses[0]] * len(addresses)
    )


@pytest.mark.parametrize("address", REFUSED, ids=lambda address: ascii(address)[:40])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidError) as caught:
        normalise_mail(address, "email")
    _say_nothing_of(address, caught.value)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("a\u200bda@example.com", "hidden-character"),
        ("ada@example.com\u202c", "hidden-character"),
        ("\u0430da@example.com", "look-alike"),
        ("ada@ex\u0430mple.com", "look-alike"),
        ("ada", None),
    ],
)
def test_the_refusal_has_its_reason(address: str, reason: str | None) -> None:
    with pytest.raises(InvalidError) as caught:
        normalise_mail(address, "email")

    assert caught.value.reason == reason


LETTERS = "adeiknopxADEIKNOPX0139.-_+@\u00fc\u00df\u0111\u0131\u0130\u0301\u0307\u200b\u202e\uff20"
WILD = st.text(LETTERS + GREEK + CYRILLIC + GREEK.upper() + CYRILLIC.upper(), max_size=12)
ANYTHING = st.text(max_size=30)
PARTS = st.one_of(WILD, ANYTHING)


@given(PARTS, PARTS)
def test_the_form_of_a_form_is_itself(local: str, domain: str) -> None:
    for address in (f"{local}@{domain}.com", f"{local}@example.com", local, f"ada@{domain}"):
        for form in _forms((address,)):
            assert normalise_mail(form, "email") == form
            assert len(form.rpartition("@")[0].encode()) <= 64
            assert form.rpartition("@")[2].isascii()


@given(PARTS, PARTS)
def test_no_refusal_repeats_any_of_the_address(before: str, after: str) -> None:
    canaries = (f"{before}canary{after}", f"canary@{before}canary{after}")

    assert len(_forms(canaries)) <= 2


ASCII_NAMES = st.text("abcxyz019+_-", min_size=1, max_size=12)


@given(ASCII_NAMES, st.data())
def test_writing_in_another_width_or_case_changes_nothing(name: str, data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    wide = "".join(
        chr(ord(letter.upper()) + 0xFEE0) if w else letter
        for letter, w in zip(name, widths, strict=True)
    )

    assert normalise_mail(f"{wide}\uff20example.com", "email") == f"{name}@example.com"


@given(ASCII_NAMES, st.integers(0, 12), st.data())
def test_no_unseen_character_makes_another_address(name: str, at: int, data: st.DataObject) -> None:
    unseen = [c for c in map(chr, range(0x3000)) if unicodedata.category(c) in ("Cf", "Cc")]
    letter = data.draw(st.sampled_from(unseen))
    with_it = f"{name[:at]}{letter}{name[at:]}@example.com"

    assert _forms((with_it,)) <= {f"{name}@example.com"}


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("LATIN", alphabets._LATIN),
        ("GREEK", alphabets._GREEK),
        ("CYRILLIC", alphabets._CYRILLIC),
    ],
)
def test_a_table_holds_composed_letters_of_one_alphabet(name: str, letters: set[str]) -> None:
    for letter in letters:
        assert unicodedata.name(letter).startswith(name)
        assert unicodedata.normalize("NFKC", letter) == letter
        assert not letter.isascii()
        assert "\u0326" not in unicodedata.normalize("NFD", letter)


def test_greek_and_cyrillic_never_meet_latin_or_each_other() -> None:
    """Whatever is accepted in one alphabet keeps a letter that the others do not have."""
    alike = {
        "greek": "αεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧΓΠΦφπγ",
        "cyrillic": "аеорсухіјѕкьтвмнАВЕЅІЈКМНОРСТУХГПФфгп",
    }
    for letters in alike.values():
        for pair in itertools.product(letters, repeat=2):
            assert _forms(("".join(pair) + "@example.com", f"ada@{''.join(pair)}.com")) == set()
