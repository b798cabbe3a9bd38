"""The vectors of C2SP XAES-256-GCM, the accumulated test of 10,000 rounds included."""

from __future__ import annotations

import hashlib

import pytest

from shopward.errors import UndecryptableError
from shopward.vault.xaes import Xaes256Gcm

NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"
PLAINTEXT = b"XAES-256-GCM"
ACCUMULATED = "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"


@pytest.mark.parametrize(
    ("key", "context", "expected"),
    [
        (b"\x01", b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (
            b"\x03",
            b"c2sp.org/XAES-256-GCM",
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
        ),
    ],
    ids=["msb-0", "msb-1"],
)
def test_published_vectors(key: bytes, context: bytes, expected: str) -> None:
    cipher = Xaes256Gcm(key * 32)
    sealed = cipher.seal_with_nonce(NONCE, PLAINTEXT, context)

    assert sealed == NONCE + bytes.fromhex(expected)
    assert cipher.open_(sealed, context) == PLAINTEXT


class _Stream:
    """A SHAKE-128 stream of an empty input, read piece by piece."""

    def __init__(self, length: int) -> None:
        self._bytes = hashlib.shake_128(b"").digest(length)
        self._at = 0

    def read(self, length: int) -> bytes:
        piece = self._bytes[self._at : self._at + length]
        self._at += length
        assert len(piece) == length
        return piece


def test_ten_thousand_accumulated_rounds() -> None:
    stream = _Stream(10_000 * (32 + 24 + 2 + 2 * 255))
    seen = hashlib.shake_128()
    for _ in range(10_000):
        key, nonce = stream.read(32), stream.read(24)
        plaintext = stream.read(stream.read(1)[0])
        context = stream.read(stream.read(1)[0])
        cipher = Xaes256Gcm(key)
        sealed = cipher.seal_with_nonce(nonce, plaintext, context)
        assert cipher.open_(sealed, context) == plaintext
        seen.update(sealed[24:])

    assert seen.hexdigest(32) == ACCUMULATED


def test_every_bit_counts() -> None:
    cipher = Xaes256Gcm(b"\x01" * 32)
    sealed = cipher.seal_with_nonce(NONCE, PLAINTEXT, b"")
    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(UndecryptableError):
            cipher.open_(bytes(altered), b"")
