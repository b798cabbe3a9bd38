"""A data plane in a process of its own, a caller for every role, a few customers and facts."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[2]
START_S = 90.0
STOP_S = 60.0
CUSTOMERS = 12
EXPENDABLE = 24
KNOWN_ENTRIES = 40
CALLERS = {
    "shop": "shop-backend",
    "support": "support",
    "warehouse": "warehouse",
    "courier": "courier",
    "orders": "order-system",
    "auditor": "auditor",
    "importer": "importer",
    "guard": "security",
    "privacy": "privacy",
}
FIRST = 1040
FACTS = ("order", "ticket", "shipment", "consent")
SETTINGS = """\
profile = "local"
policy = "policy.toml"
[store]
path = "store/vault.db"
[custodian]
keystore = "secrets/keystore.json"
passphrase_file = "secrets/passphrase"
[listen]
tcp = "127.0.0.1:{port}"
socket = "api.sock"
admin_socket = "admin.sock"
"""


@dataclass(slots=True)
class Running:
    """Where it listens, and what it was given: customers to keep, to erase, and one erased."""

    url: str
    home: Path
    credentials: dict[str, str] = field(default_factory=dict)
    subjects: list[str] = field(default_factory=list)
    expendable: list[str] = field(default_factory=list)
    erased: str = ""

    def caller(self, name: str) -> httpx2.Client:
        bearer = {"Authorization": f"Bearer {self.credentials[name]}"}
        return httpx2.Client(base_url=self.url, headers=bearer, timeout=START_S)

    def operator(self) -> httpx2.Client:
        door = httpx2.HTTPTransport(uds=str(self.home / "admin.sock"))
        return httpx2.Client(transport=door, base_url="http://admin", timeout=START_S)

    def mail(self, number: int) -> str:
        return "ada@example.com" if number == 1 else f"ada{number}@example.com"

    def fact(self, kind: str, number: int) -> str:
        return f"{kind}:{FIRST + number}"

    def soon(self) -> str:
        """A time within what a freeze may last."""
        return (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="seconds")

    def log(self) -> str:
        return (self.home / "log").read_text()


@contextmanager
def data_plane(home: Path) -> Iterator[Running]:
    """Starts one in `home`, a short path, and stops it again."""
    plane = Running(f"http://127.0.0.1:{_free_port()}", home)
    _furnish(plane)
    command = [sys.executable, "-m", "shopward", "--config", str(home / "shopward.toml")]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([*command, "serve", "--create"], stdout=log, stderr=log)
    try:
        _wait(plane, process)
        _make_callers(plane)
        _make_customers(plane)
        yield plane
    finally:
        process.terminate()
        process.wait(STOP_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _furnish(plane: Running) -> None:
    """Files of an installation; the example policy, but with rates that a test never meets."""
    policy = (ROOT / "policy.example.toml").read_text()
    raised, count = re.subn(
        r"^rate_per_minute = \d+$", "rate_per_minute = 900000", policy, flags=re.MULTILINE
    )
    assert count == policy.count("\n[roles.") >= len(CALLERS)
    (plane.home / "policy.toml").write_text(raised)
    settings = SETTINGS.format(port=plane.url.rpartition(":")[2])
    (plane.home / "shopward.toml").write_text(settings)
    secrets = plane.home / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "passphrase").touch(0o600)
    (secrets / "passphrase").write_text("invented for a test\n")


def _wait(plane: Running, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx2.get(f"{plane.url}/readyz", timeout=START_S).is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError(plane.log())


def _make_callers(plane: Running) -> None:
    with plane.operator() as operator:
        for name, role in CALLERS.items():
            wanted = {"name": name, "role": role, "assurance": 2, "clauses": ["trained:pii"]}
            made = operator.post("/v1/callers", json=wanted).raise_for_status().json()
            plane.credentials[name] = made["credential"]


def _make_customers(plane: Running) -> None:
    with plane.caller("shop") as shop, plane.caller("orders") as orders:
        for number in range(CUSTOMERS + EXPENDABLE):
            customer = {"external": str(FIRST + number), "fields": _fields(plane, number)}
            stored = shop.post("/v1/records", json=customer).raise_for_status().json()
            if number == CUSTOMERS:
                plane.erased = stored["subject"]
                shop.post("/v1/erase", json={"subject": plane.erased}).raise_for_status()
                continue
            if number > CUSTOMERS:
                plane.expendable.append(stored["subject"])
                continue
            plane.subjects.append(stored["subject"])
            for kind in FACTS:
                fact = {"type": kind, "id": str(FIRST + number), "state": "open"}
                fact["subject"] = stored["subject"]
                orders.put("/v1/facts", json=fact).raise_for_status()


def _fields(plane: Running, number: int) -> dict[str, str]:
    return {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": plane.mail(number),
        "phone": f"+4930901820{number:02}",
        "city": "Berlin",
        "postcode": "10115",
        "country": "DE",
        "note": "likes tea",
        "vat_id": "DE123456789",
    }
