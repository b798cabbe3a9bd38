"""SIGKILL of `shopward import`, of the data plane under it, or of both, until the file is in.

Afterwards every row is stored once, or rejected once, and every stored row has its token.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shopward_client import Client, Reveal
from tests.crash.tables import rows_of
from tests.crash.verdict import Verdict
from tests.scenarios.plane import ROOT, DataPlane, home

ROWS: Final = 2_500
BAD_EVERY: Final = 97
MAPPING: Final = '[fields]\nemail = "mail"\nfirst_name = "name"\ncity = "city"\nphone = "phone"\n'
LONGEST_S: Final = 1.0
END_S: Final = 120.0


@dataclass(slots=True)
class Imports:
    """Imports that are killed again and again; every one is judged when it has come to its end."""

    seed: int
    verdict: Verdict = field(default_factory=Verdict)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, kills: int) -> None:
        """As many imports as it takes for `kills`."""
        dice = random.Random(self.seed)  # noqa: S311 - a plan, no secret
        while self.counts["kills"] < kills:
            with home() as folder, closing(DataPlane.furnish(folder)) as plane:
                _Import(self, plane, dice).run()
            self.counts["imports"] += 1


class _Import:
    """One file on its way into one vault."""

    def __init__(self, imports: Imports, plane: DataPlane, dice: random.Random) -> None:
        self._imports, self._plane, self._dice = imports, plane, dice
        self._file, self._mapping = plane.home / "people.csv", plane.home / "mapping.toml"

    def run(self) -> None:
        self._file.write_text("".join(_lines()))
        self._mapping.write_text(MAPPING)
        self._plane.start(create=True)
        self._credential = self._plane.credential("importer")
        while not self._try_once():
            if self._plane.process is None and self._dice.random() < 0.8:
                self._plane.start()  # else the command opens the store in its own process
        if self._plane.process is None:
            self._plane.start()
        self._judge()

    def _try_once(self) -> bool:
        """One run, cut off at a drawn moment; True when it came to its end before."""
        process = self._spawn()
        try:
            return process.wait(self._dice.random() * LONGEST_S) == 0
        except subprocess.TimeoutExpired:
            self._imports.counts["kills"] += 1
        if self._plane.process is not None and self._dice.random() < 0.5:
            self._plane.kill()
            process.wait(END_S)  # it says that the vault is away, and ends
        else:
            process.kill()
            process.wait()
            if self._plane.process is not None and self._dice.random() < 0.3:
                self._plane.kill()
        return False

    def _spawn(self) -> subprocess.Popen[bytes]:
        home = self._plane.home
        command = [sys.executable, "-m", "shopward", "--config", str(home / "shopward.toml")]
        command += ["import", str(self._file), "--mapping", str(self._mapping), "--yes"]
        with (home / "import.log").open("ab") as log:
            environment = {"HOME": "/", "SHOPWARD_CREDENTIAL": self._credential}
            return subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=ROOT
            )

    def _judge(self) -> None:
        verdict, people = self._imports.verdict, list(_people())
        good = {line: person for line, person in people if "@" in person["mail"]}
        tokens = _rows(self._plane.home, "tokens")
        rejects = _rows(self._plane.home, "rejects")
        self._imports.counts["rows acknowledged"] += len(tokens)
        lines = Counter(int(row["line"]) for row in tokens)
        verdict.judge("write", lines == Counter(list(good)), "tokens and rows differ")
        bad = {line for line, _ in people} - set(good)
        refused = Counter(int(row["line"]) for row in rejects)
        verdict.judge("write", refused == Counter(bad), "rejects and rows differ")
        with rows_of(self._plane.home / "store" / "vault.db") as query:
            ((stored,),) = query("SELECT count(*) FROM subject WHERE length(subject) = 16")
        verdict.judge("key", stored - 1 == len(good), "a row was stored twice, or not")
        shop = self._plane.caller("shop-backend")
        for row in tokens[:: len(tokens) // 200]:
            seen = _seen(shop, row["subject"])
            verdict.judge("write", seen == good[int(row["line"])]["city"], "a token of another row")


def _seen(shop: Client, token: str) -> str | None:
    return shop.reveal_many([Reveal(token, ["city"], "account")])[0].unwrap().fields["city"]


def _people() -> list[tuple[int, dict[str, str]]]:
    """(line in the file, row); every so often one whose mail is none."""
    people = []
    for number in range(ROWS):
        mail = "no mail" if number % BAD_EVERY == 5 else f"p{number}@example.com"
        person = {"mail": mail, "name": "Ada", "city": f"City {number}"}
        people.append((number + 2, person | {"phone": f"+4930{90_000_000 + number}"}))
    return people


def _lines() -> list[str]:
    people = [person for _, person in _people()]
    return [",".join(people[0]) + "\n", *(",".join(one.values()) + "\n" for one in people)]


def _rows(folder: Path, kind: str) -> list[dict[str, str]]:
    (path,) = (folder / "imports").glob(f"*.{kind}.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
