"""The published backup and journal: what the code makes, and what others read without it."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vectors.generate_backup import PATH, render

VECTORS = json.loads(PATH.read_text(encoding="utf-8"))


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 with one block of output."""
    extracted = hmac.digest(salt, key, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


def _context(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def test_the_file_is_what_the_code_makes() -> None:
    assert PATH.read_text(encoding="utf-8") == render()


def test_the_backup_is_read_from_its_specification_alone() -> None:
    case = VECTORS["backup"]
    data, key = b64decode(case["file"]), bytes.fromhex(case["backup_key"])
    magic = b"shopward-backup/v1\n"
    assert data.startswith(magic)
    end = len(magic) + 4 + int.from_bytes(data[len(magic) : len(magic) + 4], "big")
    head, rest = data[:end], data[end:]
    header = json.loads(head[len(magic) + 4 :])
    named = hmac.digest(key, b"shopward/key-id/v1\x01", hashlib.sha256)[:16]
    assert header["key_id"] == named.hex()
    info = _context(b"shopward/backup/v1", hashlib.sha256(head).digest())
    aead = AESGCM(_hkdf(key, bytes.fromhex(header["salt"]), info))
    plain = []
    while rest:
        length = int.from_bytes(rest[:4], "big")
        chunk, rest = rest[4 : 4 + length], rest[4 + length :]
        nonce = len(plain).to_bytes(11, "big") + (b"\x00" if rest else b"\x01")
        plain.append(aead.decrypt(nonce, chunk, None))
    *parts, ends = (msgspec.msgpack.decode(one) for one in plain)
    tables = [table for database in header["databases"] for table in database["tables"]]
    read: dict[str, list[Any]] = {}
    for number, rows in parts:
        shown = [[one.hex() if isinstance(one, bytes) else one for one in row] for row in rows]
        read.setdefault(tables[number]["name"], []).extend(shown)
    assert read == case["rows"]
    digests = [hashlib.sha256(one).digest() for one in plain[:-1]]
    assert ends == [[1, digests[0]], [2, digests[1]]]


def test_the_journal_is_read_from_its_specification_alone() -> None:
    case = VECTORS["journal"]
    before = bytes(32)
    kinds = []
    for line in case["text"].splitlines():
        text, _, chain = line.rpartition(" ")
        before = hmac.digest(bytes.fromhex(case["key"]), before + text.encode(), hashlib.sha256)
        assert chain == before.hex()
        kinds.append(json.loads(text)["what"]["type"])
    assert kinds == ["began", "erased", "erased", "revoked", "frozen", "seen"]
