"""Every shape that a planted value may take is found; what only looks alike is not."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import pickle
import quopri
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.sources.leaks import Canary, Search
from shopward.sources.leaks.canaries import KINDS, made

MAIL = "qzkvwmtrpa@example.com"
NAME = "Zoë O'Qzkvbbtrpa"
PHONE = "+442071838750"
POSTCODE = "QX7A 3ZZ"
CANARIES = [
    Canary("guest.email", (MAIL, "qzkvwmtrpa")),
    Canary("guest.name", (NAME,)),
    Canary("guest.phone", (PHONE,)),
    Canary("guest.postcode", (POSTCODE,)),
]
SEARCH = Search(CANARIES)


def shapes(block: bytes) -> dict[str, str]:
    return {hit.label: hit.shape for hit in SEARCH.find(block)}


def mime(text: str) -> bytes:
    return base64.encodebytes(("Dear customer,\n" * 9 + text + "\n" + "Yours\n" * 40).encode())


def cookie(text: str) -> bytes:
    """As Django signs a compressed session."""
    packed = zlib.compress(json.dumps({"checkout_data": {"guest": {"email": text}}}).encode())
    return b"." + base64.urlsafe_b64encode(packed).rstrip(b"=") + b":1abcde:sig"


WRAPPED: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "URL": lambda text: b"GET /search?q=" + quote(text, safe="").encode() + b"&page=1",
    "URL with plus": lambda text: b"q=" + quote_plus(text).encode(),
    "URL, every letter": lambda text: "".join(f"%{b:02X}" for b in text.encode()).encode(),
    "HTML": lambda text: b"<p>" + html.escape(text).encode() + b"</p>",
    "HTML, every letter": lambda text: "".join(f"&#{ord(one)};" for one in text).encode(),
    "JSON": lambda text: json.dumps({"x": text}).encode(),
    "JSON, every letter": lambda text: "".join(f"\\u{ord(one):04x}" for one in text).encode(),
    "quoted-printable": lambda text: quopri.encodestring(("a" * 70 + text + "ü").encode()),
    "Base64": lambda text: b"x=" + base64.b64encode(text.encode()),
    "Base64 inside": lambda text: base64.b64encode(b"some text and " + text.encode() + b" more"),
    "MIME": mime,
    "hex": lambda text: b"\\x" + text.encode().hex().encode(),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "compressed": lambda text: b"\x80\x05K\x01." + zlib.compress(b"%s of a cache" % text.encode()),
    "gzip": lambda text: gzip.compress(text.encode() * 3),
    "pickle": lambda text: pickle.dumps({"address": text}),
    "Base64 of a pickle": lambda text: base64.b64encode(pickle.dumps({"address": text})),
    "session": cookie,
    "URL of Base64 of JSON": lambda text: quote(
        base64.b64encode(json.dumps({"mail": text}).encode()).decode()
    ).encode(),
}


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.label)
@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("spell", [str, str.upper, str.lower], ids=["as typed", "upper", "lower"])
def test_a_value_is_found_in_whatever_wraps_it(
    wrap: Callable[[str], bytes], canary: Canary, spell: Callable[[str], str]
) -> None:
    block = wrap(spell(canary.values[0]))
    assert canary.label in shapes(block)
    assert canary.label in shapes(b"before\n" + block + b"\nafter")


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("text", [MAIL, MAIL.upper(), PHONE, PHONE[1:], "qx7a3zz"])
def test_an_unkeyed_digest_is_found(name: str, text: str) -> None:
    digest = hashlib.new(name, text.encode())
    said = name.upper().replace("SHA", "SHA-")
    for block in (
        digest.hexdigest().encode(),
        digest.hexdigest().upper().encode(),
        digest.digest(),
    ):
        assert any(shape.startswith(said) for shape in shapes(b"| " + block + b" |").values())


@pytest.mark.parametrize("text", ["020 7183 8750"[1:], "+44 20-7183-8750", "(0)20.7183.8750"])
def test_a_phone_is_found_by_its_digits(text: str) -> None:
    assert shapes(f"tel {text} ;".encode()) == {"guest.phone": "digits alone"}


def test_a_part_of_a_mail_address_gives_it_away() -> None:
    assert shapes(b"username: qzkvwmtrpa") == {"guest.email": "in other letters"} or shapes(
        b"username: qzkvwmtrpa"
    ) == {"guest.email": "as it is"}


def test_a_name_is_found_however_its_accents_are_written() -> None:
    for spelled in ("Zoe\u0308 O'Qzkvbbtrpa", "ZOË O''QZKVBBTRPA"):
        assert "guest.name" in shapes(spelled.encode())
    assert "guest.name" in shapes(NAME.encode("latin-1"))


@pytest.mark.parametrize(
    "block",
    [
        b"aqx7a3zzb and QX7A3ZZ9",
        b"2071838750123",
        b"qzkvwmtrp a@example.com",
        b"hello \x00 %zz &bad; \\u12 =3D= AAAA",
        b"",
    ],
)
def test_what_only_looks_alike_is_not_found(block: bytes) -> None:
    assert SEARCH.find(block) == []


@given(st.binary(max_size=400))
def test_bytes_by_chance_hold_nothing_and_break_nothing(block: bytes) -> None:
    assert SEARCH.find(block) == []


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=60), st.binary(max_size=60))
def test_every_kind_of_canary_is_found_where_it_stands(
    kind: str, before: bytes, after: bytes
) -> None:
    canary = made("one", kind)
    assert Search([canary]).find(before + b" " + canary.values[0].encode() + b" " + after)


def test_a_name_shows_no_canary() -> None:
    for name in (f"{MAIL}.eml", f"{MAIL.upper()}.eml", quote(MAIL, safe="") + ".eml"):
        shown = SEARCH.masked(name)
        assert "qzkvwmtrpa" not in shown.lower()
        assert SEARCH.find(shown.encode()) == []
    assert "qzkvwmtrpa" not in repr(CANARIES)
