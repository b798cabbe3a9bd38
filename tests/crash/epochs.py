"""SIGKILL of a process that adds one weekly key after the other to a keystore.

Run as a program it is that process: for each new epoch it wraps a data key and says so once the
call has returned. `Epochs` kills it and asks whether everything that was said still holds.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from shopward.errors import ShopwardError
from shopward.vault import keystore
from tests.crash.verdict import Verdict
from tests.scenarios.plane import PASSPHRASE, ROOT, home

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
DEK: Final = b"k" * 32
CONTEXT: Final = b"context"
LIVES: Final = 20
MOST: Final = 25
"""A kill comes after at most so many new epochs."""


@dataclass(slots=True)
class Epochs:
    """Many kills of a process that replaces a keystore without a pause."""

    seed: int
    verdict: Verdict = field(default_factory=Verdict)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, kills: int) -> None:
        """`kills` of them, on as many keystores as that takes."""
        dice = random.Random(self.seed)  # noqa: S311 - a plan, no secret
        for start in range(0, kills, LIVES):
            with home() as folder:
                path = folder / "keystore.json"
                keystore.create(path, PASSPHRASE.encode(), profile="test")
                told: dict[int, bytes] = {}
                for _ in range(min(LIVES, kills - start)):
                    self._kill(path, told, dice.randint(0, MOST))
                    self._judge(path, told)

    def _kill(self, path: Path, told: dict[int, bytes], after: int) -> None:
        command = [sys.executable, "-m", "tests.crash.epochs", str(path), str(len(told))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
            assert process.stdout is not None
            for number, line in enumerate(process.stdout):
                epoch, wrapped = line.split()
                told[int(epoch)] = bytes.fromhex(wrapped)
                self.counts["epochs acknowledged"] += 1
                if number == after:
                    process.kill()
        self.counts["kills"] += 1

    def _judge(self, path: Path, told: dict[int, bytes]) -> None:
        try:
            custodian = keystore.open_keystore(path, PASSPHRASE.encode())
            opened = [custodian.unwrap(one, told[one], CONTEXT) == DEK for one in told]
        except ShopwardError as error:
            self.verdict.judge("keystore", holds=False, words=error.detail)
            return
        self.verdict.judge("keystore", all(opened), "an acknowledged key does not open")


def main(path: Path, weeks: int) -> None:
    """Adds epochs until it is killed; never returns by itself."""
    custodian = keystore.open_keystore(path, PASSPHRASE.encode())
    now = START + timedelta(days=7 * weeks)
    while True:
        now += timedelta(days=7)
        epoch = custodian.current_epoch(now)
        wrapped = custodian.wrap(epoch, DEK, CONTEXT)
        sys.stdout.write(f"{epoch} {wrapped.hex()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
