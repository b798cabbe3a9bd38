"""V6: the same record through a Django model with encrypted fields, stored and read, in process.

Both sides keep ten fields and two unique indexes in a SQLite file and write an audit row for each
record that is stored or read, durably; the product's is an entry of its ledger. `V6` has 100
records in a commit on both sides, `V6b` one after the other. Neither speaks HTTP.

The peer is `django-fernet-encrypted-fields`, installed by pip into `var/fernet`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import pairing, product
from benchmarks.report import Row, higher
from benchmarks.scale import Scale, ScaleError
from benchmarks.stage import Stage, newcomer, took_in
from benchmarks.turns import Turn, Worker, working

ID = "V6"
WORK = "store and read in process, 100 a commit, against Django with encrypted fields"
GOAL = 5.0
FORMS = (("V6", WORK, 100, 2000), ("V6b", WORK.replace("100", "one"), 1, 300))
PEER = Path("var/fernet")
PACKAGES = ("django>=5.2,<5.3", "django-fernet-encrypted-fields==0.4.0")
SIDE = Path(__file__).with_name("fernet_side.py")


def peer() -> Path:
    """The Python that has the peer; installed when it is not there."""
    python = PEER / "bin" / "python"
    if not (PEER / "ready").exists():
        print(f"installing {PACKAGES[1]} into {PEER} …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        (PEER / "ready").touch()
    return python


@contextmanager
def both(stage: Stage, scale: Scale) -> Iterator[tuple[Worker, Worker]]:
    """The peer's process and the product's.

    Raises:
        ScaleError: The peer is on SQLite alone.
    """
    if scale.engine != "sqlite":
        raise ScaleError("the peer of V6 is measured on SQLite alone")
    with stage.running(scale) as vault:  # that its caller is there
        home = vault.home
    ours = [sys.executable, "-m", "benchmarks.inside", str(home / "shopward.toml")]
    with tempfile.TemporaryDirectory(dir=stage.folder) as folder:
        theirs = [str(peer()), str(SIDE), str(Path(folder) / "peer.db")]
        paths = {"PYTHONPATH": str(SIDE.parent.parent)}
        with (
            working(theirs, product.environ() | paths) as them,
            working(ours, product.environ()) as us,
        ):
            yield them, us


@dataclass(frozen=True, slots=True)
class Seconds:
    """What a side took for one turn's records."""

    store: float
    read: float


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Let both take turns, with many records in a commit and with one."""
    rows: list[Row] = []
    first = newcomer(stage.home(scale), scale.customers)
    with both(stage, scale) as sides:
        for name, work, per_commit, most in FORMS:
            many = max(per_commit, round(most * effort.share))
            turns: list[tuple[Seconds, Seconds]] = []
            for _ in range(effort.rounds + 1):  # the first warms up
                them, us = (_turn(side, first, many, per_commit) for side in sides)
                turns.append((them, us))
                first += many
                took_in(stage.home(scale), scale.customers, many)
            rows.append(_row(name, work, turns[1:], many).on(scale))
    return rows


def _turn(side: Worker, first: int, many: int, per_commit: int) -> Seconds:
    stored = side.turn(Turn("store", first, many, per_commit))
    return Seconds(stored, side.turn(Turn("read", first, many, per_commit)))


def _row(name: str, work: str, turns: list[tuple[Seconds, Seconds]], many: int) -> Row:
    ratios = [(a.store + a.read) / (b.store + b.read) for a, b in turns]
    told = "; ".join(
        f"{side} {kind} {pairing.spread([many / getattr(one, kind) for one in taken])}/s"
        for side, taken in (("product", [b for _, b in turns]), ("peer", [a for a, _ in turns]))
        for kind in ("store", "read")
    )
    detail = f"{told}; ratio {pairing.spread(ratios, '.2f')} over {len(turns)} pairs of {many}"
    bound = "the CPU of one core" if name == ID else "the disk: a commit for each record"
    return higher(name, work, median(ratios), GOAL, detail=detail, bound_by=bound)
