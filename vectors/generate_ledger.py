"""Writes vectors/ledger.json: the published formats of the ledger, with pinned inputs.

Run `python vectors/generate_ledger.py` after a change of format, never after a change of code
alone: the tests assert that the file equals what the code makes.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from shopward.ledger.consistency import format_consistency
from shopward.ledger.entry import commitment, parse_leaf
from shopward.ledger.log import Draft, Edge, Log
from shopward.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash
from shopward.ledger.reader import Opened
from shopward.ledger.receipt import Receipt, TlogProof
from shopward.ledger.tiles import node_reader, partial_widths, tile_path
from shopward.signing import Signer, encode_base64

FILE = Path(__file__).parent / "ledger.json"
ORIGIN = "vectors.example/ledger"
SEED = bytes(range(32))
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 600)
INDEXES = ((0, 1), (0, 8), (6, 7), (255, 256), (255, 257), (256, 257), (137, 600), (599, 600))
FIRST_MS = 1_750_000_000_000


def salt(index: int) -> bytes:
    """SHA-256 of "salt " and the index in decimal."""
    return hashlib.sha256(f"salt {index}".encode()).digest()


def details(index: int) -> bytes:
    """Invented details; the exact bytes are committed to."""
    return f'{{"actor":"agent-{index % 7}","purpose":"deliver","request":"{index}"}}'.encode()


class Vectors:
    """A log of 600 entries with a checkpoint at each of `SIZES`."""

    def __init__(self) -> None:
        self.signer = Signer(ORIGIN, SEED)
        self.log = Log(self.signer, ORIGIN, Edge.empty())
        self.leaves: list[bytes] = []
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.notes = {0: self.log.note}
        self.edges = {0: self.log.edge}
        for first, end in pairwise((0, *SIZES)):
            drafts = [
                Draft("record:revealed", commitment(salt(n), details(n))) for n in range(first, end)
            ]
            staged = self.log.stage(drafts, FIRST_MS + first)
            self.log.accept(staged)
            self.leaves += staged.leaves
            self.tiles |= {(level, index): data for level, index, data in staged.tiles}
            self.notes[end], self.edges[end] = staged.note, staged.edge

    def read_tile(self, level: int, index: int) -> bytes | None:
        """A full tile."""
        return self.tiles.get((level, index))

    def receipt(self, index: int, size: int, *, opened: bool) -> str:
        """The receipt document of an entry."""
        node = node_reader(self.edges[size].over(self.read_tile))
        proof = TlogProof(index, tuple(inclusion_proof(index, size, node)), self.notes[size])
        kept = Opened(salt(index), details(index)) if opened else None
        return Receipt(self.leaves[index], kept, proof).to_json().decode()

    def consistency(self, old: int, new: int) -> str:
        """The consistency document between two checkpoints."""
        node = node_reader(self.edges[new].over(self.read_tile))
        return format_consistency(consistency_proof(old, new, node)).decode()


def refused(vectors: Vectors) -> list[dict[str, str]]:
    """Receipts that must not verify under the key, each with the reason."""
    sound = vectors.receipt(137, 600, opened=True)
    document = json.loads(sound)
    other = json.loads(vectors.receipt(136, 600, opened=True))
    spelling = sound.index("=\\n")
    letter = sound[spelling - 1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    respelled = alphabet[alphabet.index(letter) ^ 1]
    changes = {
        "the index is another": sound.replace("index 137", "index 136"),
        "the leaf is another's": json.dumps(document | {"leaf": other["leaf"]}),
        "the details are another's": json.dumps(document | {"details": other["details"]}),
        "the salt is another's": json.dumps(document | {"salt": other["salt"]}),
        "it is half opened": json.dumps(document | {"salt": None}),
        "the size was changed after signing": sound.replace("\\n600\\n", "\\n601\\n"),
        "base64 with an unused bit set": sound[: spelling - 1] + respelled + sound[spelling:],
        "it is of another format": sound.replace("shopward-receipt/v1", "shopward-receipt/v2"),
    }
    return [{"why": why, "receipt": receipt} for why, receipt in changes.items()]


def build() -> dict[str, Any]:
    """Everything in the file."""
    vectors = Vectors()
    leaves = [(index, vectors.leaves[index]) for index in (0, 1, 255, 256, 599)]
    last = vectors.edges[600]
    return {
        "format": "docs/spec/ledger.md",
        "key": {"seed_hex": SEED.hex(), "vkey": vectors.signer.vkey, "origin": ORIGIN},
        "entries": {
            "kind": "record:revealed",
            "salt": "SHA-256 of ASCII 'salt ' and the index in decimal",
            "details": details(0).decode(),
            "time_ms": f"{FIRST_MS} + the size of the log before the batch",
            "batches_end_at": list(SIZES),
        },
        "leaves": [
            {
                "index": index,
                "time_ms": parse_leaf(leaf).time_ms,
                "salt": encode_base64(salt(index)),
                "details": details(index).decode(),
                "commitment": encode_base64(parse_leaf(leaf).commitment),
                "leaf": encode_base64(leaf),
                "hash": encode_base64(leaf_hash(leaf)),
            }
            for index, leaf in leaves
        ],
        "checkpoints": [{"size": size, "note": note} for size, note in vectors.notes.items()],
        "tiles": [
            {"path": tile_path(level, index), "sha256": hashlib.sha256(data).hexdigest()}
            for (level, index), data in sorted(vectors.tiles.items())
        ],
        "partial_tiles": [
            {
                "path": tile_path(level, 600 >> 8 * (level + 1), width),
                "sha256": hashlib.sha256(b"".join(last.partials[level])).hexdigest(),
            }
            for level, width in enumerate(partial_widths(600))
        ],
        "receipts": [
            {"index": index, "size": size, "receipt": vectors.receipt(index, size, opened=opened)}
            for index, size in INDEXES
            for opened in (True, False)
        ],
        "consistency": [
            {"old": old, "new": new, "proof": vectors.consistency(old, new)}
            for old, new in (*pairwise(SIZES), (3, 600), (256, 600), (600, 600))
        ],
        "refused": refused(vectors),
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {FILE.name}")


if __name__ == "__main__":
    main()
