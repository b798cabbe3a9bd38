r"""A checkpoint: one signed line of size and root that pins every entry before it.

The text is C2SP tlog-checkpoint, signed as a note by the log's key::

    shop.example/ledger
    601
    kq4mT7T8cm1qdxR6…=

    — shop.example/ledger Az3grlgtzPIC…=

The first line is the *origin*, the log's identity; the key has the same name. Extension lines are
read and kept but never written. This module does not compare two checkpoints (`consistency` does).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shopward.errors import IntegrityError, ProofError
from shopward.ledger.merkle import HASH_BYTES, MAX_SIZE
from shopward.signing import Signer, Verifier, decode_base64, encode_base64, open_note

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: origin, number of leaves, 32-byte root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed; ends in a newline."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "\n".join(lines) + "\n"


def parse_decimal(text: str, what: str) -> int:
    """A non-negative number below 2^63 in ASCII digits without leading zeros.

    Raises:
        ProofError: Anything else.
    """
    if _DECIMAL.fullmatch(text) is None or int(text) > MAX_SIZE:
        raise ProofError(f"{what} is not a decimal number below 2^63")
    return int(text)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text, which the caller has verified.

    Raises:
        IntegrityError: Not three or more non-empty lines of origin, size and 32-byte root.

    Source: C2SP tlog-checkpoint, "Note text".
    """
    lines = text.split("\n")
    if lines.pop() or len(lines) < _LINES or not all(lines):
        raise ProofError("a checkpoint has an origin, a size and a root, a line each")
    root = decode_base64(lines[2], "the checkpoint's root")
    if len(root) != HASH_BYTES:
        raise ProofError(f"the checkpoint's root has {HASH_BYTES} bytes")
    size = parse_decimal(lines[1], "the checkpoint's size")
    return Checkpoint(lines[0], size, root, tuple(lines[_LINES:]))


def sign_checkpoint(signer: Signer, checkpoint: Checkpoint, *others: Signer) -> str:
    """The signed note of a checkpoint, under one key or several."""
    note = signer.sign(checkpoint.text)
    for other in others:
        note = other.cosign(note)
    return note


def open_checkpoint(note: str, verifier: Verifier, *others: Verifier) -> Checkpoint:
    """The checkpoint in a note that the log's own key, or one of several, has signed.

    The origin must be the verifier's name, so that a key shared by two logs cannot pass one off
    as the other.

    Raises:
        SignatureError: The note is malformed or the log's key did not sign it.
        IntegrityError: The text is no checkpoint, or one of another log.
    """
    checkpoint = parse_checkpoint(open_note(note, (verifier, *others)).text)
    if checkpoint.origin != verifier.name:
        raise IntegrityError("the checkpoint belongs to another log")
    return checkpoint
