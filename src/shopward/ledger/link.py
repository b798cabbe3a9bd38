"""The link between two logs: the later one's first entry names the earlier one's end.

A restore ends a log and begins another under a name of its own, so that no name ever has two
histories. The first entry, of kind `log:continued`, commits to details with a member::

    "previous": {"origin": "shop.example/ledger", "kept": 600, "checkpoint": "<signed note>"}

`kept` counts the entries that are still there; the checkpoint is the last one that was known and
may be of more: then entries were lost between the backup and the restore, and it says how many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from shopward.errors import IntegrityError
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.entry import parse_leaf
from shopward.ledger.reader import LedgerReader
from shopward.ledger.verify import Damage, Finding
from shopward.signing import Verifier

KIND = "log:continued"


class Previous(msgspec.Struct, frozen=True):
    """The log that was continued, as the first entry's details name it."""

    origin: str
    kept: int
    checkpoint: str


class _Details(msgspec.Struct, frozen=True):
    previous: Previous


@dataclass(frozen=True, slots=True)
class Ended:
    """The log before, as it is stored: its name, its size, and the checkpoint over all of it."""

    origin: str
    size: int
    note: str


def verify_link(
    reader: LedgerReader, before: Ended | None, verifier: Verifier
) -> Iterator[Finding]:
    """Every way in which a log does not continue the one before it; nothing when it does.

    Args:
        reader: The later log.
        before: The log before it, itself verified; None when this is the first of all.
        verifier: The later log's key; the earlier log's is the same under its own name.
    """
    wrong = _first_wrong(reader, before, verifier)
    if wrong is not None:
        yield Finding(Damage.LINK_BROKEN, 0, wrong)


def _first_wrong(reader: LedgerReader, before: Ended | None, verifier: Verifier) -> str | None:
    is_continued = _is_continued(reader)
    if before is None:
        return "it continues a log that is not here" if is_continued else None
    if not is_continued:
        return "its first entry does not say which log it continues"
    named = Verifier(before.origin, verifier.public_key)
    try:
        previous = _previous(reader)
        known = open_checkpoint(previous.checkpoint, named)
        kept = open_checkpoint(before.note, named)
    except IntegrityError as error:
        return f"what it says of the log before does not hold: {error.detail}"
    if (previous.origin, previous.kept) != (before.origin, before.size):
        return "it continues another log than the one that is here"
    if known.size < kept.size or (known.size == kept.size and known.root != kept.root):
        return "the checkpoint that it names contradicts the log before"
    return None


def lost_between(reader: LedgerReader, verifier: Verifier) -> int:
    """How many entries of the log before are known to have been lost; 0 when none or unknown."""
    if not _is_continued(reader):
        return 0
    try:
        previous = _previous(reader)
        named = Verifier(previous.origin, verifier.public_key)
        return open_checkpoint(previous.checkpoint, named).size - previous.kept
    except IntegrityError:
        return 0


def _is_continued(reader: LedgerReader) -> bool:
    first = list(reader.leaves(0, 1))
    try:
        return bool(first) and parse_leaf(first[0]).kind == KIND
    except IntegrityError:
        return False  # `verify_log` names it


def _previous(reader: LedgerReader) -> Previous:
    opened = reader.details(0, 1)
    if not opened or opened[0] is None:
        raise IntegrityError("the entry does not open")
    try:
        return msgspec.json.decode(opened[0].details, type=_Details).previous
    except msgspec.DecodeError:
        raise IntegrityError("the entry names no log") from None
