"""The parent of several workers, with workers that do as they are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from shopward.api.workers import Workers

folder, failing = Path(sys.argv[1]), sys.argv[2]

def serve(worker, ready):
    once = folder / f"failed-{worker.number}"
    if str(worker.number) in failing and not once.exists():
        while failing == "1" and not (folder / "up-0").exists():
            time.sleep(0.01)  # the other one serves by then
        once.touch()
        return 3
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    ready()
    (folder / f"up-{worker.number}").touch()
    signal.sigwait([signal.SIGTERM])
    (folder / f"drained-{worker.number}").touch()
    return 0

def all_ready():
    (folder / "ready").touch()
    os.kill(os.getpid(), signal.SIGTERM)

sys.exit(Workers(2, serve, all_ready).run())
"""


def ended(folder: Path, failing: str) -> int:
    command = [sys.executable, "-c", SCRIPT, str(folder), failing]
    return subprocess.run(command, check=False, timeout=60).returncode


def test_one_that_cannot_start_beside_one_that_serves_is_started_again(tmp_path: Path) -> None:
    assert ended(tmp_path, "1") == 0
    names = {path.name for path in tmp_path.iterdir()}

    assert {"failed-1", "up-0", "up-1", "ready", "drained-0", "drained-1"} == names


def test_where_none_can_start_all_end_with_the_reason(tmp_path: Path) -> None:
    assert ended(tmp_path, "0 1") == 3
    assert not (tmp_path / "ready").exists()
