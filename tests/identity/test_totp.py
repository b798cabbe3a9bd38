"""Codes of an app: the vectors of RFC 6238, and one use each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shopward.identity import totp

RFC_SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 24, 12, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(moment: int, code: str) -> None:
    step = totp.step_at(datetime.fromtimestamp(moment, UTC))
    assert totp.code_at(RFC_SECRET, step, digits=8) == code


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(drift: int) -> None:
    step = totp.step_at(NOW) + drift
    assert totp.matching_step(RFC_SECRET, totp.code_at(RFC_SECRET, step), NOW, None) == step


@pytest.mark.parametrize("drift", [-2, 2])
def test_and_not_two(drift: int) -> None:
    code = totp.code_at(RFC_SECRET, totp.step_at(NOW) + drift)
    assert totp.matching_step(RFC_SECRET, code, NOW, None) is None


def test_a_code_is_good_for_one_use_and_so_are_all_before_it() -> None:
    step = totp.step_at(NOW)
    for earlier in (step - 1, step):
        code = totp.code_at(RFC_SECRET, earlier)
        assert totp.matching_step(RFC_SECRET, code, NOW, step) is None
    later = NOW + timedelta(seconds=30)
    code = totp.code_at(RFC_SECRET, step)
    assert totp.matching_step(RFC_SECRET, code, later, step) is None
    following = totp.code_at(RFC_SECRET, step + 1)
    assert totp.matching_step(RFC_SECRET, following, later, step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "٠١٢٣٤٥", "1234567"])
def test_what_is_no_code_is_not_accepted(typed: str) -> None:
    assert totp.matching_step(RFC_SECRET, typed, NOW, None) is None


def test_spaces_do_not_matter() -> None:
    code = totp.code_at(RFC_SECRET, totp.step_at(NOW))
    spaced = f" {code[:3]} {code[3:]} "
    assert totp.matching_step(RFC_SECRET, spaced, NOW, None) == totp.step_at(NOW)


def test_a_secret_hangs_on_key_person_and_salt() -> None:
    salt = totp.new_salt()
    secret = totp.secret_of(b"k" * 32, "7", salt)
    assert len(secret) == 20
    others = {
        totp.secret_of(b"l" * 32, "7", salt),
        totp.secret_of(b"k" * 32, "8", salt),
        totp.secret_of(b"k" * 32, "7", totp.new_salt()),
    }
    assert secret not in others
    assert len(others) == 3


def test_the_qr_code_names_issuer_and_account() -> None:
    parts = urlsplit(totp.uri(RFC_SECRET, "robin@acme.example", "Acme & Co"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Acme%20%26%20Co:robin%40acme.example"
    assert parse_qs(parts.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Acme & Co"],
    }
