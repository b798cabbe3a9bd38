"""The product side: a real `shopward serve` on an installation that has customers already.

Settings are those of a new installation but for the port, the store, the workers and the policy
(`policy.toml` beside this file); `SHOPWARD_*` of the surrounding environment is not passed on.
`stage` makes and keeps the installations, `fill` stores their customers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path

from benchmarks import calls, people, servers
from benchmarks.calls import Answer
from benchmarks.scale import Scale
from benchmarks.servers import Server, ServerError
from shopward.api.wire import Revealed

ASKED = ["first_name", "email", "city"]
SAMPLED = 20_000
POLICY = Path(__file__).with_name("policy.toml")
SETTINGS = """\
profile = "local"
policy = "policy.toml"

[custodian]
passphrase_file = "passphrase"

[listen]
tcp = "127.0.0.1:{port}"
"""


@dataclass(frozen=True, slots=True)
class Product:
    """A running data plane, a credential it knows, and the tokens of its customers in order."""

    server: Server
    credential: str
    subjects: Sequence[str]
    home: Path
    scale: Scale

    @property
    def store(self) -> Path:
        """The SQLite file, where that is the engine."""
        return self.home / "vault.db"

    @property
    def url(self) -> str | None:
        """The PostgreSQL database, where that is the engine."""
        kept = self.home / "url"
        return kept.read_text("utf-8") if kept.exists() else None

    def sample(self, count: int = SAMPLED) -> list[int]:
        """Numbers of that many customers, evenly spread over all, each once."""
        step = max(1, len(self.subjects) // count)
        return list(islice(range(0, len(self.subjects), step), count))

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
def running(home: Path, scale: Scale, engine_pid: int | None = None) -> Iterator[Product]:
    """A data plane on a filled installation, for the length of a `with`.

    Args:
        home: The installation, with its `tokens`.
        scale: What it is, and how many workers are to serve it.
        engine_pid: The database server whose CPU belongs to the product.
    """
    port = servers.free_port()
    settings = write_settings(home, port, scale, url=None)
    command = shopward(settings, "serve")
    with servers.running("serve", command, port, env=environ(), engine_pid=engine_pid) as server:
        credential = caller(settings)
        subjects = (home / "tokens").read_text("ascii").splitlines()
        yield Product(server, credential, subjects, home, scale)


def write_settings(home: Path, port: int, scale: Scale, url: str | None) -> Path:
    """The settings of an installation; a URL, once given, is kept in `url` beside them."""
    kept = home / "url"
    if url is not None:
        kept.write_text(url, "utf-8")
    text = SETTINGS.format(port=port)
    if scale.workers > 1:
        text += f"workers = {scale.workers}\n"
    if kept.exists():
        text += f'\n[store]\nurl = "{kept.read_text("utf-8")}"\n'
    path = home / "shopward.toml"
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def environ() -> dict[str, str]:
    """This process's environment without anybody's Shopward settings."""
    return {name: text for name, text in os.environ.items() if not name.startswith("SHOPWARD_")}


def shopward(settings: Path, *arguments: str) -> list[str]:
    """A command line of the product."""
    return [sys.executable, "-m", "shopward", "--config", str(settings), *arguments]


def caller(settings: Path) -> str:
    """The credential of the caller `shop`, made by the running data plane's admin socket at first.

    Raises:
        ServerError: The command failed.
    """
    kept = settings.parent / "callers" / "shop.json"
    if not kept.exists():
        command = shopward(settings, "caller", "add", "shop", "--role", "shop")
        done = subprocess.run(command, capture_output=True, check=False, env=environ())
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise ServerError(f"the caller could not be made: {said}")
    return str(json.loads(kept.read_text("utf-8"))["credential"])
