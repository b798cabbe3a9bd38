"""What travels about keys: their versions and dates, the keys of the ledger, and certificates."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from shopward.api.wire import Moment, Note, Position, Receipt, Wire, moment
from shopward.vault.custodian import Kind, State

KeyKind = Annotated[
    str, msgspec.Meta(extra_json_schema={"enum": ["epoch", "index", "ledger", "backup"]})
]


class Key(Wire, frozen=True):
    """One version: `destroyed` is when its secret was forgotten, `dies` when it will be."""

    number: Position
    begins: Moment
    ends: Moment | None = None
    dies: Moment | None = None
    destroyed: Moment | None = None


class KeyRing(Wire, frozen=True):
    """The versions of one kind: below `least` they are refused, `reads` is looked up by."""

    kind: KeyKind
    least: Position
    reads: Position
    keys: list[Key]


class KeyRings(Wire, frozen=True):
    """Every kind of key that has versions."""

    kinds: list[KeyRing]


class PassphraseRequest(Wire, frozen=True):
    """Seal the keystore under another passphrase; it is used and forgotten."""

    passphrase: Annotated[str, msgspec.Meta(min_length=12, max_length=4096)]


class PassphraseChanged(Wire, frozen=True):
    """The old passphrase opens the keystore no longer."""

    receipt: Receipt


class LogKeys(Wire, frozen=True):
    """Every key that signed the ledger, the oldest first, and how each handed over to the next.

    `handovers` are checkpoints that both keys signed, one fewer than there are keys.
    """

    format: str
    keys: list[str]
    handovers: list[Note]


class ErasureCertificate(Wire, frozen=True):
    """What docs/spec/certificate.md describes; verifies offline."""

    format: str
    statement: Note
    receipt: dict[str, Any]


def ring(kind: Kind, state: State, window_ms: int) -> KeyRing:
    """The versions of one kind on the wire; `window_ms` is the backup window."""
    dies = kind in {"epoch", "backup"}
    keys = [
        Key(
            one.number,
            moment(one.begins_ms),
            _moment(one.ends_ms),
            _moment(one.ends_ms + window_ms) if dies and one.ends_ms is not None else None,
            _moment(one.destroyed_ms),
        )
        for one in state.keys
    ]
    return KeyRing(kind, state.min, state.reads, keys)


def _moment(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else moment(milliseconds)
