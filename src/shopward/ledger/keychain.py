"""The keys of one log in their order: how trust in one of them reaches the others.

A log changes its key by a *hand-over*: a checkpoint that the old key and the new one both sign::

    {"format": "shopward-log-keys/v1", "keys": [vkey, …], "handovers": [note, …]}

- Each hand-over is signed by both of its keys, and none is of a smaller tree than the one before.
- A retired key signs nothing later: a checkpoint under it alone is refused when it is larger than
  the hand-over that retired it.
- Who trusts one key of the chain trusts them all; who trusts none learns nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from shopward.errors import IntegrityError, ProofError, SignatureError
from shopward.ledger.checkpoint import Checkpoint, open_checkpoint
from shopward.signing import Verifier

FORMAT: Final = "shopward-log-keys/v1"


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["shopward-log-keys/v1"]
    keys: list[str]
    handovers: list[str]


class KeyChain:
    """The keys of one log, the oldest first, once every hand-over is verified.

    Args:
        verifiers: At least one; all of one name.
        handovers: The notes between them.

    Raises:
        IntegrityError: A hand-over is not signed by both, or the chain does not fit together.
    """

    def __init__(self, verifiers: Sequence[Verifier], handovers: Sequence[str] = ()) -> None:
        if not verifiers or len(handovers) != len(verifiers) - 1:
            raise ProofError("a chain has one hand-over between every two keys")
        self.verifiers = tuple(verifiers)
        self._limits: list[int] = []
        for old, new, note in zip(self.verifiers, self.verifiers[1:], handovers, strict=False):
            given, taken = open_checkpoint(note, old), open_checkpoint(note, new)
            if given != taken or given.size < (self._limits[-1] if self._limits else 1):
                raise ProofError("a hand-over of the ledger's key does not fit the one before")
            self._limits.append(given.size)

    @property
    def current(self) -> Verifier:
        """The key that signs now."""
        return self.verifiers[-1]

    def open_(self, note: str) -> Checkpoint:
        """The checkpoint in a note that one of the keys signed while it was the log's.

        Raises:
            SignatureError: None did.
            IntegrityError: It is of another log, or of a key that had been retired.
        """
        for verifier, limit in zip(
            reversed(self.verifiers), [None, *self._limits[::-1]], strict=True
        ):
            try:
                found = open_checkpoint(note, verifier)
            except SignatureError:
                continue
            if limit is not None and found.size > limit:
                raise IntegrityError("a retired key signed this checkpoint")
            return found
        raise SignatureError("no key of this log signed the checkpoint")


def parse_chain(document: bytes | str, trusted: Verifier) -> KeyChain:
    """The chain in a document, if the trusted key is in it.

    Raises:
        IntegrityError: Malformed, does not hold together, or the trusted key is not in it.
    """
    try:
        parts = msgspec.json.decode(document, type=_Document)
    except (msgspec.MsgspecError, UnicodeError):
        raise ProofError("these are no keys of format shopward-log-keys/v1") from None
    chain = KeyChain([Verifier.parse(vkey) for vkey in parts.keys], parts.handovers)
    if trusted.vkey not in {one.vkey for one in chain.verifiers}:
        raise SignatureError("the key you trust is not one of this log's")
    return chain
