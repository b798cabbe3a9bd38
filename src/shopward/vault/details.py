"""What an entry says to those who may open it, and how it is sealed.

Details are compact JSON with the members below, empty ones left out; names and slugs, never a
value::

    {
        "v": 1,
        "request": "…",
        "actor": "…",
        "role": "courier",
        "assurance": 1,
        "verb": "reveal",
        "purpose": "deliver",
        "fact": "shipment:7",
        "subject": "cus_…",
        "fields": ["city"],
        "decision": "permit",
        "policy": "<sha-256>",
    }

A person's entry also has `via`, the control plane that vouched, `realm` and `session`; an event of
a control plane has `at`, when it says that it happened.

Stored is `seal(salt (32) | details)` under the subject's ledger DEK, with the commitment in the
bound context, so that an opened entry is always the one its leaf commits to.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final

import msgspec

from shopward.errors import UndecryptableError
from shopward.ledger.entry import COMMITMENT_BYTES, SALT_BYTES, commitment
from shopward.ledger.link import Previous
from shopward.vault.cipher import NONCE_BYTES, Dek
from shopward.vault.context import context, u32

LEDGER_CLASS: Final = "_ledger"
"""The class whose DEK seals a subject's entries and tokens; it dies with the subject."""


TOKEN_FIELD: Final = "#token"
"""The member of that class which holds the customer's own token, sealed."""


class Details(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did what to which fields of whom, for what, and what came of it."""

    v: int
    request: str
    actor: str
    role: str = ""
    assurance: int = 0
    verb: str = ""
    purpose: str | None = None
    fact: str | None = None
    subject: str | None = None
    fields: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    decision: str = ""
    reason: str | None = None
    policy: str = ""
    about: str | None = None
    via: str = ""
    realm: str = ""
    session: str | None = None
    at: str | None = None
    previous: Previous | None = None


_encode = msgspec.json.Encoder().encode


def seal(dek: Dek, installation: bytes, subject: bytes, details: Details) -> tuple[bytes, bytes]:
    """(commitment of 32 bytes, sealed details) of an entry."""
    random = os.urandom(SALT_BYTES + NONCE_BYTES)
    salt, nonce = random[:SALT_BYTES], random[SALT_BYTES:]
    raw = _encode(details)
    promise = commitment(salt, raw)
    bound = _context(installation, subject, promise)
    return promise, dek.seal_with_nonce(nonce, salt + raw, bound)


def open_(
    dek: Dek, installation: bytes, subject: bytes, promise: bytes, sealed: bytes
) -> tuple[bytes, bytes]:
    """(salt of 32 bytes, details) of a sealed entry.

    Raises:
        UndecryptableError: Altered, or not the entry of this commitment.
    """
    opened = dek.open_(sealed, _context(installation, subject, promise))
    salt, raw = opened[:SALT_BYTES], opened[SALT_BYTES:]
    if commitment(salt, raw) != promise:
        raise UndecryptableError
    return salt, raw


def reseal(
    old: Dek, new: Dek, installation: bytes, subject: bytes, promise: bytes, sealed: bytes
) -> bytes:
    """The same sealed details under another key; the commitment stays.

    Raises:
        UndecryptableError: Altered, or not the entry of this commitment.
    """
    salt, raw = open_(old, installation, subject, promise, sealed)
    return new.seal(salt + raw, _context(installation, subject, promise))


def _context(installation: bytes, subject: bytes, promise: bytes) -> bytes:
    return _head(installation) + subject + _PROMISE_LENGTH + promise


@lru_cache(maxsize=4)
def _head(installation: bytes) -> bytes:
    """The context up to the subject's 16 bytes."""
    return context(b"shopward/details/v1", installation) + u32(16)


_PROMISE_LENGTH = u32(COMMITMENT_BYTES)
