"""Writes `backup.json`: a backup and an erasure journal of docs/spec/backup.md, by our own code.

What is random in the product is pinned here. `python vectors/generate_backup.py` writes the file
anew; tests compare it with what this makes, and read it without our code.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

from shopward.signing import encode_base64
from shopward.store.copying import Table
from shopward.vault.backup.create import Writer
from shopward.vault.backup.header import VAULT, Database, Header, Witness
from shopward.vault.cipher import key_id
from shopward.vault.journal import Erased, Frozen, Journal, Line, Revoked, Seen

PATH = Path(__file__).with_name("backup.json")
KEY = bytes(range(32))
JOURNAL_KEY = bytes(range(32, 64))
INSTALLATION = bytes(range(0x10, 0x20))
SUBJECT = bytes.fromhex("019a0000000070008000000000000001")
NOTE = "shop.example/ledger\n2\nkq4mT7T8cm1qdxR6AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— invented\n"
TABLES = (
    Table("alias", ("digest", "subject", "name", "proof")),
    Table("subject", ("subject", "generation", "erased_ms")),
)
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "alias": [(bytes(32), SUBJECT, "email", bytes(16))],
    "subject": [(bytes(16), 1, None), (SUBJECT, 3, 1_780_000_000_000)],
}
LINES = (
    Line(1_780_000_000_000, Erased("shop.example/ledger", 7, "aa" * 32, SUBJECT.hex())),
    Line(1_780_000_000_001, Erased("shop.example/ledger", 9, "bb" * 32, "00" * 16, ("tax",))),
    Line(1_780_000_000_002, Revoked("shop.example/ledger", 11, "cc" * 32, "0123456789ab")),
    Line(1_780_000_000_003, Frozen("shop.example/ledger", 12, "dd" * 32, SUBJECT.hex())),
    Line(1_780_000_000_004, Seen(NOTE)),
)


def build() -> dict[str, Any]:
    """Everything in the file."""
    return {"format": "shopward-backup/v1", "backup": _backup(), "journal": _journal()}


def _backup() -> dict[str, Any]:
    header = Header(
        installation=INSTALLATION.hex(),
        origin="shop.example/ledger",
        size=2,
        checkpoint=NOTE,
        time_ms=1_780_000_000_000,
        key_version=1,
        key_id=key_id(KEY).hex(),
        salt=bytes(range(64, 96)).hex(),
        journal=Witness(4, "dd" * 32),
        databases=(Database(VAULT, TABLES),),
    )
    file = io.BytesIO()
    writer = Writer(file, KEY, header)
    for table in TABLES:
        writer.add(ROWS[table.name], lambda _rows: None)
    writer.finish()
    shown = {
        name: [[part.hex() if isinstance(part, bytes) else part for part in row] for row in rows]
        for name, rows in ROWS.items()
    }
    return {"backup_key": KEY.hex(), "rows": shown, "file": encode_base64(file.getvalue())}


def _journal() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "erasures.journal", JOURNAL_KEY, INSTALLATION)
        journal.create(1_780_000_000_000)
        journal.append(LINES)
        text = journal.path.read_text("utf-8")
    return {"key": JOURNAL_KEY.hex(), "text": text}


def render() -> str:
    """The file's text."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
    print(f"wrote {PATH}")
