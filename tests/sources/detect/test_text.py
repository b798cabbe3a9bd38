"""Typed values in running text: found whole, told from what only looks alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.sources.detect import Kind, scan


def found(text: str) -> list[tuple[Kind, str]]:
    raw = text.encode()
    return [(hit.kind, raw[hit.start : hit.end].decode()) for hit in scan(raw)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write to ada.l+x@kunde-shop.de, please", Kind.EMAIL, "ada.l+x@kunde-shop.de"),
        ("jörg@müller.de", Kind.EMAIL, "jörg@müller.de"),
        ("see https://shop.de/a?b=c).", Kind.URL, "https://shop.de/a?b=c"),
        ("from 84.17.46.3 today", Kind.IP, "84.17.46.3"),
        ("from 2a00:1450:4001:81b::200e", Kind.IP, "2a00:1450:4001:81b::200e"),
        ("paid with 5425 2334 3010 9903", Kind.CARD, "5425 2334 3010 9903"),
        ("card 12 5425 2334 3010 9903 ok", Kind.CARD, "5425 2334 3010 9903"),
        ("IBAN: DE75 5121 0800 1245 1261 99.", Kind.IBAN, "DE75 5121 0800 1245 1261 99"),
        ("ssn 536-22-8726", Kind.SSN, "536-22-8726"),
        ("ring +49 30 901820 now", Kind.PHONE, "+49 30 901820"),
        ("my phone is (030) 901 82 00", Kind.PHONE, "(030) 901 82 00"),
        ("030 9018200 mobile", Kind.PHONE, "030 9018200"),
        ("key AKIAIOSFODNN7EXAMPLE!", Kind.SECRET, "AKIAIOSFODNN7EXAMPLE"),
        (
            "pbkdf2_sha256$870000$salt$c2VjcmV0c2VjcmV0",
            Kind.PASSWORD_HASH,
            "pbkdf2_sha256$870000$salt$c2VjcmV0c2VjcmV0",
        ),
    ],
)
def test_a_value_is_found_whole(text: str, kind: Kind, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "5425233430109904",  # the check digit is wrong
        "1234567890123452",  # no issuer
        "0000000000000000",
        "0.5425233430109903",
        "DE76512108001245126199",
        "900-22-8726",
        "Chrome/120.0.0.0",
        "version 1.2.3.4.5",
        "300.1.1.1 and 01.2.3.4",
        "order 030 9018200",  # no country code and nothing that says phone
        "phone 2026-11-24",
        "a@b",
        "+1",
        "12:34:56",
    ],
)
def test_what_only_looks_alike_is_not_taken(text: str) -> None:
    assert [kind for kind, _ in found(text)] == []


@pytest.mark.parametrize(
    "text",
    ["4242 4242 4242 4242", "ada@example.com", "DE89370400440532013000", "192.0.2.7",
     "+1 212 555 0123", "ssn 078-05-1120"],
)  # fmt: skip
def test_values_made_for_tests_are_told_apart(text: str) -> None:
    hits = scan(text.encode())

    assert len(hits) == 1
    assert hits[0].is_test


def test_a_card_in_a_number_with_a_plus_is_not_a_phone_too() -> None:
    assert found("tel 5425233430109903") == [(Kind.CARD, "5425233430109903")]


@given(st.binary(max_size=300))
def test_any_bytes_are_scanned_and_hits_lie_inside(raw: bytes) -> None:
    for hit in scan(raw):
        assert 0 <= hit.start < hit.end <= len(raw)


@given(st.text(alphabet="0123456789 .-:+()@$/abx", max_size=120))
def test_numbers_and_signs_of_any_kind_are_scanned(text: str) -> None:
    scan(text.encode())
