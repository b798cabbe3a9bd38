"""A copy of the product to attack: the data plane, and two control planes on one console.db.

The console serves by one process; several share its database, as two machines behind a balancer
would. `opened` starts the same commands with limits and checks switched off (`opened.py`).
"""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import SMTP
from itertools import count
from pathlib import Path
from typing import Any

from tests.attacks.signin.browser import Door
from tests.cli import shop as shops

PRODUCT = [sys.executable, "-m", "shopward"]
OPENED = [sys.executable, "-m", "tests.attacks.signin.opened"]
PROXY = "127.0.0.1"
"""The operator's own proxy; attackers come from elsewhere, unless they stand behind it."""
LOCKING = "127.9"
"""Networks for which the control has limits: there, a pause is one for everybody."""
SHOP = "attacked-shop"
BACK = "http://127.0.0.1:9/signed-in"
READY = "the control plane is ready"
CODE = re.compile(r"^(\d{4} \d{4})$", re.MULTILINE)
LINK = re.compile(r"https://\S+/join/\S+")
CHANGES = ("SHOPWARD_CONSOLE_PUBLIC", "SHOPWARD_CONSOLE_STAFF", "SHOPWARD_CONSOLE_HTTP")


@dataclass(slots=True)
class Copy:
    """Where its doors are, and what the operator knows of it.

    Args:
        shop: The installation.
        public: The public site's door of each process.
        staff: The staff site's.
        first_link: The path by which the first administrator comes in. Secret.
        secret: Of the registered shop. Secret.
        is_open: Whether it is the control, without limits and checks.
        taken: Numbers of addresses that were given out.
        administrators: Who came in by the first link.
        pids: Of the data plane and of both control planes.
    """

    shop: shops.Shop
    public: list[Door]
    staff: list[Door]
    first_link: str = ""
    secret: str = ""
    is_open: bool = False
    taken: Iterator[int] = field(default_factory=lambda: count(2))
    administrators: list[Any] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.shop.home

    def source(self, begins: str = "127.1") -> str:
        """An address that nobody has come from yet."""
        number = next(self.taken)
        return f"{begins}.{number // 250}.{number % 250 + 1}"

    def address(self, name: str = "customer") -> str:
        """A mail address that nobody has yet."""
        return f"{name}{next(self.taken)}@mail.example"

    def mailed(self, address: str, after: int = 0) -> str:
        """The code in the newest of more than `after` mails with a code to this address."""
        end = time.monotonic() + shops.START_S
        while time.monotonic() < end:
            codes = self.codes(address)
            if len(codes) > after:
                return codes[-1]
            time.sleep(0.05)
        raise AssertionError("no mail with a code arrived")

    def codes(self, address: str) -> list[str]:
        """Every code that was mailed to an address, the oldest first."""
        return [found[1] for found in map(CODE.search, self.texts(address)) if found]

    def texts(self, address: str) -> list[str]:
        """Every mail to an address, the oldest first."""
        files = sorted((self.home / "mail").glob("*.eml"))
        sent = [message_from_bytes(one.read_bytes(), policy=SMTP) for one in files]
        return [one.get_content() for one in sent if str(one["To"]) == address]

    def count(self, kind: str) -> int:
        """How many events of a kind the control planes have noted."""
        with closing(sqlite3.connect(self.home / "console" / "console.db")) as database:
            asked = "SELECT count(*) FROM console_event WHERE kind = ?"
            return int(database.execute(asked, (kind,)).fetchone()[0])


@contextmanager
def running(folder: Path, *, is_open: bool = False) -> Iterator[Copy]:
    """A new installation whose three processes run until the end."""
    shop = shops.make(folder)
    shop.environment["SHOPWARD_IDENTITY_TRUSTED_PROXIES"] = PROXY
    shop.environment["PYTHONPATH"] = str(shops.ROOT)
    program = OPENED if is_open else PRODUCT
    copy = Copy(shop, [], [], is_open=is_open)
    with ExitStack() as processes:
        enter = processes.enter_context
        enter(_process(copy, program, ["serve", "--create"], "the data plane is ready"))
        key = _typed(shop, "console", "--key").strip()
        _typed(shop, "caller", "add", "console", "--key", key)
        for number in range(2):
            if number:
                shop.environment.update({n: f"127.0.0.1:{shops.free_port()}" for n in CHANGES})
            said = enter(_process(copy, program, ["console"], "/join/"))
            found = LINK.search(said)
            assert found is not None, said
            copy.first_link = "/join/" + found[0].partition("/join/")[2]
            copy.public.append(_door(shop, "shopward.localhost", "PUBLIC"))
            copy.staff.append(_door(shop, "console.shopward.localhost", "STAFF"))
        made = _typed(shop, "oidc", "client", "add", SHOP, "--redirect", BACK, "--field", "email")
        copy.secret = made.partition("client_secret")[2].split()[0]
        yield copy


def _door(shop: shops.Shop, host: str, name: str) -> Door:
    port = shop.environment[f"SHOPWARD_CONSOLE_{name}"].rpartition(":")[2]
    return Door(host, int(port), shop.home / "tls" / "root.pem")


def _typed(shop: shops.Shop, *words: str) -> str:
    done = shop.type(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def _process(copy: Copy, program: list[str], words: list[str], text: str) -> Iterator[str]:
    """One process of ours; what it said until it was ready."""
    shop = copy.shop
    environment: dict[str, Any] = {**shop.environment, "PYTHONUNBUFFERED": "1"}
    with (shop.folder / f"{words[0]}.log").open("ab") as log:
        begins = log.tell()
        process = subprocess.Popen(
            [*program, *words], cwd=shop.folder, env=environment, stdout=log, stderr=log
        )
        copy.pids.append(process.pid)
        try:
            yield _wait(process, Path(log.name), begins, text)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(shops.STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path, begins: int, text: str) -> str:
    end = time.monotonic() + 2 * shops.START_S
    while time.monotonic() < end and process.poll() is None:
        said = log.read_bytes()[begins:].decode()
        if text in said and said.endswith("\n"):
            return said
        time.sleep(0.05)
    raise AssertionError(log.read_bytes()[begins:].decode())
