"""A ledger entry in its public form: the leaf, and the commitment to what it hides.

A leaf says when something happened and what kind of thing it was, and commits to the rest::

    leaf       = 0x01 | time ms (8, big endian) | kind length (1) | kind (ASCII) | commitment (32)
    commitment = SHA-256("shopward/commitment/v1" 0x00 | salt (32) | details)

The details (actor, purpose, subject, field names, decision…; never a value) are compact JSON; the
exact bytes are committed to. They are stored elsewhere, sealed; this module never sees a key.

* Without the salt a commitment says nothing about the details, however few they could be.
* Erasing salt and details leaves the leaf, its hash and every proof as they were.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from shopward.errors import IntegrityError, InvalidError

SALT_BYTES = 32
COMMITMENT_BYTES = 32
MAX_KIND_CHARS = 40
MAX_TIME_MS = 253_402_300_799_999

_VERSION = 1
_DOMAIN = b"shopward/commitment/v1\x00"
_HEAD = struct.Struct(">BQB")
_KIND = re.compile(rb"[!-~]{1,%d}" % MAX_KIND_CHARS)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The public part of an entry: milliseconds since the epoch, kind, 32-byte commitment."""

    time_ms: int
    kind: str
    commitment: bytes


def commitment(salt: bytes, details: bytes) -> bytes:
    """The 32 bytes that commit to the details and hide them.

    Args:
        salt: 32 random bytes, one per entry; secret until the entry is opened.
        details: The exact bytes, any length.

    Raises:
        InvalidError: The salt has another length.
    """
    if len(salt) != SALT_BYTES:
        raise InvalidError(f"a salt has {SALT_BYTES} bytes", field="salt")
    return hashlib.sha256(_DOMAIN + salt + details).digest()


def encode_leaf(time_ms: int, kind: str, commitment: bytes) -> bytes:
    """The bytes that are hashed into the tree; 42 bytes and the kind.

    Args:
        time_ms: Milliseconds since 1970-01-01T00:00:00Z, not negative, before the year 10000.
        kind: 1 to 40 printable ASCII characters without a space.
        commitment: 32 bytes.

    Raises:
        InvalidError: One of them is outside its bounds.
    """
    return encode_leaves(time_ms, [(kind, commitment)])[0]


def encode_leaves(time_ms: int, entries: Iterable[tuple[str, bytes]]) -> list[bytes]:
    """As `encode_leaf`, for (kind, commitment) of many entries of one time.

    Raises:
        InvalidError: One of them is outside its bounds.
    """
    heads: dict[str, bytes] = {}
    leaves = []
    for kind, promise in entries:
        head = heads.get(kind)
        if head is None:
            head = heads[kind] = _leaf_head(time_ms, kind)
        if len(promise) != COMMITMENT_BYTES:
            raise InvalidError(f"a commitment has {COMMITMENT_BYTES} bytes")
        leaves.append(head + promise)
    return leaves


def _leaf_head(time_ms: int, kind: str) -> bytes:
    if not 0 <= time_ms <= MAX_TIME_MS:
        raise InvalidError("a leaf has a time before the year 10000")
    name = _kind_bytes(kind)
    return _HEAD.pack(_VERSION, time_ms, len(name)) + name


def parse_leaf(data: bytes) -> Leaf:
    """The leaf in these bytes; accepts exactly what `encode_leaf` writes.

    Raises:
        IntegrityError: Another version, a wrong length or a kind outside its alphabet.
    """
    if len(data) < _HEAD.size:
        raise IntegrityError("a leaf is shorter than its head")
    version, time_ms, length = _HEAD.unpack_from(data)
    kind = data[_HEAD.size : _HEAD.size + length]
    if version != _VERSION:
        raise IntegrityError("a leaf has a version we do not know")
    if len(data) != _HEAD.size + length + COMMITMENT_BYTES or time_ms > MAX_TIME_MS:
        raise IntegrityError("a leaf has a wrong length or time")
    if _KIND.fullmatch(kind) is None:
        raise IntegrityError("a leaf's kind is 1 to 40 printable ASCII characters")
    return Leaf(time_ms, kind.decode("ascii"), data[-COMMITMENT_BYTES:])


@lru_cache(maxsize=256)
def _kind_bytes(kind: str) -> bytes:
    """The kind's ASCII bytes; the kinds are few, so their check is done once."""
    name = kind.encode("utf-8", "surrogatepass")
    if _KIND.fullmatch(name) is None:
        raise InvalidError("a kind is 1 to 40 printable ASCII characters", field="kind")
    return name
