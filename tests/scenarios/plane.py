"""A real data plane in a process of its own, and the few things a story does with it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from zoneinfo import ZoneInfo

from shopward.settings import StoreSettings
from shopward.vault import keystore
from shopward_client import Client, Retry

Result = TypeVar("Result")
ROOT: Final = Path(__file__).parents[2]
PASSPHRASE: Final = "correct horse battery staple"
START_S: Final = 30.0
STOP_S: Final = 15.0
REFUSE_S: Final = 8.0
ONCE: Final = Retry(attempts=1)
SETTINGS: Final = """\
policy = "policy.toml"
log = "shop.example/ledger"

[store]
path = "store/vault.db"

[custodian]
keystore = "keys/keystore.json"
passphrase_file = "keys/passphrase"

[listen]
tcp = "127.0.0.1:{port}"
socket = "api.sock"
admin_socket = "admin.sock"

[limits]
drain_s = 3
"""
EXTRA_ROLES: Final = """
[roles.slow]
title = "a slow reader"
may = ["reveal"]
rate_per_minute = 3

[roles.leaver]
title = "somebody who leaves"
may = ["reveal"]

[roles.clerk]
title = "a clerk with hours"
may = ["reveal"]

[[allow]]
role = "slow"
purpose = "account"
fields = ["city"]

[[allow]]
role = "leaver"
purpose = "account"
fields = ["city"]

[[allow]]
role = "clerk"
purpose = "account"
fields = ["city"]
hours = ["{opens:%H:%M}", "{closes:%H:%M}"]
"""


def example_policy() -> str:
    """The example shop's policy and three roles for stories; the clerk's hours are never now."""
    here = datetime.now(ZoneInfo("Europe/Berlin"))
    opens, closes = here + timedelta(hours=8), here + timedelta(hours=9)
    example = (ROOT / "policy.example.toml").read_text("utf-8")
    return example + EXTRA_ROLES.format(opens=opens, closes=closes)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, in the raw."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class DataPlane:
    """One installation in a folder with a short path, and the process that serves it."""

    home: Path
    port: int = 0
    database: str | None = None
    process: subprocess.Popen[bytes] | None = None
    program: tuple[str, ...] = ("-m", "shopward")
    _clients: list[Client] = field(default_factory=list)
    _callers: int = 0

    @classmethod
    def furnish(
        cls, home: Path, *, policy: str | None = None, url: str | None = None, workers: int = 1
    ) -> Self:
        """Settings, policy, passphrase and a keystore that opens quickly; starts nothing."""
        plane = cls(home, free_port(), url)
        for name in ("store", "keys", "tmp"):
            (home / name).mkdir(mode=0o700)
        text = SETTINGS.format(port=plane.port)
        if url is not None:
            text = text.replace("[store]", f'[store]\nurl = "{url}"')
        text = text.replace("[listen]", f"[listen]\nworkers = {workers}")
        (home / "shopward.toml").write_text(text)
        (home / "policy.toml").write_text(policy or example_policy())
        (home / "keys" / "passphrase").touch(mode=0o600)
        (home / "keys" / "passphrase").write_text(PASSPHRASE + "\n")
        keystore.create(home / "keys" / "keystore.json", PASSPHRASE.encode(), profile="test")
        return plane

    @contextmanager
    def copied(self) -> Iterator[DataPlane]:
        """A copy of this installation, which must be stopped, in a folder of its own."""
        with home() as folder:
            shutil.copytree(self.home, folder, dirs_exist_ok=True)
            (folder / "log").unlink()
            copy = DataPlane(folder, self.port)
            try:
                yield copy
            finally:
                copy.close()

    @property
    def place(self) -> StoreSettings:
        """Where its store is."""
        return StoreSettings(self.home / "store" / "vault.db", self.database)

    # The process

    def spawn(self, *, create: bool = False) -> subprocess.Popen[bytes]:
        """Starts the server, with its words going to `log`; does not wait."""
        command = [sys.executable, *self.program, "--config", str(self.home / "shopward.toml")]
        command += ["serve", "--create"] if create else ["serve"]
        environ = {"PATH": os.environ["PATH"], "TMPDIR": str(self.home / "tmp"), "HOME": "/"}
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environ, cwd=ROOT
            )

    def start(self, *, create: bool = False) -> Self:
        """Starts the server and waits until it is ready."""
        self.process = self.spawn(create=create)
        wait_until(lambda: self._is_up() or self.process is None, START_S, self.words)
        return self

    def _is_up(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}: {self.words()}")
        with suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/healthz").status == 200
        return False

    def refuses_to_start(self) -> tuple[int, str]:
        """Exit status and last words of a server that must not start."""
        before = len(self.words())
        process = self.spawn()
        try:
            status = process.wait(REFUSE_S)
        finally:
            process.kill()
            process.wait()
        return status, self.words()[before:]

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL; nothing is tidied up."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        process, self.process = self.process, None
        assert process is not None
        process.send_signal(number)
        try:
            return process.wait(STOP_S)
        finally:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Ends whatever still runs."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        if self.process is not None:
            self.kill()

    def words(self) -> str:
        """What the server has said so far."""
        log = self.home / "log"
        return log.read_text("utf-8") if log.exists() else ""

    # Callers

    def operator(self) -> Client:
        """Whoever may open the admin socket."""
        return self._keep(Client(f"unix:{self.home / 'admin.sock'}", retry=ONCE))

    def credential(self, role: str, *, assurance: int = 1, clauses: tuple[str, ...] = ()) -> str:
        """A fresh caller's credential."""
        self._callers += 1
        name = f"{role}-{self._callers}"
        with Client(f"unix:{self.home / 'admin.sock'}", retry=ONCE) as operator:
            made = operator.add_caller(name, role, assurance=assurance, clauses=clauses)
        return made.credential

    def caller(self, role: str, *, assurance: int = 1, clauses: tuple[str, ...] = ()) -> Client:
        """A fresh caller, as a client over TCP that never repeats a call."""
        credential = self.credential(role, assurance=assurance, clauses=clauses)
        return self.client(credential)

    def client(self, credential: str) -> Client:
        """A client with this credential."""
        return self._keep(Client(self.url, credential=credential, retry=ONCE))

    def _keep(self, client: Client) -> Client:
        self._clients.append(client)
        return client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # In the raw

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        credential: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own; `body` is JSON, or bytes as they are."""
        sent = dict(headers or {})
        data = body if isinstance(body, bytes) else None if body is None else _json(body)
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        if credential is not None:
            sent["Authorization"] = f"Bearer {credential}"
        with self.connection() as connection:
            connection.request(method, path, data, sent)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())

    @contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        """An HTTP connection of the standard library."""
        made = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            yield made
        finally:
            made.close()

    def socket(self) -> socket.socket:
        """A TCP connection; the caller closes it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def size(self) -> int:
        """How many entries the ledger has."""
        with Client(f"unix:{self.home / 'admin.sock'}", retry=ONCE) as operator:
            return int(operator.checkpoint().split("\n")[1])

    def entry(self, auditor: Client, index: int) -> dict[str, Any]:
        """The opened details of an entry."""
        row = auditor.entries(index, 1).entries[0]
        assert row.index == index
        assert row.details is not None
        details: dict[str, Any] = json.loads(row.details)
        return details

    def edit_policy(self, change: Callable[[str], str]) -> None:
        """Writes the policy file anew."""
        path = self.home / "policy.toml"
        path.write_text(change(path.read_text("utf-8")))


@contextmanager
def home() -> Iterator[Path]:
    """A temporary folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="sw-", dir="/tmp") as folder:
        yield Path(folder)


def kind_of(leaf: str) -> str:
    """The kind in a leaf, given in base64."""
    data = b64decode(leaf)
    return data[10 : 10 + data[9]].decode()


def free_port() -> int:
    """A loopback port nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    holds: Callable[[], object], within_s: float, say: Callable[[], object] = str
) -> None:
    """Waits for something that must come true."""
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, say()
        time.sleep(0.02)


def at_once(*calls: Callable[[], Result]) -> list[Result | Exception]:
    """The calls from as many threads, let go together; what each gave or raised."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result | Exception:
        gate.wait()
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the story judges it
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def now() -> datetime:
    return datetime.now(UTC)


def _json(body: object) -> bytes:
    return json.dumps(body).encode()
