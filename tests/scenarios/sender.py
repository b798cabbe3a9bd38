"""A known caller that sends whatever it is given, and what an answer to it must look like."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any, Final

from tests.scenarios.people import person
from tests.scenarios.plane import Answer, DataPlane

SECRET: Final = "Xylophon-4711"


class Sender:
    """A known caller that sends whatever it is given."""

    def __init__(self, plane: DataPlane) -> None:
        self.plane = plane
        self.credential = plane.credential("shop-backend")
        self.client = plane.client(self.credential)

    def post(self, path: str, body: object, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.plane.ask("POST", path, body, credential=self.credential, headers=named)

    def assert_alive(self) -> None:
        assert self.plane.ask("GET", "/readyz").status == 200
        subject = self.client.store(person()).subject
        assert self.client.reveal(subject, ["city"], purpose="account").fields["city"] == "London"

    def head(self, path: str, *lines: str) -> bytes:
        known = f"Authorization: Bearer {self.credential}"
        first = (f"POST {path} HTTP/1.1", "Host: x", known, "Connection: close")
        return "\r\n".join([*first, *lines, "", ""]).encode("latin-1")

    def raw(self, *pieces: bytes) -> bytes:
        """What comes back until the server closes, or has been silent for a while."""
        with self.plane.socket() as connection:
            with suppress(ConnectionError):
                for piece in pieces:
                    connection.sendall(piece)
            return all_of(connection)


def all_of(connection: socket.socket) -> bytes:
    received = b""
    connection.settimeout(0.5)
    with suppress(ConnectionError, TimeoutError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def assert_problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["title"]
    assert told["detail"]
    assert told["hint"]
    assert SECRET not in answer.body.decode()
    return told


def assert_unharmed(sender: Sender) -> None:
    """The server lives on, and has said nothing of what it was sent."""
    sender.assert_alive()
    assert SECRET not in sender.plane.words()
    assert "Traceback" not in sender.plane.words()
