"""A receipt: one entry, what it commits to, and the proof that it is in the log.

The proof is a C2SP tlog-proof text: index, inclusion hashes and the signed checkpoint::

    c2sp.org/tlog-proof@v1
    index 17
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=

    shop.example/ledger
    …

and the receipt is a JSON object around it, whose `details` are the exact text that is committed
to; `salt` and `details` are null when the entry is not opened, as after an erasure::

    {
        "format": "shopward-receipt/v1",
        "leaf": base64,
        "salt": base64,
        "details": text,
        "proof": text,
    }

A receipt proves that an entry was logged, not that it is true. This module trusts nothing in it
before the checkpoint's signature, the inclusion and the commitment have all been verified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from shopward.errors import IntegrityError, ProofError
from shopward.ledger.checkpoint import Checkpoint, open_checkpoint, parse_decimal
from shopward.ledger.entry import Leaf, parse_leaf
from shopward.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from shopward.ledger.reader import Opened
from shopward.signing import Verifier, decode_base64, encode_base64

MAX_RECEIPT_BYTES = 2_000_000
MAX_PROOF_HASHES = 63

_MAGIC = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The parts of a tlog-proof: index, 32-byte hashes, signed note, unauthenticated extra."""

    index: int
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The parts of a receipt; `opened` is None when the entry is not opened."""

    leaf: bytes
    opened: Opened | None
    proof: TlogProof

    def to_json(self) -> bytes:
        """The receipt document."""
        opened = self.opened
        return msgspec.json.encode(
            _Document(
                format="shopward-receipt/v1",
                leaf=encode_base64(self.leaf),
                salt=encode_base64(opened.salt) if opened else None,
                details=opened.details.decode() if opened else None,
                proof=format_proof(self.proof),
            )
        )


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verified receipt shows; `details` are None when it was not opened."""

    index: int
    leaf: Leaf
    details: bytes | None = field(repr=False)
    checkpoint: Checkpoint


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The receipt's JSON object."""

    format: Literal["shopward-receipt/v1"]
    leaf: str
    salt: str | None
    details: str | None
    proof: str


def format_proof(proof: TlogProof) -> str:
    """The text of a tlog-proof. Source: C2SP tlog-proof, "Format"."""
    extra = [] if proof.extra is None else [f"extra {encode_base64(proof.extra)}"]
    hashes = [encode_base64(item) for item in proof.hashes]
    return "\n".join([_MAGIC, *extra, f"index {proof.index}", *hashes, "", proof.note])


def parse_proof(text: str) -> TlogProof:
    """The parts of a tlog-proof text; nothing in it is verified yet.

    Raises:
        IntegrityError: Malformed, or with more than 63 hashes.

    Source: C2SP tlog-proof, "Format".
    """
    head, blank, note = text.partition("\n\n")
    magic, *lines = head.split("\n")
    if magic != _MAGIC or not blank:
        raise ProofError("this is no tlog-proof of version 1")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0)[len("extra ") :], "the proof's extra line")
    if not lines or not lines[0].startswith("index "):
        raise ProofError("the proof has no index line")
    index = parse_decimal(lines[0][len("index ") :], "the proof's index")
    return TlogProof(index, parse_hashes(lines[1:]), note, extra)


def parse_hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    """The hashes of a proof, each base64 of 32 bytes.

    Raises:
        IntegrityError: Malformed, or more than 63.
    """
    if len(lines) > MAX_PROOF_HASHES:
        raise ProofError(f"a proof has at most {MAX_PROOF_HASHES} hashes")
    hashes = tuple(decode_base64(line, "a proof's hash") for line in lines)
    if any(len(item) != HASH_BYTES for item in hashes):
        raise ProofError(f"a hash has {HASH_BYTES} bytes")
    return hashes


def parse_receipt(document: bytes | str) -> Receipt:
    """The parts of a receipt document; nothing in it is verified yet.

    Raises:
        IntegrityError: Not JSON of this format, too long, or half opened.
    """
    if len(document) > MAX_RECEIPT_BYTES:
        raise ProofError(f"a receipt has at most {MAX_RECEIPT_BYTES} bytes")
    try:
        parts = msgspec.json.decode(document, type=_Document)
    except (msgspec.MsgspecError, UnicodeError):
        raise ProofError("this is no receipt of format shopward-receipt/v1") from None
    if (parts.salt is None) != (parts.details is None):
        raise ProofError("a receipt has both salt and details, or neither")
    opened = None
    if parts.salt is not None and parts.details is not None:
        opened = Opened(decode_base64(parts.salt, "the salt"), parts.details.encode())
    return Receipt(decode_base64(parts.leaf, "the leaf"), opened, parse_proof(parts.proof))


def verify_receipt(document: bytes | str, verifier: Verifier) -> Verified:
    """Show that the log of this verifier holds the entry, and that it says what the details say.

    Args:
        document: Untrusted.
        verifier: The log's key, from outside the receipt.

    Raises:
        SignatureError: The log's key did not sign the checkpoint.
        ProofError: The leaf is not in the tree at that index.
        IntegrityError: Malformed, or the details are not what the leaf commits to.
    """
    receipt = parse_receipt(document)
    proof, opened = receipt.proof, receipt.opened
    checkpoint = open_checkpoint(proof.note, verifier)
    hashed = leaf_hash(receipt.leaf)
    verify_inclusion(proof.index, checkpoint.size, hashed, proof.hashes, checkpoint.root)
    leaf = parse_leaf(receipt.leaf)
    if opened is not None and not opened.opens(leaf):
        raise IntegrityError("the details are not what the entry commits to")
    return Verified(proof.index, leaf, opened.details if opened else None, checkpoint)
