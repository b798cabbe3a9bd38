"""An attacker's browser: cookies in the open, an address of one's own, either process of the site.

Every answer is kept as it came; redirects are not followed. Addresses are of 127.0.0.0/8, so that
one machine is many networks.
"""

from __future__ import annotations

import http.client
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TIMEOUT_S = 90
FOUND = 302
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass(frozen=True, slots=True)
class Door:
    """One listener of one process: `host` is the name it serves."""

    host: str
    port: int
    root: Path

    @property
    def origin(self) -> str:
        return f"https://{self.host}:{self.port}"

    def connect(self, source: str) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.root))
        context.check_hostname = False  # it asks 127.0.0.1, where no name has to be resolved
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=context, source_address=(source, 0), timeout=TIMEOUT_S
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and text, and how long it took from the last byte sent."""

    status: int
    headers: http.client.HTTPMessage
    text: str
    took_s: float

    @property
    def content(self) -> bytes:
        return self.text.encode()

    @property
    def location(self) -> str:
        return self.headers["Location"] or ""

    @property
    def cookies(self) -> list[str]:
        return self.headers.get_all("Set-Cookie", [])

    def leads_to(self, path: str) -> bool:
        return self.status == FOUND and self.location.startswith(path)


def found_token(page: Answer) -> str:
    """A page's token against forgery; empty when it has none."""
    found = TOKEN.search(page.text)
    return found[1] if found else ""


@dataclass(slots=True)
class Browser:
    """Cookies are shared by all doors, as ports share them in a real one."""

    source: str = "127.0.0.2"
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    _open: dict[Door, http.client.HTTPSConnection] = field(default_factory=dict)

    def clone(self, **changes: Any) -> Browser:
        """A thief's copy: the same cookies, other hands."""
        kept = {"source": self.source, "headers": dict(self.headers), **changes}
        return Browser(cookies=dict(self.cookies), **kept)

    def get(self, door: Door, path: str, **headers: str) -> Answer:
        return self._ask(door, "GET", path, None, headers)

    def post(self, door: Door, path: str, form: Mapping[str, str], **headers: str) -> Answer:
        """A form as it is, without a token that a page gave."""
        return self._ask(door, "POST", path, urlencode(form), headers)

    def fill(self, door: Door, path: str, **form: str) -> Answer:
        """Opens the page of a form, fills it in and sends it."""
        return self.send(door, path, self.token(door, path), **form)

    def token(self, door: Door, path: str) -> str:
        """The page's token against forgery; empty when it has none."""
        return found_token(self.get(door, path))

    def send(self, door: Door, path: str, token: str, **form: str) -> Answer:
        """Sends a form whose page is open already."""
        referer = {"Referer": door.origin + path}
        return self.post(door, path, {"csrfmiddlewaretoken": token, **form}, **referer)

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up; a browser that nobody holds any more has."""
        for one in self._open.values():
            one.close()
        self._open.clear()

    def _ask(
        self, door: Door, method: str, path: str, body: str | None, more: Mapping[str, str]
    ) -> Answer:
        headers = {"Host": f"{door.host}:{door.port}", **self.headers, **more}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={said}" for name, said in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began, got, text = self._exchange(door, method, path, body, headers)
        took_s = time.perf_counter() - began
        answer = Answer(got.status, got.headers, text, took_s)
        self._keep(answer)
        return answer

    def _exchange(
        self, door: Door, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[float, http.client.HTTPResponse, str]:
        connection = self._open.get(door) or door.connect(self.source)
        self._open[door] = connection
        connection.request(method, path, body, dict(headers))
        began = time.perf_counter()
        got = connection.getresponse()
        return began, got, got.read().decode("utf-8", "replace")

    def _keep(self, answer: Answer) -> None:
        self.seen += answer.cookies
        for line in answer.cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
