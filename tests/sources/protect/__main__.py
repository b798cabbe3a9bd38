"""`shopward protect` on a million rows of a shop's table: rate, memory, kills, and the way back.

    python -m tests.sources.protect mariadb|postgres|sqlite [--rows 1000000] [--under COMMAND]

The table is shaped like WooCommerce's order addresses: a number, eight personal columns, two more.
A data plane on SQLite and the shop's server run on this machine. The command is killed with SIGKILL
at 20, 45 and 70 % of the rows, run to its end, and reversed with one more kill. It fails unless the
vault holds one customer for each row and the whole table has the digest it had before.

Rates are rows per second between the first and the last row that a run changed, as the shop's table
shows them. `--under` runs each command under another one, such as a queue for the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

from benchmarks import machine
from benchmarks.people import person
from tests.scenarios.plane import ROOT, DataPlane, home
from tests.sources.protect.conftest import Vault, environ, mapped
from tests.sources.protect.engines import NAMES, Database, database, started

TABLE = "wc_order_addresses"
FIELDS = {
    "first_name": "first_name",
    "last_name": "last_name",
    "company": "company",
    "address_1": "address1",
    "city": "city",
    "postcode": "postcode",
    "email": "email",
    "phone": "phone",
}
MADE = f"""CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY, address_type VARCHAR(20), country TEXT,
    first_name TEXT, last_name TEXT, company TEXT, address_1 TEXT, city TEXT, postcode TEXT,
    email VARCHAR(320), phone VARCHAR(100))"""
POLICY = """
[shop]
name = "Benchmark"
time_zone = "UTC"

[classes.account]
title = "account data"
keep_days = 730
starts = "last-contact"

[purposes.account]
title = "keep your account"
use = "essential.service.authentication"
basis = "contract"

[roles.shop-backend]
title = "our shop software"
may = ["store", "update", "reveal"]
rate_per_minute = 10000000

[[allow]]
role = "shop-backend"
purpose = "account"
fields = {fields}
"""
FIELD = """
[fields.{name}]
title = "{name}"
category = "user.contact"
retention = "account"
"""
PART, CHUNK = 5_000, 20_000
FORTH, BACK = (0.2, 0.45, 0.7, 1.0), (0.4, 1.0)
BATCHES = 401
"""Rows that a killed run may have changed behind the one that was watched."""


def fill(shop: Database, rows: int) -> None:
    """The table, a part at a time."""
    shop.run(MADE)
    marks = ", ".join(["%s"] * (3 + len(FIELDS)))
    for start in range(0, rows, PART):
        made = [
            (number + 1, "billing", one["country"], *(one[name] for name in FIELDS.values()))
            for number in range(start, min(start + PART, rows))
            for one in [person(number)]
        ]
        shop.many(f"INSERT INTO {TABLE} VALUES ({marks})", made)


def digest(shop: Database, rows: int) -> str:
    """SHA-256 of every value of every row, in the order of the key."""
    made = hashlib.sha256()
    for start in range(0, rows, CHUNK):
        sql = f"SELECT * FROM {TABLE} WHERE id > %s AND id <= %s ORDER BY id"
        for row in shop.rows(sql, start, start + CHUNK):
            made.update(repr(row).encode())
    return made.hexdigest()


def holds_token(shop: Database, key: int) -> bool:
    found = shop.rows(f"SELECT email FROM {TABLE} WHERE id = %s", key)
    return str(found[0][0]).startswith("cus_")


def kill_session(leader: int) -> None:
    """SIGKILL to every process of a session, also to those in groups of their own."""
    for one in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(one.name)) == leader:
                os.kill(int(one.name), signal.SIGKILL)


@dataclass
class Walk:
    """All runs of one direction."""

    shop: Database
    command: list[str]
    is_back: bool
    seconds: float = 0.0
    kills: int = 0
    peaks: list[float] = field(default_factory=list)

    def go(self, rows: int, shares: tuple[float, ...]) -> float:
        """Rows per second over all runs."""
        low = 1
        for share in shares:
            self._run(low, int(rows * share), is_last=share == 1)
            low = int(rows * share) + BATCHES
        return rows / self.seconds

    def _run(self, low: int, high: int, *, is_last: bool) -> None:
        """Until row `high` is changed; then it is killed, or runs to its end."""
        with TemporaryFile() as words:
            process = subprocess.Popen(
                self.command, cwd=ROOT, env=environ(), stdout=words, stderr=words,
                start_new_session=True,
            )  # fmt: skip
            began_s = self._await(process, low)
            took_s = self._await(process, high) - began_s
            if not is_last:
                kill_session(process.pid)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            words.seek(0)
            said = words.read().decode()
        assert process.returncode == (0 if is_last else -signal.SIGKILL), said
        self.seconds += took_s
        self.kills += not is_last
        self.peaks.append(used.ru_maxrss / 1024)
        word = "back" if self.is_back else "forth"
        print(f"{word} to row {high:,}: {took_s:,.0f} s, load {os.getloadavg()[0]:.1f}", flush=True)

    def _await(self, process: subprocess.Popen[bytes], key: int) -> float:
        while holds_token(self.shop, key) is self.is_back:
            if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.05)
        return time.monotonic()


def measure(engine: str, rows: int, under: list[str], stack: ExitStack) -> None:
    """One engine, from an empty vault to a table that is as it was."""
    names = json.dumps(list(FIELDS.values()))
    policy = POLICY.replace("{fields}", names)
    policy += "".join(FIELD.format(name=name) for name in FIELDS.values())
    plane = DataPlane.furnish(stack.enter_context(home()), policy=policy)
    stack.callback(plane.close)
    plane.start(create=True)
    vault = Vault(plane)
    vault.call("shop", "shop-backend")
    shop = stack.enter_context(
        database(engine, stack.enter_context(started(engine)), Path(plane.home))
    )
    print(f"{engine}, {rows:,} rows; {machine.here(plane.home)}", flush=True)
    fill(shop, rows)
    before = digest(shop, rows)
    columns = plane.home / "columns.toml"
    shape = {"email": "mail"}
    columns.write_text(
        mapped(*((TABLE, one, to, shape.get(one, "opaque")) for one, to in FIELDS.items()))
    )
    command = [*under, *vault.command(shop.address, columns)]
    had = vault.customers()
    forth = Walk(shop, command, is_back=False)
    rate = forth.go(rows, FORTH)
    held = vault.customers() - had
    assert held == rows, held
    size = plane.place.path.stat().st_size / 2**20
    print(f"{rate:,.0f} rows/s, {forth.kills} kills, {held:,} customers, vault.db {size:,.0f} MiB")
    back = Walk(shop, [*command, "--reverse"], is_back=True)
    rate = back.go(rows, BACK)
    assert digest(shop, rows) == before
    peak = max(*forth.peaks, *back.peaks)
    print(f"back {rate:,.0f} rows/s, {back.kills} kill, byte-equal; at most {peak:,.0f} MiB")


def main() -> None:
    """Measure one engine."""
    parser = argparse.ArgumentParser(prog="python -m tests.sources.protect")
    parser.add_argument("engine", choices=NAMES)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--under", nargs="*", default=[])
    given = parser.parse_args()
    with ExitStack() as stack:
        measure(given.engine, given.rows, given.under, stack)


if __name__ == "__main__":
    main()
