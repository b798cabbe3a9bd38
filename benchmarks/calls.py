"""Request bytes, built before anything is measured, and one plain call for preparing."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import islice
from typing import TypeVar

import msgspec

Answer = TypeVar("Answer")


class CallError(Exception):
    """A preparing call was not answered as it should be."""


def post(path: str, credential: str, body: object) -> bytes:
    """A whole HTTP/1.1 POST with a JSON body."""
    content = msgspec.json.encode(body)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {credential}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    ).encode() + content


def call(
    connection: HTTPConnection, path: str, credential: str, body: object, answer: type[Answer]
) -> Answer:
    """POST once and decode the answer into its type.

    Raises:
        CallError: The answer is not 2xx, or of another shape.
    """
    headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
    connection.request("POST", path, msgspec.json.encode(body), headers)
    response = connection.getresponse()
    content = response.read()
    if response.status // 100 != 2:
        raise CallError(f"{path} answered {response.status}: {content[:300]!r}")
    try:
        return msgspec.json.decode(content, type=answer)
    except msgspec.ValidationError as error:
        raise CallError(f"{path} answered something else: {error}") from error


class Stream:
    """The next request bytes of a source, and how many were given out so far."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self.given = 0

    def __call__(self, count: int) -> list[bytes]:
        """The next `count` requests."""
        self.given += count
        return list(islice(self._source, count))
