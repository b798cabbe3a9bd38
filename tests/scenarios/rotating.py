"""Rotates every key of a data plane that serves customers and is killed again and again.

`python -m tests.scenarios.rotating --customers 100000 --kills 20` is the long form; the tests run
the same with fewer. A request that a kill cuts off is sent again under its idempotency key; any
other failure counts. Nothing here asserts time.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import secrets
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shopward.errors import UndecryptableError
from shopward.ledger.keychain import parse_chain
from shopward.ledger.verify import verify_log
from shopward.settings import StoreSettings
from shopward.signing import Verifier
from shopward.vault.inspect import inspecting
from shopward.vault.keystore import FileCustodian, open_keystore
from shopward_client import Client, Retry
from tests.postgres.engine import sql
from tests.scenarios.plane import ONCE, PASSPHRASE, DataPlane, home, wait_until

ROTATIONS: Final = (
    ("reindex", ""),
    ("rewrap", "renew"),
    ("resign", ""),
    ("rewrap", "turn"),
    ("backup-key", ""),
)
BATCH: Final = 500
WAIT_S: Final = 1800.0
AGAIN_S: Final = 0.05


def fields_of(number: int) -> dict[str, str]:
    """An invented customer."""
    return {
        "first_name": f"Ada {number}",
        "email": f"c{number}@example.com",
        "phone": f"+4930{10_000_000 + number}",
        "city": f"City {number}",
    }


@dataclass(slots=True)
class Report:
    """What a run came to."""

    customers: int = 0
    kills: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    failed: list[str] = field(default_factory=list)
    rotation_s: float = 0.0
    entries: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """For a person."""
        total = sum(self.requests.values())
        each = ", ".join(f"{name} {count}" for name, count in sorted(self.requests.items()))
        return (
            f"{self.customers} customers, {self.kills} kills: every key rotated in "
            f"{self.rotation_s:.0f} s; {total} requests answered ({each}), {self.cut} cut off by "
            f"a kill and sent again, {len(self.failed)} failed; {self.entries} entries of the "
            f"ledger, {len(self.findings)} findings"
        )


class Load(threading.Thread):
    """A shop that goes on asking; `cities` has what each of its own customers must show."""

    def __init__(self, plane: DataPlane, credential: str, mine: range, report: Report) -> None:
        super().__init__(daemon=True)
        self._plane = plane
        self._headers = {
            "Authorization": f"Bearer {credential}",
            "Content-Type": "application/json",
        }
        self._mine = mine
        self._report = report
        self._random = random.Random(mine.start)  # noqa: S311 - a choice of customers, no secret
        self._numbers = itertools.count(10_000_000 + mine.start * 1000)
        self._connection: http.client.HTTPConnection | None = None
        self.ended = threading.Event()
        self.cities: dict[int, str] = {}
        self.late: list[int] = []

    def run(self) -> None:
        """Asks until it is ended."""
        verbs = (self._reveal, self._search, self._reveal, self._update, self._store)
        for verb in itertools.cycle(verbs):
            if self.ended.is_set():
                return
            verb()
            time.sleep(0.002)

    def _reveal(self) -> None:
        number = self._random.choice(self._mine)
        body = {"subject": f"email:c{number}@example.com", "fields": ["city"], "purpose": "account"}
        answer = self._ask("POST", "/v1/reveal", body, "reveal")
        self._expect(answer["fields"]["city"] == self.city(number), "a reveal shows another city")

    def _search(self) -> None:
        number = self._random.choice([*self.late[-20:], self._random.choice(self._mine)])
        body = {"field": "email", "value": f"c{number}@example.com", "purpose": "account"}
        self._expect(self._ask("POST", "/v1/search", body, "search")["found"], "a search missed")

    def _update(self) -> None:
        number = self._random.choice(self._mine)
        city = f"City {secrets.token_hex(4)}"
        body = {"subject": f"email:c{number}@example.com", "fields": {"city": city}}
        self._ask("POST", "/v1/update", body, "update")
        self.cities[number] = city

    def _store(self) -> None:
        number = next(self._numbers)
        self._ask("POST", "/v1/records", {"fields": fields_of(number)}, "store")
        self.late.append(number)

    def city(self, number: int) -> str:
        """What this customer lives in now."""
        return self.cities.get(number, f"City {number}")

    def _expect(self, holds: object, words: str) -> None:
        if not holds:
            self._report.failed.append(words)

    def _ask(self, method: str, path: str, body: dict[str, Any], name: str) -> dict[str, Any]:
        """One request, sent again as often as a kill cuts it off."""
        headers = self._headers | {"Idempotency-Key": secrets.token_hex(12)}
        data = json.dumps(body)
        while True:
            try:
                if self._connection is None:
                    port = self._plane.port
                    self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                self._connection.request(method, path, data, headers)
                response = self._connection.getresponse()
                raw = response.read()
            except (OSError, http.client.HTTPException):
                self._report.cut += 1
                self._hang_up()
                time.sleep(AGAIN_S)
                continue
            self._report.requests[name] += 1
            if response.status >= 300:
                problem = json.loads(raw)
                self._report.failed.append(f"{name}: {response.status} {problem.get('detail')}")
                return {"fields": {"city": ""}, "found": True}
            answer: dict[str, Any] = json.loads(raw)
            return answer

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def operator(plane: DataPlane, *, patient: bool = True) -> Client:
    return Client(
        f"unix:{plane.home / 'admin.sock'}", retry=Retry(attempts=30) if patient else ONCE
    )


def fill(plane: DataPlane, credential: str, customers: int) -> None:
    """Stores the customers, many in a call."""
    from shopward_client import Store  # noqa: PLC0415 - of this helper alone

    with Client(plane.url, credential=credential) as shop:
        for start in range(0, customers, BATCH):
            numbers = range(start, min(start + BATCH, customers))
            answered = shop.store_many([Store(fields_of(number)) for number in numbers])
            assert all(one.result is not None for one in answered), "the filling failed"


@contextmanager
def loaded(loads: list[Load]) -> Iterator[None]:
    for load in loads:
        load.start()
    try:
        yield
    finally:
        for load in loads:
            load.ended.set()
        for load in loads:
            load.join(60)


def rotate_all(plane: DataPlane, report: Report, kills: int, gap_s: float) -> None:
    """Every rotation, one after the other, killed at random moments."""
    chance = random.Random(kills)  # noqa: S311 - when to kill is no secret
    began_s = time.monotonic()
    for number, (name, argument) in enumerate(ROTATIONS):
        with operator(plane) as client:
            job = client.start_job(name, argument).job.id
        due = kills * (number + 1) // len(ROTATIONS)
        while not _is_over(plane, job):
            if report.kills < due:
                time.sleep(chance.uniform(0.1, gap_s))
                plane.kill()
                report.kills += 1
                plane.start()
            else:
                time.sleep(0.1)
    while report.kills < kills:  # those that were over too quickly to be killed
        with operator(plane) as client:
            job = client.start_job("rewrap", "turn").job.id
        time.sleep(chance.uniform(0.0, 0.1))
        plane.kill()
        report.kills += 1
        plane.start()
        wait_until(lambda done=job: _is_over(plane, done), WAIT_S)  # type: ignore[misc]
    report.rotation_s = time.monotonic() - began_s


def _is_over(plane: DataPlane, job: str) -> bool:
    with operator(plane) as client:
        (row,) = [one for one in client.jobs() if one.id == job]
    assert row.state in {"waiting", "running", "done"}, row
    return row.state == "done"


def check(plane: DataPlane, loads: list[Load], credential: str, report: Report, old: Path) -> None:
    """Everybody is there with what was written last, and the old keys are useless."""
    with Client(plane.url, credential=credential) as shop:
        for load in loads:
            for number in [*load.cities][-200:]:
                shown = shop.reveal(f"email:c{number}@example.com", ["city"], purpose="account")
                assert shown.fields["city"] == load.city(number)
            for number in load.late[-200:]:
                assert shop.search("email", f"c{number}@example.com", purpose="account").found
    with operator(plane) as client:
        document = client.log_keys()
    assert plane.stop() == 0
    custodian = open_keystore(plane.home / "keys" / "keystore.json", PASSPHRASE.encode())
    before = open_keystore(old / "keystore.json", PASSPHRASE.encode())
    place = StoreSettings(plane.home / "store" / "vault.db")
    least = custodian.state("epoch").min
    assert sql(place, "SELECT count(*) FROM record WHERE epoch < ?", least) == [(0,)]
    assert sql(place, "SELECT count(*) FROM alias WHERE version NOT IN (0, 2)") == [(0,)]
    _refuse_old(custodian, before, place, old)
    trusted = Verifier.parse(json.loads(document)["keys"][0])
    with inspecting(place, custodian) as stored:
        report.entries = stored.size
        chain = parse_chain(document, trusted)
        report.findings = [one.detail for one in verify_log(stored, chain)]


def _refuse_old(
    custodian: FileCustodian, before: FileCustodian, place: StoreSettings, old: Path
) -> None:
    """The keystore from before opens nothing of now, and that of now nothing from before."""
    for use in (
        lambda: custodian.index_key("email", "unique", 1),
        lambda: custodian.ledger_seed(1),
        lambda: before.index_key("email", "unique", 2),
        lambda: before.ledger_seed(2),
    ):
        with suppress(UndecryptableError):
            use()
            raise AssertionError("an old key is of use, or a new one was there before")
    now = {row[0] for row in sql(place, "SELECT digest FROM alias WHERE version > 0")}
    then = StoreSettings(old / "vault.db")
    assert not now & {row[0] for row in sql(then, "SELECT digest FROM alias WHERE version > 0")}
    for keys, rows in ((before, place), (custodian, then)):
        for epoch, wrapped in sql(rows, "SELECT epoch, wrapped FROM record LIMIT 50"):
            with suppress(UndecryptableError):
                keys.unwrap(epoch, wrapped, b"")
                raise AssertionError("a key wrapped under another epoch opens")
            assert epoch not in keys.state("epoch").kept or epoch < keys.state("epoch").min


def story(customers: int, kills: int, *, threads: int = 2, gap_s: float = 1.0) -> Report:
    """Fill, rotate everything under load and kills, and look at what is left."""
    report = Report(customers)
    with home() as folder, closing(DataPlane.furnish(folder)) as plane:
        plane.start(create=True)
        credential = plane.credential("shop-backend")
        fill(plane, credential, customers)
        plane.stop()
        old = folder / "old"
        old.mkdir()
        shutil.copy(plane.home / "store" / "vault.db", old)
        shutil.copy(plane.home / "keys" / "keystore.json", old)
        plane.start()
        share = customers // threads
        parts = [range(number * share, (number + 1) * share) for number in range(threads)]
        loads = [Load(plane, credential, part, report) for part in parts]
        with loaded(loads):
            rotate_all(plane, report, kills, gap_s)
        assert report.failed == [], sorted(set(report.failed))[:9]
        check(plane, loads, credential, report, old)
    return report


def main() -> None:
    """Runs the story with the size and the kills that were asked for."""
    parser = argparse.ArgumentParser(description="Rotate every key under load and kills.")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--gap-s", type=float, default=12.0, help="longest time between two kills")
    asked = parser.parse_args()
    report = story(asked.customers, asked.kills, gap_s=asked.gap_s)
    sys.stdout.write(f"{report.text}\n")
    for line in sorted(set(report.failed + report.findings))[:20]:
        sys.stdout.write(f"  {line}\n")
    raise SystemExit(bool(report.failed or report.findings))


if __name__ == "__main__":
    main()
