"""The product side: a real `shopward serve` on an installation of its own, with 10,000 customers.

Everything lies in one temporary directory that goes away afterwards. Settings are those of a new
installation but for the port and the policy (`policy.toml` beside this file); `SHOPWARD_*` of the
surrounding environment is not passed on. Customers are stored through the batch call, like any
shop's.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import msgspec

from benchmarks import calls, people, servers
from benchmarks.calls import Answer
from benchmarks.servers import Server, ServerError, free_port
from shopward.api.wire import Revealed, Stored

PRELOADED = 10_000
PER_BATCH = 500
ASKED = ["first_name", "email", "city"]
POLICY = Path(__file__).with_name("policy.toml")
SETTINGS = """\
profile = "local"
policy = "policy.toml"

[custodian]
passphrase_file = "passphrase"

[listen]
tcp = "127.0.0.1:{port}"
"""


class Item(msgspec.Struct):
    """One stored customer of a batch."""

    result: Stored


class Batch(msgspec.Struct):
    """The answer to a batch that went well throughout."""

    items: list[Item]


@dataclass(frozen=True, slots=True)
class Product:
    """A running data plane, a credential it knows, and the tokens of its customers."""

    server: Server
    credential: str
    subjects: list[str]
    store: Path

    def call(self, path: str, body: object, answer: type[Answer]) -> Answer:
        """POST once, outside the measured load.

        Raises:
            CallError: The answer is not 2xx, or of another shape.
        """
        with closing(HTTPConnection("127.0.0.1", self.server.port, timeout=60)) as connection:
            return calls.call(connection, path, self.credential, body, answer)

    def entries(self) -> int:
        """The index of the entry that this very look leaves in the ledger.

        Raises:
            CallError: The values that came back are not those that were stored.
        """
        asked = {"subject": self.subjects[0], "purpose": "account", "fields": ASKED}
        answer = self.call("/v1/reveal", asked, Revealed)
        stored = people.person(0)
        if answer.fields != {name: stored[name] for name in ASKED}:
            raise calls.CallError("/v1/reveal answered other values than those stored")
        return answer.receipt.index


@contextmanager
def entering(vault: Product, requests: calls.Stream, weight: int = 1) -> Iterator[None]:
    """Around a load: every record asked for must have left an entry in the ledger.

    Args:
        vault: The product under load.
        requests: What the load takes its requests from.
        weight: Records per request.

    Raises:
        CallError: The ledger grew by fewer entries than there were records.
    """
    before = vault.entries()
    yield
    entered, asked = vault.entries() - before - 1, requests.given * weight
    if entered < asked:
        raise calls.CallError(f"{asked} records left only {entered} entries in the ledger")


@contextmanager
def running() -> Iterator[Product]:
    """A fresh, preloaded data plane for the length of a `with`."""
    with tempfile.TemporaryDirectory(prefix="shopward-bench-") as directory:
        home, port = Path(directory), free_port()
        settings = install(home, port)
        with servers.running(
            "serve", shopward(settings, "serve", "--create"), port, env=environ()
        ) as server:
            credential = add_caller(settings)
            with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                subjects = preload(connection, credential)
            yield Product(server, credential, subjects, home / "vault.db")


def install(home: Path, port: int) -> Path:
    """Write settings, passphrase and policy; the path of the settings."""
    for name, text in (
        ("shopward.toml", SETTINGS.format(port=port)),
        ("policy.toml", POLICY.read_text("utf-8")),
        ("passphrase", secrets.token_urlsafe(24)),
    ):
        (home / name).touch(mode=0o600)
        (home / name).write_text(text, "utf-8")
    return home / "shopward.toml"


def environ() -> dict[str, str]:
    """This process's environment without anybody's Shopward settings."""
    return {name: text for name, text in os.environ.items() if not name.startswith("SHOPWARD_")}


def shopward(settings: Path, *arguments: str) -> list[str]:
    """A command line of the product."""
    return [sys.executable, "-m", "shopward", "--config", str(settings), *arguments]


def add_caller(settings: Path) -> str:
    """Make the caller `shop` through the running data plane's admin socket; its credential.

    Raises:
        ServerError: The command failed.
    """
    command = shopward(settings, "caller", "add", "shop", "--role", "shop")
    done = subprocess.run(command, capture_output=True, check=False, env=environ())
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise ServerError(f"the caller could not be made: {said}")
    members = json.loads((settings.parent / "callers" / "shop.json").read_text("utf-8"))
    return str(members["credential"])


def preload(connection: HTTPConnection, credential: str) -> list[str]:
    """Store 10,000 customers, 500 a call; their tokens in order."""
    subjects: list[str] = []
    for start in range(0, PRELOADED, PER_BATCH):
        items = [{"fields": people.person(n)} for n in range(start, start + PER_BATCH)]
        answer = calls.call(connection, "/v1/records/batch", credential, {"items": items}, Batch)
        subjects += [item.result.subject for item in answer.items]
    return subjects
