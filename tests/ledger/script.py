"""The independent script as a judge: files in, verdict out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from shopward.ledger.tiles import tile_path
from tests.ledger.evidence import Evidence

SCRIPT = Path(__file__).parents[2] / "docs" / "spec" / "verify_receipt.py"


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The script in a plain interpreter: isolated, in another folder."""
    command = [sys.executable, "-I", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def put_file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def script_on_log(
    folder: Path, evidence: Evidence, *, earlier: bool = False
) -> subprocess.CompletedProcess[str]:
    """`verify_receipt.py log` on the export, the tiles and the checkpoints."""
    book = evidence.book
    export = put_file(folder, "export.jsonl", book.export())
    head = put_file(folder, "checkpoint", book.note)
    for (level, index), data in book.tiles.items():
        put_file(folder, tile_path(level, index), data)
    options = ("--earlier", put_file(folder, "earlier", evidence.earlier)) if earlier else ()
    return run(folder, "log", export, head, "--key", evidence.vkey, "--tiles", folder, *options)


def script_on_receipt(folder: Path, evidence: Evidence) -> subprocess.CompletedProcess[str]:
    receipt = put_file(folder, "receipt.json", json.dumps(evidence.receipt))
    return run(folder, "receipt", receipt, "--key", evidence.vkey)


def script_on_checkpoints(folder: Path, evidence: Evidence) -> subprocess.CompletedProcess[str]:
    old = put_file(folder, "old", evidence.old)
    new = put_file(folder, "new", evidence.new)
    proof = put_file(folder, "proof.json", json.dumps(evidence.proof))
    return run(folder, "consistency", old, new, proof, "--key", evidence.vkey)


def assert_refused(result: subprocess.CompletedProcess[str]) -> None:
    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith("NOT VERIFIED: ")
    assert result.stderr == ""


def assert_verified(result: subprocess.CompletedProcess[str]) -> None:
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("VERIFIED ")
