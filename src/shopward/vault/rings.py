"""The versions of one kind of key: which are kept, which one is read, and which are refused.

A rotation makes the next version, moves to it, latches, and destroys the one before. This module
is the rule of that as values; the custodian makes each of its steps durable.

    ring = ring.begin(secret, now_ms)      # both live
    ring = ring.turn(2)                    # readers ask version 2
    ring = ring.latch(2)                   # version 1 is refused from now on, whoever asks
    ring = ring.destroy(1, now_ms)         # and gone

- A version is never made twice, and what was destroyed stays in the list without its secret.
- `min` only rises; a version below it opens nothing although its secret may still be kept.
- Nothing but a latched version can be destroyed.
"""

from __future__ import annotations

from msgspec import Struct, structs

from shopward.errors import KeystoreError
from shopward.vault.custodian import EPOCH_MS, Held, State

KEY_BYTES = 32


class Key(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version: 32 secret bytes in hexadecimal, None once destroyed; `public` is no secret."""

    begins_ms: int
    secret: str | None = None
    destroyed_ms: int | None = None
    public: str | None = None

    def __post_init__(self) -> None:
        """Refuses a key of another length, and a secret that should be gone."""
        if self.secret is not None and len(bytes.fromhex(self.secret)) != KEY_BYTES:
            raise ValueError("a key has another length")
        if (self.secret is None) != (self.destroyed_ms is not None):
            raise ValueError("a destroyed key has no secret, another has one")

    def __repr__(self) -> str:
        return f"Key(begins_ms={self.begins_ms}, destroyed_ms={self.destroyed_ms})"


class Ring(Struct, frozen=True, forbid_unknown_fields=True):
    """All versions of one kind; `reads` is the one to look up by, `min` the oldest accepted."""

    keys: dict[int, Key]
    min: int = 1
    reads: int = 1

    @property
    def current(self) -> int:
        """The newest version, the one to write under; 0 when there is none yet."""
        return max(self.keys, default=0)

    def secret(self, version: int) -> bytes | None:
        """Its 32 secret bytes; None when it is latched out, destroyed or was never made."""
        key = self.keys.get(version)
        if key is None or key.secret is None or version < self.min:
            return None
        return bytes.fromhex(key.secret)

    def begin(self, secret: bytes, begins_ms: int, public: str | None = None) -> Ring:
        """The next version beside those that are."""
        made = Key(begins_ms, secret.hex(), None, public)
        return structs.replace(self, keys={**self.keys, self.current + 1: made})

    def turn(self, version: int) -> Ring:
        """Readers ask this version."""
        return structs.replace(self, reads=max(self.reads, version))

    def latch(self, version: int) -> Ring:
        """Refuses every older version from now on.

        Raises:
            KeystoreError: There is no such version to go on with.
        """
        if version not in self.keys or self.keys[version].secret is None:
            raise KeystoreError(f"the keystore has no key {version} to go on with")
        return structs.replace(self, min=max(self.min, version), reads=max(self.reads, version))

    def unlatch(self) -> Ring:
        """Accepts every version that is still kept: for a restored store, until it is rotated."""
        kept = [number for number, key in self.keys.items() if key.secret is not None]
        return structs.replace(self, min=min(kept, default=self.min))

    def destroy(self, version: int, now_ms: int) -> Ring:
        """Forgets a secret for good; harmless when it is gone already.

        Raises:
            KeystoreError: The version is still accepted.
        """
        if version >= self.min:
            raise KeystoreError(f"key {version} is still in use and is not destroyed")
        key = self.keys.get(version)
        if key is None or key.secret is None:
            return self
        gone = Key(key.begins_ms, None, now_ms, key.public)
        return structs.replace(self, keys={**self.keys, version: gone})

    def state(self, *, is_timed: bool) -> State:
        """What may be known of it; `is_timed` versions end by themselves after an epoch."""
        held = []
        for number, key in sorted(self.keys.items()):
            after = self.keys.get(number + 1)
            ends = [after.begins_ms] if after else []
            ends += [key.begins_ms + EPOCH_MS] if is_timed else []
            ending = min(ends, default=None)
            held.append(Held(number, key.begins_ms, ending, key.destroyed_ms, key.public))
        return State(self.min, self.reads, tuple(held))
