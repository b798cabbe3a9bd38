"""A shop's export of many rows goes in through `shopward import`, killed on its way and taken up.

    python -m benchmarks.imports FOLDER [--rows 1000000] [--kills 6]

Everything is what an operator types: `shopward serve`, `shopward import --yes`. Whenever the
journal passes the next of the evenly spaced marks, SIGKILL goes to the import, to the data plane,
or to both, in turns; then both are started anew and the import goes on. FOLDER keeps what was done:
after an interruption the same command goes on, and the figures with it.

It prints one JSON document: rows a second over all runs, the greatest memory of each process, and
what was counted afterwards in the store and in the file of tokens.
"""

from __future__ import annotations

import argparse
import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw

from benchmarks import people, servers
from shopward.cli.installation import Installation
from shopward.sources.shopify import HEADER

ROOT: Final = Path(__file__).parents[1]
PROGRAM: Final = (sys.executable, "-m", "shopward")
LOOK_S: Final = 0.05
VICTIMS: Final = ("import", "data plane", "both")
COLUMNS: Final = {
    "first_name": "First Name",
    "last_name": "Last Name",
    "email": "Email",
    "phone": "Phone",
    "company": "Default Address Company",
    "address1": "Default Address Address1",
    "city": "Default Address City",
    "postcode": "Default Address Zip",
    "country": "Default Address Country Code",
    "note": "Note",
}


@dataclass(slots=True)
class Figures:
    """What was measured so far; memory in bytes."""

    rows: int
    seconds: float = 0.0
    kills: dict[str, int] = field(default_factory=dict)
    import_bytes: int = 0
    plane_bytes: int = 0

    @classmethod
    def read(cls, path: Path, rows: int) -> Figures:
        """Those of an earlier run, or none yet."""
        return cls(**json.loads(path.read_text())) if path.exists() else cls(rows)


class CountError(Exception):
    """The vault does not hold what the file has."""


def write(path: Path, rows: int) -> None:
    """An export of invented customers in Shopify's columns; whole, or not there."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, restval="", lineterminator="\n")
        writer.writeheader()
        for number in range(rows):
            values = people.person(number)
            cells = {column: values[name] for name, column in COLUMNS.items()}
            writer.writerow({**cells, "Customer ID": f"'{7_000_000_000_000 + number}"})
    part.rename(path)


class Trial:
    """One export on its way into one vault."""

    def __init__(self, folder: Path, rows: int, kills: int) -> None:
        self.home = folder
        self._port = servers.free_port()
        self._export = folder / "customers.csv"
        self._figures = folder / "figures.json"
        self.figures = Figures.read(self._figures, rows)
        self._marks = [rows * (at + 1) // (kills + 1) for at in range(kills)]
        self._plane: subprocess.Popen[bytes] | None = None

    def run(self) -> Mapping[str, Any]:
        """Import all of it.

        Raises:
            CountError: What was counted afterwards is not what the file has.
        """
        self._furnish()
        try:
            while not self._go_on():
                self._save()
        finally:
            if self._plane is not None:
                servers.stop(self._plane, "data plane")
            self._save()
        return self._judge()

    def _furnish(self) -> None:
        place = Installation(self.home)
        is_new = not place.settings.exists()
        if is_new:
            place.make(ROOT)
        if not self._export.exists():
            write(self._export, self.figures.rows)
        self._serve("--create" if is_new else "")
        if is_new:
            self._shopward("caller", "add", "importer", "--role", "importer")

    def _environment(self) -> dict[str, str]:
        address = f"127.0.0.1:{self._port}"
        return {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "SHOPWARD_LISTEN_TCP": address}

    def _command(self, *words: str) -> Sequence[str]:
        settings = str(self.home / "shopward.toml")
        return [*PROGRAM, "--config", settings, *filter(None, words)]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.home / "output.log").open("ab") as log:
            return subprocess.Popen(
                self._command(*words),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
            )

    def _shopward(self, *words: str) -> None:
        subprocess.run(
            self._command(*words), check=True, stdout=subprocess.DEVNULL, env=self._environment()
        )

    def _serve(self, *words: str) -> None:
        self._plane = self._start("serve", *words)
        servers.wait_until_listening(self._plane, "data plane", self._port)

    def _go_on(self) -> bool:
        """One run up to the next kill; True when the import came to its end."""
        if self._plane is None or self._plane.poll() is not None:
            self._serve()
        began_s, process = time.monotonic(), self._start("import", str(self._export), "--yes")
        try:
            while process.poll() is None:
                self._look(process)
                if self._is_due():
                    self._kill(process)
                time.sleep(LOOK_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            self.figures.seconds += time.monotonic() - began_s
        return process.returncode == 0

    def _is_due(self) -> bool:
        done = sum(self.figures.kills.values())
        return done < len(self._marks) and self._rows_done() >= self._marks[done]

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        victim = VICTIMS[sum(self.figures.kills.values()) % len(VICTIMS)]
        self.figures.kills[victim] = self.figures.kills.get(victim, 0) + 1
        if victim != "data plane":
            process.send_signal(signal.SIGKILL)
        if victim != "import" and self._plane is not None:
            self._plane.send_signal(signal.SIGKILL)
            self._plane.wait()
        process.wait()

    def _look(self, process: subprocess.Popen[bytes]) -> None:
        """Takes the peaks of memory; a process that is gone has none."""
        assert self._plane is not None
        now = self.figures
        now.import_bytes = max(now.import_bytes, _peak_bytes(process.pid))
        now.plane_bytes = max(now.plane_bytes, _peak_bytes(self._plane.pid))

    def _rows_done(self) -> int:
        found = list((self.home / "imports").glob("*.journal.json"))
        return int(json.loads(found[0].read_bytes())["next_row"]) if found else 0

    def _save(self) -> None:
        self._figures.write_text(json.dumps(asdict(self.figures)))

    def _judge(self) -> Mapping[str, Any]:
        (path,) = (self.home / "imports").glob("*.tokens.csv")
        with path.open(newline="") as file:
            tokens = [row["subject"] for row in csv.DictReader(file)]
        with closing(apsw.Connection(str(self.home / "store/vault.db"))) as store:
            ((stored,),) = store.execute("SELECT count(*) FROM subject").fetchall()
        customers = int(str(stored)) - 1  # the house is a subject too
        counted = (len(tokens), len(set(tokens)), customers)
        if set(counted) != {self.figures.rows}:
            raise CountError(f"tokens, different tokens, customers: {counted}")
        rate = round(self.figures.rows / self.figures.seconds)
        return {**asdict(self.figures), "rows_a_second": rate, "customers": customers}


def _peak_bytes(pid: int) -> int:
    """The most memory a process ever held, from Linux's /proc; 0 for one that is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=6)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; the same command goes on"))
    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    print(json.dumps(Trial(given.folder, given.rows, given.kills).run(), indent=2))


if __name__ == "__main__":
    main()
