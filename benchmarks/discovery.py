"""D1-D5: discovery against Presidio's recognisers, its memory and its start.

    python -m benchmarks.discovery [--quick]

Presidio is installed into `var/presidio`, an environment of its own, by pip. Both sides read the
same lines in turns (A B A B); ratios are of bytes per second of CPU, medians of the turns. Rows go
to `results/discovery.json`.

The exit status is 0 when every row was measured, whether or not its goal is met.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import apsw
import msgspec

from benchmarks import machine, report, texts
from benchmarks.report import Row, higher, lower
from shopward.sources.discovery import Limits, discover, open_source
from shopward.sources.discovery.state import State

SPEED = (
    ("D1", "access.log", "an access log", 40.0),
    ("D2", "app.log", "a JSON log", 40.0),
    ("D3", "customers.sql", "a dump of customers", 10.0),
)
PRESIDIO = Path("var/presidio")
SIDE = Path(__file__).with_name("presidio_side.py")
MIB = 1 << 20
TURNS, OUR_LINES, THEIR_LINES = 5, 20_000, 800


def presidio() -> Path:
    """The Python that has presidio-analyzer; installed when it is not there."""
    python = PRESIDIO / "bin" / "python"
    if not (PRESIDIO / "ready").exists():
        print("installing presidio-analyzer into var/presidio …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(PRESIDIO)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "presidio-analyzer"], check=True)
        (PRESIDIO / "ready").touch()
    return python


def ours(path: Path) -> float:
    """Bytes per second of CPU that a whole scan of a file takes, structure and judgement too."""
    source = open_source(str(path), Limits(rows=0, file_bytes=0), bytes(32))
    began = time.process_time()
    found = discover(source, State(), lambda: "")
    seconds = time.process_time() - began
    assert found.complete
    assert found.findings
    return path.stat().st_size / seconds


def theirs(python: Path, path: Path, count: int) -> float:
    """Bytes per second of CPU that Presidio's recognisers take."""
    done = subprocess.run(
        [python, str(SIDE), str(path), str(count)],
        check=True,
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    assert told["hits"]
    return float(told["bytes"] / told["seconds"])


def speed_row(folder: Path, python: Path, row: tuple[str, str, str, float], share: float) -> Row:
    """One file, both sides in turns."""
    name, text, title, goal = row
    path = texts.write(folder, text, round(OUR_LINES * share))
    ours(path)
    pairs = [
        (ours(path), theirs(python, path, round(THEIR_LINES * share)))
        for _ in range(max(2, round(TURNS * share)))
    ]
    ratios = [mine / other for mine, other in pairs]
    detail = (
        f"{statistics.median(mine for mine, _ in pairs) / 1e6:.2f} MB/s against "
        f"{statistics.median(other for _, other in pairs) / 1e6:.3f} MB/s; "
        f"ratios {min(ratios):.0f} to {max(ratios):.0f}"
    )
    return higher(
        name,
        f"{title}, against Presidio's recognisers",
        statistics.median(ratios),
        goal,
        detail=detail,
        bound_by="Python on one core, a few microseconds a value",
    )


def peak_mib(*arguments: str) -> float:
    """The most resident memory of a run of the command, in MiB."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shopward", "discover", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


def database(path: Path, rows: int) -> Path:
    """A table of customers with texts of up to 4 KiB."""
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, email, phone, note)")
    people = (
        (texts.mail(number), f"+468{5000000 + number}", "x" * (number % 50) + "ring twice")
        for number in range(rows)
    )
    with connection:
        connection.executemany("INSERT INTO customers VALUES (NULL, ?, ?, ?)", people)
    connection.close()
    return path


def memory_row(folder: Path, share: float) -> Row:
    """The most of a log, a dump and a database."""
    log = texts.write(folder, "access.log", round(500_000 * share))
    dump = texts.write(folder, "customers.sql", round(200_000 * share))
    shop = database(folder / "shop.db", round(1_000_000 * share))
    peaks = {
        f"log of {log.stat().st_size / MIB:.0f} MiB": peak_mib(str(log)),
        f"dump of {dump.stat().st_size / MIB:.0f} MiB": peak_mib(str(dump), "--all"),
        f"SQLite of {shop.stat().st_size / MIB:.0f} MiB": peak_mib(f"sqlite://{shop}"),
    }
    return lower(
        "D4",
        "peak memory of a run in MiB",
        max(peaks.values()),
        64.0,
        detail="; ".join(f"{name}: {peak:.0f} MiB" for name, peak in peaks.items()),
        bound_by="the interpreter, drivers and validators; not the size of what is read",
    )


def start_row(folder: Path, share: float) -> Row:
    """A run over a file of three lines, from the command to its end."""
    tiny = folder / "tiny.csv"
    tiny.write_text("id,email\n1,ada@post.se\n2,bo@post.se\n", "utf-8")
    times = []
    for _ in range(max(3, round(11 * share))):
        began = time.perf_counter()
        peak_mib(str(tiny))
        times.append(time.perf_counter() - began)
    return lower(
        "D5",
        "seconds from the command to the report of a small file",
        statistics.median(times),
        0.5,
        detail=f"{min(times):.2f} to {max(times):.2f} s",
        bound_by="imports",
    )


def shown(row: Row) -> dict[str, object]:
    """A row without the scale of a vault, which these have not."""
    told: dict[str, object] = msgspec.to_builtins(row)
    return {name: told[name] for name in told if name not in {"engine", "workers", "customers"}}


def main(arguments: list[str]) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discovery")
    parser.add_argument("--quick", action="store_true", help="small; results stay as they are")
    given = parser.parse_args(arguments)
    share = 0.05 if given.quick else 1.0
    python = presidio()
    with tempfile.TemporaryDirectory(prefix="shopward-bench-") as name:
        folder = Path(name)
        rows = [speed_row(folder, python, row, share) for row in SPEED]
        rows += [memory_row(folder, share), start_row(folder, share)]
        here = machine.here(folder)
    print(here)
    for row in rows:
        sign = "≥" if row.better == "higher" else "≤"
        print(
            f"{row.id}  {row.work}: {row.ratio:.2f} ({sign} {row.goal})",
            f"    {row.detail}",
            sep="\n",
        )
    if not given.quick:
        made = {"machine": msgspec.to_builtins(here), "rows": [shown(row) for row in rows]}
        text = json.dumps(made, indent=2, ensure_ascii=False)
        (report.RESULTS / "discovery.json").write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
