"""Reading the ledger: receipts, checkpoints, tiles, proofs and entries.

Verifying them is not done here: `docs/spec/verify_receipt.py` does it without this package.
"""

from __future__ import annotations

from shopward_client.answers import (
    Entries,
    EntryRow,
    PastLog,
    PastLogs,
    Proof,
    ReceiptDocument,
)
from shopward_client.call import Answer, Call
from shopward_client.calls.build import get, json_of, text
from shopward_client.errors import InvalidError, UnexpectedAnswerError

TILE_WIDTH = 256


def receipt(index: int, log: int = 0) -> Call[ReceiptDocument]:
    """Fetch the receipt of one entry as a document that verifies offline.

    Args:
        index: The entry's number.
        log: The number of a past log; 0 for the present one.
    """
    return get(f"/v1/receipts/{index:d}", json_of(ReceiptDocument), **_of(log))


def checkpoint() -> Call[str]:
    """Fetch the signed head of the ledger, byte for byte (C2SP tlog-checkpoint)."""
    return get("/v1/log/checkpoint", text)


def log_key() -> Call[str]:
    """Fetch the ledger's verifier key (C2SP signed-note vkey); compare it with one you know."""
    return get("/v1/log/key", lambda answer: text(answer).strip())


def past_logs() -> Call[tuple[PastLog, ...]]:
    """List the logs that restores ended, the oldest first."""
    read = json_of(PastLogs)
    return get("/v1/log/past", lambda answer: read(answer).logs)


def tile(level: int, index: int, width: int = TILE_WIDTH, log: int = 0) -> Call[bytes]:
    """Fetch `width` hashes of 32 bytes each.

    Args:
        level: 0 for leaf hashes, up to 63.
        index: The tile's place in its level.
        width: 256 for a full tile, less for the right edge of the tree.
        log: The number of a past log; 0 for the present one.

    Raises:
        InvalidError: A coordinate is out of range.

    Source: C2SP tlog-tiles.
    """
    path = f"/v1/log/tile/{_tile_path(level, index, width)}"
    return get(path, lambda got: _hashes(got, width), **_of(log))


def inclusion(index: int, size: int) -> Call[Proof]:
    """Prove that entry `index` stands in the tree of `size` entries."""
    return get("/v1/log/proof/inclusion", json_of(Proof), index=index, size=size)


def consistency(old: int, new: int) -> Call[Proof]:
    """Prove that the tree of `new` entries continues the tree of `old` entries."""
    return get("/v1/log/proof/consistency", json_of(Proof), old=old, new=new)


def entries(start: int = 0, count: int = 1000, log: int = 0) -> Call[Entries]:
    """Read up to `count` entries, at most 1000, from index `start` on, of a past log if given."""
    return get("/v1/log/entries", json_of(Entries), start=start, count=count, **_of(log))


def own_entries(subject: str, *, before: int | None = None, count: int = 100) -> Call[Entries]:
    """Read up to `count` entries of one customer, at most 1000, the newest first.

    Args:
        subject: The customer's own token, `cus_…`.
        before: Entries before this index alone; None for the newest.
        count: How many at most.
    """
    more = {} if before is None else {"before": before}
    return get("/v1/log/own", json_of(Entries), subject=subject, count=count, **more)


def continued(page: Entries, start: int) -> tuple[EntryRow, ...]:
    """Give the entries of a page that was asked for from `start` on.

    Raises:
        UnexpectedAnswerError: An entry is missing, out of order, or the ledger went back.
    """
    asked = range(start, start + len(page.entries))
    if page.next != asked.stop or [row.index for row in page.entries] != list(asked):
        raise UnexpectedAnswerError("The entries do not follow each other.", field="entries")
    return page.entries


def _of(log: int) -> dict[str, int]:
    return {"log": log} if log else {}


def _tile_path(level: int, index: int, width: int) -> str:
    if not (0 <= level <= 63 and index >= 0 and 1 <= width <= TILE_WIDTH):
        raise InvalidError("A tile has level 0-63, index 0 or more and width 1-256.", field="tile")
    digits = f"{index:d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return f"{level:d}/{path}" + (f".p/{width:d}" if width < TILE_WIDTH else "")


def _hashes(answer: Answer, width: int) -> bytes:
    if len(answer.body) != 32 * width:
        raise UnexpectedAnswerError("The tile has another width than asked.", field="tile")
    return answer.body
