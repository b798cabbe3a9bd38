"""Characters that steer a terminal, in texts that a caller chose."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.plane import ROOT, DataPlane

EVIL = "\u009b31m\u202eevil\u200f\x7f"
STEERING = ("\u009b", "\u202e", "\u200f", "\x7f", "\x1b")


def test_json_on_a_terminal_steers_nothing() -> None:
    program = f"from shopward.cli import terminal; terminal.document({{'fact': {EVIL!r}}})"
    shown = _on_a_terminal([sys.executable, "-c", program])
    assert not [one for one in STEERING if one in shown]


def test_a_receipt_verified_on_a_terminal_steers_nothing(plane: DataPlane, tmp_path: Path) -> None:
    courier = plane.credential("courier")
    look = {
        "subject": "external:nobody",
        "fields": ["city"],
        "purpose": "deliver",
        "fact": f"shipment:{EVIL}",
    }
    index = plane.ask("POST", "/v1/reveal", look, credential=courier).json()["receipt"]["index"]
    receipt = tmp_path / "receipt.json"
    receipt.write_text(plane.caller("auditor").receipt(index).to_json(), "utf-8")
    script, key = ROOT / "docs" / "spec" / "verify_receipt.py", plane.operator().log_key().strip()
    shown = _on_a_terminal([sys.executable, str(script), "receipt", str(receipt), "--key", key])
    assert shown.startswith("VERIFIED")
    assert not [one for one in STEERING if one in shown]


@pytest.mark.parametrize("verb", [["ledger", "tail", "--json", "--count", "50"]])
def test_the_ledger_on_a_terminal_steers_nothing(plane: DataPlane, verb: list[str]) -> None:
    courier = plane.credential("courier")
    look = {"subject": "external:nobody", "fields": ["city"], "fact": f"shipment:{EVIL}"}
    plane.ask("POST", "/v1/reveal", look, credential=courier)
    config = str(plane.home / "shopward.toml")
    shown = _on_a_terminal([sys.executable, "-m", "shopward", "--config", config, *verb])
    assert "evil" in shown
    assert not [one for one in STEERING if one in shown]


def _on_a_terminal(command: list[str]) -> str:
    """What a program writes when its stdout is a terminal."""
    ours, theirs = pty.openpty()
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/"}
    process = subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environ)
    os.close(theirs)
    data = b""
    try:
        while piece := os.read(ours, 65_536):
            data += piece
    except OSError:
        pass
    finally:
        os.close(ours)
        process.wait(20)
    return data.decode("utf-8", "replace")
