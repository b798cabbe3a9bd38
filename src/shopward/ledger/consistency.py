"""Two checkpoints of one log and the proof that the later one only added entries.

The document an auditor keeps beside the two signed notes::

    {"format": "shopward-consistency/v1", "proof": [base64 of 32 bytes, …]}

Sizes and roots are not in it: they come from the signed checkpoints alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from shopward.errors import ProofError
from shopward.ledger.checkpoint import Checkpoint, open_checkpoint
from shopward.ledger.merkle import verify_consistency
from shopward.ledger.receipt import parse_hashes
from shopward.signing import Verifier, encode_base64


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The consistency proof's JSON object."""

    format: Literal["shopward-consistency/v1"]
    proof: list[str]


def format_consistency(hashes: Sequence[bytes]) -> bytes:
    """The document of a consistency proof."""
    proof = [encode_base64(item) for item in hashes]
    return msgspec.json.encode(_Document(format="shopward-consistency/v1", proof=proof))


def parse_consistency(document: bytes | str) -> tuple[bytes, ...]:
    """The hashes of a consistency document; nothing in it is verified yet.

    Raises:
        IntegrityError: Not JSON of this format, or more than 63 hashes.
    """
    try:
        parts = msgspec.json.decode(document, type=_Document)
    except (msgspec.MsgspecError, UnicodeError):
        raise ProofError("this is no proof of format shopward-consistency/v1") from None
    return parse_hashes(parts.proof)


def verify_extends(
    old_note: str, new_note: str, document: bytes | str, verifier: Verifier
) -> tuple[Checkpoint, Checkpoint]:
    """Show that the log at the new checkpoint begins with the log at the old one.

    Args:
        old_note: The checkpoint seen earlier, kept outside the shop.
        new_note: The checkpoint presented now; not of a smaller size.
        document: The consistency document, untrusted.
        verifier: The log's key.

    Returns:
        Both checkpoints, old first.

    Raises:
        SignatureError: The log's key did not sign one of them.
        ProofError: The proof does not show it, or the old one is later or of an empty log.
        IntegrityError: Malformed, or of another log.
    """
    old, new = open_checkpoint(old_note, verifier), open_checkpoint(new_note, verifier)
    verify_consistency(old.size, new.size, old.root, new.root, parse_consistency(document))
    return old, new
