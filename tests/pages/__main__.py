"""Measures the control plane's pages: `python -m tests.pages [--customers 100000] [--rounds 50]`.

A new installation is filled with invented customers; then every page of the staff's site is asked
for by turns, over TLS on one connection, and forms that search and show fields are sent. Printed
are tables in Markdown: time per page, memory of both idle processes, and the Observatory's grades.
Times are the whole request as its reader waits for it, on this machine, with whatever runs beside;
`work` is for how long the two processes had a processor meanwhile, which neighbours do not change.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from benchmarks import people
from tests.cli import shop as shops
from tests.pages import observatory, tour
from tests.pages.office import Office, Reader, furnished, signed_in

SETTLE_S = 5.0
FILL_S = 3600
FILLER = """
[roles.shop]
title = "who fills the store"
may = ["store"]
"""


@contextmanager
def filled(folder: Path, customers: int) -> Iterator[tuple[Office, Reader, list[str]]]:
    """An office with so many customers, and their tokens."""
    with furnished(folder) as office:
        policy = office.home / "policy.toml"
        text = policy.read_text("utf-8").replace("rate_per_minute = 120", "rate_per_minute = 60000")
        policy.write_text(text + FILLER, "utf-8")
        settings = office.home / "shopward.toml"
        command = [sys.executable, "-m", "benchmarks.fill", str(settings), str(customers)]
        environment = {**office.shop.environment, "PYTHONPATH": str(shops.ROOT)}
        subprocess.run(command, env=environment, cwd=shops.ROOT, check=True, timeout=FILL_S)
        with signed_in(office, "serve") as mara:
            tokens = (office.home / "tokens").read_text("ascii").split()
            yield office, mara, tokens


def timed(ask: Callable[[], int], rounds: int, pids: list[int]) -> list[float]:
    """p50 and p95 of what must be answered well, and both processes' mean work for it; in ms."""
    for _ in range(3):
        ask()
    took, before = [], worked(pids)
    for _ in range(rounds):
        began = time.perf_counter()
        assert ask() in (200, 302, 404)
        took.append((time.perf_counter() - began) * 1000)
    work = (worked(pids) - before) / rounds
    return [statistics.median(took), statistics.quantiles(took, n=20)[18], work]


def worked(pids: list[int]) -> float:
    """Milliseconds for which these processes have had a processor, ended threads included."""
    fields = [Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2] for pid in pids]
    ticks = sum(int(number) for one in fields for number in one.split()[11:13])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> tuple[float, float]:
    """(RSS, PSS) in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    sizes = {line.split(":")[0]: line.split() for line in lines[1:]}
    return int(sizes["Rss"][1]) / 1024, int(sizes["Pss"][1]) / 1024


def looks(office: Office, mara: Reader, tokens: list[str]) -> dict[str, Callable[[], int]]:
    """Forms that ask the data plane for a customer, another one each time."""
    with office.caller("order-system") as orders:
        for number, token in enumerate(tokens[:200]):
            orders.put_fact(f"ticket:{number}", token, "open")
    assert mara.prove().status_code == 302  # the policy wants a sign-in of the last five minutes
    form = {"csrfmiddlewaretoken": mara.form_token("/customers/"), "purpose": "support"}
    numbers = count()

    def find() -> int:
        number = next(numbers) % 200
        mail = people.person(number)["email"]
        asked = {**form, "by": "email", "value": mail, "fact": f"ticket:{number}"}
        answer = mara.ask("POST", "/customers/", asked)
        assert answer.headers["Location"] == f"/customers/{tokens[number]}/"
        return answer.status_code

    def look() -> int:
        number = next(numbers) % 200
        asked = {**form, "names": ["first_name", "city", "phone"], "fact": f"ticket:{number}"}
        answer = mara.ask("POST", f"/customers/{tokens[number]}/", asked)
        assert f">{people.person(number)['first_name']}<" in answer.text
        return answer.status_code

    return {"find by mail (POST)": find, "look at three fields (POST)": look}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--grades", action="store_true", help="run the Observatory, too")
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="pages-") as folder,
        filled(Path(folder), args.customers) as (office, mara, tokens),
    ):
        things = tour.furnish(office, mara, tokens[args.customers // 2])
        pids = [office.pid("serve"), office.pid("console")]
        print(f"| page, {args.customers:,} customers | p50 ms | p95 ms | work ms |")
        print("|---|---:|---:|---:|")
        asked = {path: _get(mara, things.at(path)) for path in tour.INSIDE}
        for name, ask in {**asked, **looks(office, mara, tokens)}.items():
            figures = timed(ask, args.rounds, pids)
            print(f"| `{name}` | {' | '.join(f'{one:.0f}' for one in figures)} |", flush=True)
        time.sleep(SETTLE_S)
        print("\n| process, idle | RSS MiB | PSS MiB |\n|---|---:|---:|")
        for name, verb in (("data plane", "serve"), ("control plane", "console")):
            rss, pss = memory(office.pid(verb))
            print(f"| {name} | {rss:.0f} | {pss:.0f} |")
        print(f"\nload {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        if args.grades:
            observatory.install()
            print("\n| page | status | grade | score |\n|---|---:|---|---:|")
            for one in observatory.graded(office, observatory.pages(office, mara, things)):
                print(f"| {one.name} | {one.status} | {one.grade} | {one.score} |")


def _get(mara: Reader, path: str) -> Callable[[], int]:
    return lambda: mara.get(path).status_code


if __name__ == "__main__":
    main()
