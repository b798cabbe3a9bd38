"""What a client can do to the HTTP door, most of it without a credential."""

from __future__ import annotations

import json
import socket
import time
from contextlib import closing, suppress
from pathlib import Path

from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane

CHUNKED = (
    b"POST /v1/reveal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n"
)
QUIET_S = 0.5
FLOOD_BYTES = 24 << 20
GROWTH_MIB = 96


def test_trailers_are_bounded_like_the_head(plane: DataPlane) -> None:
    before = _resident_mib(plane)
    with closing(plane.socket()) as stranger:
        stranger.sendall(CHUNKED + b"\r\n0\r\n")
        _flood(stranger, b"".join(b"a%d: b\r\n" % number for number in range(5000)))
        time.sleep(QUIET_S)
        assert _resident_mib(plane) - before < GROWTH_MIB


def test_a_trailer_is_no_header(plane: DataPlane) -> None:
    credential = plane.credential("shop-backend").encode()
    body = json.dumps({"subject": "external:x", "fields": ["city"], "purpose": "account"}).encode()
    sent = CHUNKED + b"\r\n%x\r\n%s\r\n0\r\n" % (len(body), body)
    with closing(plane.socket()) as connection:
        connection.sendall(sent + b"Authorization: Bearer %s\r\n\r\n" % credential)
        assert _answers(connection)[0].startswith(b"HTTP/1.1 401 ")


def test_a_body_behind_an_upgrade_is_no_second_request(plane: DataPlane) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    head = (
        b"POST /v1/reveal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Connection: Upgrade\r\nUpgrade: foo\r\nContent-Length: %d\r\n\r\n" % len(smuggled)
    )
    with closing(plane.socket()) as connection:
        connection.sendall(head)
        time.sleep(0.1)
        with suppress(OSError):
            connection.sendall(smuggled)
        assert len(_answers(connection)) <= 1


def test_a_request_that_was_cut_off_is_not_executed(plane: DataPlane) -> None:
    credential = plane.credential("shop-backend")
    stored = plane.ask("POST", "/v1/records", {"fields": person()}, credential=credential).json()
    body = json.dumps({"subject": stored["subject"]}).encode()
    head = (
        "POST /v1/erase HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {credential}\r\nContent-Length: {len(body) + 20}\r\n\r\n"
    ).encode()
    with closing(plane.socket()) as connection:
        connection.sendall(head + body)
        time.sleep(0.2)
    time.sleep(0.3)
    look = {"subject": stored["subject"], "fields": ["city"], "purpose": "account"}
    assert plane.ask("POST", "/v1/reveal", look, credential=credential).status == 200


def test_a_caller_revoked_while_it_sends_is_not_answered(plane: DataPlane) -> None:
    shop, stolen = plane.credential("shop-backend"), plane.credential("shop-backend")
    stored = plane.ask("POST", "/v1/records", {"fields": person()}, credential=shop).json()
    look = {"subject": stored["subject"], "fields": ["city"], "purpose": "account"}
    body = json.dumps(look).encode()
    head = (
        "POST /v1/reveal HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {stolen}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with closing(plane.socket()) as connection:
        connection.sendall(head + body[:5])
        time.sleep(0.2)
        plane.operator().revoke_caller(stolen.split("_")[1])
        connection.sendall(body[5:])
        assert _answers(connection)[0].startswith(b"HTTP/1.1 401 ")


def test_idle_connections_are_bounded(bare_plane: DataPlane) -> None:
    settings = bare_plane.home / "shopward.toml"
    settings.write_text(settings.read_text().replace("[limits]", "[limits]\nconnections = 8"))
    bare_plane.start(create=True)
    strangers = [bare_plane.socket() for _ in range(60)]
    try:
        time.sleep(QUIET_S)
        assert _sockets(bare_plane) < 30
    finally:
        for one in strangers:
            one.close()


def _flood(connection: socket.socket, piece: bytes) -> None:
    """Sends until the peer hangs up, or enough was sent."""
    connection.settimeout(5)
    with suppress(OSError):
        for _ in range(FLOOD_BYTES // len(piece)):
            connection.sendall(piece)


def _answers(connection: socket.socket) -> list[bytes]:
    """What comes back until nothing does, cut at each status line."""
    connection.settimeout(QUIET_S)
    data = b""
    with suppress(TimeoutError, ConnectionResetError):
        while piece := connection.recv(65_536):
            data += piece
    return [b"HTTP/1.1 " + one for one in data.split(b"HTTP/1.1 ")[1:]]


def _resident_mib(plane: DataPlane) -> int:
    assert plane.process is not None
    for line in Path(f"/proc/{plane.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) >> 10
    raise AssertionError


def _sockets(plane: DataPlane) -> int:
    assert plane.process is not None
    count = 0
    for one in Path(f"/proc/{plane.process.pid}/fd").iterdir():
        with suppress(OSError):
            count += str(one.readlink()).startswith("socket:")
    return count
