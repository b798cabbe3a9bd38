"""Idempotency: the same key with the same request gets the same answer, and nothing twice.

The answer is kept sealed under the house DEK, in the transaction of the change it answers, until
the key expires. Only successes are kept: a refused request may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from shopward.errors import ConflictError
from shopward.store import ReplayRow
from shopward.vault.blind_index import BlindIndex
from shopward.vault.cipher import Dek
from shopward.vault.context import context
from shopward.vault.ledger_keys import key_of


class Idempotency(Struct, frozen=True):
    """A caller's key: `digest` names it, `request` is the hash of what was asked; 32 bytes each."""

    digest: bytes
    request: bytes


def idempotency(
    keyed: BlindIndex, caller: str, key: str, request: bytes, item: int = 0
) -> Idempotency:
    """The key of one caller for one item of one request; 32-byte digests of both.

    Keyed, since a request holds values that a plain hash would let a thief of the store guess.
    """
    named = context(b"key", caller.encode(), key.encode(), b"%d" % item)
    return Idempotency(keyed.digest(named), keyed.digest(context(b"request", request)))


class Replays:
    """Seals and opens kept answers. `keep_ms` is how long a key is remembered."""

    def __init__(
        self,
        house: Callable[[], tuple[Dek, ...]],
        installation: bytes,
        keep_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._house = house
        self._installation = installation
        self._keep_ms = keep_ms
        self._now_ms = now_ms

    def seal(self, key: Idempotency, value: Any) -> tuple[bytes, bytes, bytes, int]:
        """The row to keep: (digest, request hash, sealed answer, expires ms)."""
        sealed = self._house()[0].seal(msgspec.json.encode(value), self._context(key.digest))
        return key.digest, key.request, sealed, self._now_ms() + self._keep_ms

    def open_(self, key: Idempotency, row: ReplayRow) -> Any:
        """The answer kept under this key.

        Raises:
            ConflictError: The key was used for another request.
        """
        if row.request != key.request:
            raise ConflictError(
                "This Idempotency-Key was used for another request.",
                hint="Send the same body again, or choose a new key.",
                field="Idempotency-Key",
                reason="idempotency-key-reused",
            )
        dek = key_of(self._house(), row.sealed)
        return msgspec.json.decode(dek.open_(row.sealed, self._context(key.digest)))

    def renew(self, digest: bytes, sealed: bytes) -> bytes | None:
        """The kept answer under the newest key of the house; None when it is under it already.

        Raises:
            UndecryptableError: It does not open.
        """
        newest, found = self._house()[0], key_of(self._house(), sealed)
        if found is newest:
            return None
        bound = self._context(digest)
        return newest.seal(found.open_(sealed, bound), bound)

    def _context(self, digest: bytes) -> bytes:
        return context(b"shopward/replay/v1", self._installation, digest)
