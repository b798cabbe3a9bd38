"""A log of invented looks, built by the real `Log`, and held in lists that a test may damage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

from shopward.ledger.consistency import format_consistency
from shopward.ledger.entry import commitment
from shopward.ledger.log import Draft, Edge, Log
from shopward.ledger.merkle import consistency_proof, inclusion_proof
from shopward.ledger.reader import Opened
from shopward.ledger.receipt import Receipt, TlogProof
from shopward.ledger.tiles import node_reader
from shopward.signing import Signer, encode_base64

ORIGIN = "shop.example/ledger"
SIZE = 600
EARLIER = 300
KINDS = ("record:revealed", "record:stored", "record:denied", "fact:put")
BATCHES = (1, 2, 64, 5, 128, 100)


@dataclass(frozen=True)
class Row:
    """One look: what the log commits to and when."""

    kind: str
    salt: bytes
    details: bytes
    time_ms: int


def signer(label: str = "true", name: str = ORIGIN) -> Signer:
    """A signer with a seed that anyone can derive; for tests only."""
    return Signer(name, hashlib.sha256(f"test seed {label}".encode()).digest())


def rows(count: int, label: str = "") -> list[Row]:
    """Invented looks, the same for the same label."""
    return [
        Row(
            kind=KINDS[n % len(KINDS)],
            salt=hashlib.sha256(f"{label} salt {n}".encode()).digest(),
            details=json.dumps(
                {"actor": f"agent-{n % 7}", "purpose": "deliver", "request": f"{label}{n}"},
                separators=(",", ":"),
            ).encode(),
            time_ms=1_750_000_000_000 + n // 10,
        )
        for n in range(count)
    ]


@dataclass
class Book:
    """A stored log in memory; implements `LedgerReader`."""

    key: Signer
    note: str
    stored: list[bytes] = field(default_factory=list)
    opened: list[Opened | None] = field(default_factory=list)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    edges: dict[int, Edge] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.stored)

    def leaves(self, start: int, count: int) -> Sequence[bytes]:
        return self.stored[start : start + count]

    def tile(self, level: int, index: int) -> bytes | None:
        return self.tiles.get((level, index))

    def details(self, start: int, count: int) -> Sequence[Opened | None]:
        return self.opened[start : start + count]

    def receipt(self, index: int, size: int | None = None, *, opened: bool = True) -> Receipt:
        """The receipt of an entry under the checkpoint of one of the batches."""
        size = size or self.size
        node = node_reader(self.edges[size].over(self.tile))
        proof = TlogProof(index, tuple(inclusion_proof(index, size, node)), self.notes[size])
        return Receipt(self.stored[index], self.opened[index] if opened else None, proof)

    def consistency(self, old: int, new: int) -> bytes:
        """The consistency document between two of the batches."""
        node = node_reader(self.edges[new].over(self.tile))
        return format_consistency(consistency_proof(old, new, node))

    def export(self) -> str:
        """The JSON lines an auditor gets."""
        lines = []
        for index, (leaf, kept) in enumerate(zip(self.stored, self.opened, strict=True)):
            row = {"index": index, "leaf": encode_base64(leaf), "salt": None, "details": None}
            if kept is not None:
                row |= {"salt": encode_base64(kept.salt), "details": kept.details.decode()}
            lines.append(json.dumps(row))
        return "\n".join(lines) + "\n"


def write(looks: Sequence[Row], key: Signer | None = None, stops: Sequence[int] = ()) -> Book:
    """The log of these looks, in batches of changing size that also end at each of `stops`."""
    key = key or signer()
    log = Log(key, key.name, Edge.empty())
    book = Book(key, log.note)
    widths = cycle(BATCHES)
    while book.size < len(looks):
        ends = [stop for stop in (*stops, len(looks)) if stop > book.size]
        batch = looks[book.size : min(book.size + next(widths), *ends, len(looks))]
        drafts = [Draft(row.kind, commitment(row.salt, row.details)) for row in batch]
        staged = log.stage(drafts, batch[0].time_ms)
        log.accept(staged)
        book.stored += staged.leaves
        book.opened += [Opened(row.salt, row.details) for row in batch]
        book.tiles |= {(level, index): data for level, index, data in staged.tiles}
        book.note = staged.note
        book.notes[log.size] = log.note
        book.edges[log.size] = log.edge
    return book


def sample(label: str = "", key: Signer | None = None, count: int = SIZE) -> Book:
    """The usual book: 600 looks, with a checkpoint at 300."""
    return write(rows(count, label), key, stops=(EARLIER,))
