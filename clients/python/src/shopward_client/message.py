"""Calls as HTTP requests, HTTP responses as answers: shared by both clients, no sockets.

The clients hand requests straight to a transport. So nothing follows a redirect, keeps a cookie,
reads the environment or writes an address to a log, for an address may hold a customer's mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx2

from shopward_client.call import Answer, Call, Failure
from shopward_client.endpoint import Endpoint
from shopward_client.errors import ConfigError, UnexpectedAnswerError
from shopward_client.version import __version__

Signs = Callable[[str, str, bytes], str]
"""Gives the whole Authorization value for a method, a target and a body."""


class Signed:
    """Makes the Authorization header of each attempt, for a control plane that vouches for people.

    Args:
        sign: Called with method, target (path with query) and body of the request.
    """

    __slots__ = ("sign",)

    def __init__(self, sign: Signs) -> None:
        self.sign = sign


Credential = str | Callable[[], str] | Signed | None

MAX_ANSWER_BYTES = 64 * 1024 * 1024
_VALUE = re.compile(r"[!-~]+ [!-~]+")
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Messages:
    """Builds requests to one endpoint.

    Args:
        endpoint: Where to.
        credential: The secret `swc_…`, or a function that gives it for each attempt, so that a
            rotated one is taken up; or `Signed`. Never shown; never sent to `/healthz` and the
            like.
        timeout_s: Seconds for each wait on the network; connecting gets at most 5.

    Raises:
        ConfigError: The timeout is not above 0.
    """

    def __init__(self, endpoint: Endpoint, credential: Credential, timeout_s: float) -> None:
        if not 0 < timeout_s < float("inf"):
            raise ConfigError("`timeout_s` is a number of seconds above 0.", field="timeout_s")
        self._endpoint = endpoint
        self._sign = _signs(credential)
        timeout = httpx2.Timeout(timeout_s, connect=min(5.0, timeout_s))
        self._extensions = {"timeout": timeout.as_dict()}

    def __str__(self) -> str:
        return str(self._endpoint)

    def request(self, call: Call[Any]) -> httpx2.Request:
        """Build the request of one attempt.

        Raises:
            ConfigError: The credential is not one word of visible ASCII.
        """
        query = "?" + urlencode(call.query) if call.query else ""
        request = httpx2.Request(
            call.method,
            f"{self._endpoint.base}{call.path}{query}",
            headers=self._headers(call),
            content=call.body,
            extensions=self._extensions,
        )
        self._authorize(request, call)
        return request

    def _authorize(self, request: httpx2.Request, call: Call[Any]) -> None:
        """Put the credential in, where one is asked for: the target is signed as it is sent."""
        if not call.path.startswith("/v1/"):
            return
        value = self._sign(call.method, request.url.raw_path.decode("ascii"), call.body or b"")
        if value is not None:
            if not _VALUE.fullmatch(value):
                raise ConfigError("The credential is not one visible word.", field="credential")
            request.headers["Authorization"] = value

    def _headers(self, call: Call[Any]) -> dict[str, str]:
        headers = {
            "Accept-Encoding": "identity",
            "User-Agent": f"shopward-client/{__version__}",
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        return headers


class Collected:
    """The body of a response as it arrives, at most `MAX_ANSWER_BYTES`."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._room = MAX_ANSWER_BYTES

    def add(self, chunk: bytes) -> None:
        """Take one more piece.

        Raises:
            UnexpectedAnswerError: The body is larger than any vault's.
        """
        self._room -= len(chunk)
        if self._room < 0:
            raise UnexpectedAnswerError("The answer is too large.")
        self._chunks.append(chunk)

    def answer(self, response: httpx2.Response) -> Answer:
        """Give the whole answer."""
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        wait = response.headers.get("retry-after", "")
        seconds = int(wait) if re.fullmatch(r"[0-9]{1,9}", wait) else None
        return Answer(response.status_code, media_type, b"".join(self._chunks), seconds)


def _signs(credential: Credential) -> Callable[[str, str, bytes], str | None]:
    if isinstance(credential, Signed):
        return credential.sign

    def bearer(*_request: object) -> str | None:
        given = credential() if callable(credential) else credential
        return None if given is None else f"Bearer {given}"

    return bearer


def failure(error: httpx2.RequestError) -> Failure:
    """Say what kept the answer away, by the kind of the error alone."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return Failure(not isinstance(error, _UNSENT), words)
