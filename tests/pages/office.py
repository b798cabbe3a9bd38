"""Both processes of an installation, and people of its staff who need no browser.

They ask over TLS, trust the installation's own authority alone, keep cookies and sign in with a
passkey in software. What they see is what the control plane sends; nothing of Django is touched.
"""

from __future__ import annotations

import html
import re
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2

from shopward import settings
from shopward.console import asserting
from shopward_client import Client, Retry
from tests.cli import shop as shops
from tests.identity.softkey import SoftKey

STAFF, PUBLIC = "console.shopward.localhost", "shopward.localhost"
READY: Final = {"serve": "the data plane is ready", "console": "the control plane is ready"}
LINK: Final = re.compile(r"https://\S+/join/\S+\n")
TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
WITHIN_S: Final = 60.0


class Reader:
    """A browser without JavaScript at one of the two sites."""

    def __init__(self, office: Office, host: str = STAFF) -> None:
        self.host, self.port = host, office.port("STAFF" if host == STAFF else "PUBLIC")
        self.key = SoftKey(origin=self.origin)
        trusted = ssl.create_default_context(cafile=str(office.home / "tls" / "root.pem"))
        self._http = httpx2.Client(
            base_url=f"https://127.0.0.1:{self.port}", verify=trusted, timeout=WITHIN_S
        )
        self._headers = {"Host": f"{host}:{self.port}", "Origin": self.origin}

    @property
    def origin(self) -> str:
        return f"https://{self.host}:{self.port}"

    @property
    def cookies(self) -> str:
        """As the header `Cookie` has them."""
        return "; ".join(f"{one.name}={one.value}" for one in self._http.cookies.jar)

    def get(self, path: str) -> httpx2.Response:
        return self.ask("GET", path)

    def post(
        self, path: str, form: Mapping[str, Any] | None = None, *, at: str | None = None
    ) -> httpx2.Response:
        """Fills the form on the page `at`, by default the same one, and sends it."""
        token = self.form_token(at or path)
        return self.ask("POST", path, {"csrfmiddlewaretoken": token, **(form or {})})

    def form_token(self, path: str) -> str:
        """What a form of this page has to send along. Secret."""
        shown = self.get(path)
        found = TOKEN.search(shown.text)
        assert found is not None, f"{shown.status_code}: there is no form on {path}"
        return found[1]

    def join(self, link: str, **person: str) -> httpx2.Response:
        """Comes in by a link of one use, with a new passkey."""
        assert self.get(link.removeprefix(self.origin)).status_code == 302
        return self._with_passkey("/join/", self.key.create, "/join/", person)

    def sign_in(self) -> httpx2.Response:
        return self._with_passkey("/sign-in/", self.key.get, "/sign-in/passkey/", {})

    def prove(self) -> httpx2.Response:
        return self._with_passkey("/prove/", self.key.get, "/prove/", {})

    def add_passkey(self) -> httpx2.Response:
        """One more, which is not kept."""
        other = SoftKey(origin=self.origin)
        return self._with_passkey(
            "/account/passkey/", other.create, "/account/passkey/", {"name": ""}
        )

    def close(self) -> None:
        self._http.close()

    def _with_passkey(
        self, page: str, answer: Any, path: str, form: Mapping[str, str]
    ) -> httpx2.Response:
        shown = self.get(page)
        found = TOKEN.search(shown.text)
        assert found is not None, shown.text
        said = {"csrfmiddlewaretoken": found[1], "credential": answer(shown), **form}
        return self.ask("POST", path, said)

    def ask(
        self, method: str, path: str, form: Mapping[str, Any] | None = None, **more: Any
    ) -> httpx2.Response:
        """One request as it is."""
        return self._http.request(
            method,
            path,
            data=form,
            headers=self._headers,
            extensions={"sni_hostname": self.host},
            **more,
        )


@dataclass(slots=True)
class Office:
    """An installation whose two processes are started and stopped one by one; `link` is secret."""

    shop: shops.Shop
    link: str = ""
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.shop.home

    def port(self, name: str) -> int:
        return int(self.shop.environment[f"SHOPWARD_CONSOLE_{name}"].rpartition(":")[2])

    def pid(self, verb: str) -> int:
        return self._running[verb].pid

    def start(self, verb: str, *more: str) -> None:
        """`serve` or `console`, until it is ready."""
        before = len(self.words(verb))
        command = [*shops.PROGRAM, verb, *more]
        environment = {**self.shop.environment, "PYTHONUNBUFFERED": "1"}
        with self._log(verb).open("ab") as log:
            self._running[verb] = process = subprocess.Popen(
                command,
                cwd=self.shop.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

        def is_ready() -> bool:
            assert process.poll() is None, self.words(verb)
            return READY[verb] in self.words(verb)[before:]

        wait_until(is_ready)
        if verb == "console" and not self.link:
            wait_until(lambda: LINK.search(self.words(verb)))
            found = LINK.search(self.words(verb))
            assert found is not None
            self.link = found[0].strip()

    def stop(self, verb: str) -> None:
        """As a person does; what it does not end is killed."""
        process = self._running.pop(verb)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(shops.STOP_S) == 0, self.words(verb)
        finally:
            process.kill()
            process.wait()

    def words(self, verb: str) -> str:
        """What it has said so far."""
        log = self._log(verb)
        return log.read_text("utf-8") if log.exists() else ""

    def close(self) -> None:
        for verb in list(self._running):
            self.stop(verb)

    def passphrase(self) -> bytes:
        """The keystore's. Secret."""
        return (self.home / "secrets" / "passphrase").read_bytes().strip()

    def reader(self, host: str = STAFF) -> Reader:
        return Reader(self, host)

    def operator(self) -> Client:
        return Client(f"unix:{self.home / 'run/admin.sock'}", retry=Retry(attempts=1))

    def register(self) -> None:
        """Tells the data plane the control plane's key, as `run` does."""
        signer = asserting.signer_of(settings.load(self.home / "shopward.toml"))
        with self.operator() as operator:
            operator.add_caller(asserting.NAME, "control-plane", key=signer.vkey)

    def caller(self, role: str) -> Client:
        """A new caller of this role, over the data plane's socket."""
        with self.operator() as operator:
            made = operator.add_caller(role, role)
        return Client(
            f"unix:{self.home / 'run/shopward.sock'}",
            credential=made.credential,
            retry=Retry(attempts=1),
        )

    def _log(self, verb: str) -> Path:
        return self.shop.folder / f"{verb}.log"


@contextmanager
def furnished(folder: Path, **environment: str) -> Iterator[Office]:
    """A new installation; nothing of it runs yet."""
    made = Office(shops.make(folder))
    made.shop.environment.update(environment)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def signed_in(office: Office, *serve: str) -> Iterator[Reader]:
    """Both processes running, and the first administrator at work; `serve` starts an old store."""
    office.start(*(serve or ("serve", "--create")))
    office.start("console")
    office.register()
    mara = office.reader()
    try:
        mara.join(office.link, email="mara@shop.example", name="Mara Lind")
        assert mara.get("/").status_code == 200
        yield mara
    finally:
        mara.close()


@contextmanager
def open_office(folder: Path) -> Iterator[tuple[Office, Reader]]:
    """`furnished` and `signed_in`."""
    with furnished(folder) as made, signed_in(made) as mara:
        yield made, mara


def links_in(page: httpx2.Response, start: str) -> list[str]:
    """Every address in a page that begins so."""
    return [
        html.unescape(one) for one in re.findall(rf'(?:href|action)="({start}[^"]*)"', page.text)
    ]


def wait_until(holds: Any, within_s: float = WITHIN_S) -> None:
    """Until something that must come true has."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)
