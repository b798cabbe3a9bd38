"""Stopping: what is under way is answered, what comes later is refused, what was said stays."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from shopward.ledger.consistency import format_consistency, verify_extends
from shopward.signing import Verifier, decode_base64
from shopward_client import Client, ShopwardError
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane, kind_of, wait_until
from tests.scenarios.test_races import assert_whole

KILLS = 5
WRITERS = 6


def _store(plane: DataPlane, credential: str) -> tuple[bytes, bytes]:
    """Head and body of a request that stores a customer."""
    body = json.dumps({"fields": person()}).encode()
    lines = (
        "POST /v1/records HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {credential}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "",
        "",
    )
    return "\r\n".join(lines).encode(), body


def _all(connection: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionError, TimeoutError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_a_stop_answers_what_is_under_way_and_refuses_what_comes_later(
    own_plane: DataPlane,
) -> None:
    credential = own_plane.credential("shop-backend")
    head, body = _store(own_plane, credential)
    process = own_plane.process
    assert process is not None
    with own_plane.socket() as under_way, own_plane.socket() as idle:
        under_way.sendall(head + body[:10])
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in idle.recv(65536)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.02)
        with suppress(ConnectionError):
            idle.sendall(b"".join(_store(own_plane, credential)))
        late = _all(idle)
        assert late == b"" or b" 503 " in late.partition(b"\r\n")[0]
        if late:
            assert b'"reason":"draining"' in late
        under_way.sendall(body[10:])
        answer = _all(under_way)
    assert b" 201 " in answer.partition(b"\r\n")[0]
    assert process.wait(10) == 0
    own_plane.process = None
    own_plane.start()
    stored = json.loads(answer.partition(b"\r\n\r\n")[2])
    with own_plane.client(credential) as shop:
        seen = shop.reveal(stored["subject"], ["city"], purpose="account")
        assert seen.fields == {"city": "London"}


def test_a_stop_is_entered_with_the_start_and_leaves_no_socket(own_plane: DataPlane) -> None:
    before = own_plane.size()
    assert own_plane.stop() == 0
    assert not list(own_plane.home.glob("*.sock"))
    own_plane.start()
    with own_plane.operator() as operator:
        kinds = [kind_of(row.leaf) for row in operator.entries(before, 10).entries]
    assert kinds == ["server:stopped", "server:started"]


def test_an_interrupt_stops_it_like_a_termination(own_plane: DataPlane) -> None:
    process = own_plane.process
    assert process is not None
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    own_plane.process = None
    assert "stopped" in own_plane.words()
    assert "Traceback" not in own_plane.words()


def test_a_client_that_never_finishes_does_not_hold_the_stop_up(own_plane: DataPlane) -> None:
    head, body = _store(own_plane, own_plane.credential("shop-backend"))
    with own_plane.socket() as slow, own_plane.socket() as silent:
        slow.sendall(head + body[:10])
        silent.sendall(b"POST /v1/records HT")
        before = time.monotonic()
        assert own_plane.stop() == 0
        assert time.monotonic() - before < 8
        said = _all(slow)
        assert said == b"" or (b" 503 " in said and b"draining" in said)
    assert "Traceback" not in own_plane.words()


def test_requests_in_full_flow_are_answered_or_refused_and_nothing_in_between(
    own_plane: DataPlane,
) -> None:
    credential = own_plane.credential("shop-backend")
    with ThreadPoolExecutor(WRITERS) as threads:
        writing = [threads.submit(list, _stored(own_plane, credential)) for _ in range(WRITERS)]
        time.sleep(0.4)
        assert own_plane.stop() == 0
        acknowledged = [subject for one in writing for subject in one.result(20)]
    assert len(acknowledged) > WRITERS
    own_plane.start()
    _assert_there(own_plane, credential, acknowledged)


def _stored(plane: DataPlane, credential: str) -> Iterator[str]:
    """Stores customer after customer until the data plane is gone; those it acknowledged."""
    with Client(plane.url, credential=credential) as shop:
        while True:
            try:
                yield shop.store(person()).subject
            except ShopwardError:
                return


def _assert_there(plane: DataPlane, credential: str, subjects: list[str]) -> None:
    with plane.client(credential) as shop:
        for subject in subjects:
            seen = shop.reveal(subject, ["city"], purpose="account")
            assert seen.fields == {"city": "London"}


def test_killed_again_and_again_it_keeps_every_acknowledged_customer(own_plane: DataPlane) -> None:
    credential = own_plane.credential("shop-backend")
    acknowledged: list[str] = []
    notes = [own_plane.operator().checkpoint()]
    for kill in range(KILLS):
        with ThreadPoolExecutor(WRITERS) as threads:
            writing = [
                threads.submit(list, _until_killed(own_plane, credential, notes))
                for _ in range(WRITERS)
            ]
            time.sleep(0.1 + 0.037 * kill)
            own_plane.kill()
            acknowledged += [subject for one in writing for subject in one.result(20)]
        own_plane.start()
    assert len(acknowledged) > KILLS
    _assert_there(own_plane, credential, acknowledged)
    with own_plane.operator() as operator:
        assert assert_whole(operator) > len(acknowledged)
        _assert_extends(operator, notes)
    assert own_plane.stop() == 0


def _until_killed(plane: DataPlane, credential: str, notes: list[str]) -> Iterator[str]:
    with Client(plane.url, credential=credential) as shop:
        while True:
            try:
                stored = shop.store(person())
            except ShopwardError:
                return
            if stored.receipt.checkpoint is not None:
                notes.append(stored.receipt.checkpoint)
            yield stored.subject


def _assert_extends(operator: Client, notes: list[str]) -> None:
    """The log of now begins with every log that was ever signed."""
    verifier, now = Verifier.parse(operator.log_key()), operator.checkpoint()
    size = int(now.split("\n")[1])
    for note in notes[:: max(1, len(notes) // 40)]:
        proof = operator.consistency(int(note.split("\n")[1]), size)
        hashes = [decode_base64(one, "hash") for one in proof.hashes]
        verify_extends(note, now, format_consistency(hashes), verifier)


def test_readiness_says_when_it_stops(own_plane: DataPlane) -> None:
    head, body = _store(own_plane, own_plane.credential("shop-backend"))
    process = own_plane.process
    assert process is not None
    with own_plane.socket() as slow, own_plane.socket() as asking:
        slow.sendall(head + body[:10])
        asking.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in asking.recv(65536)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.02)
        with suppress(ConnectionError):
            asking.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        said = _all(asking)
        assert said == b"" or (b" 503 " in said and b"draining" in said)
        slow.close()
        wait_until(lambda: process.poll() is not None, 10)
    assert process.returncode == 0
    own_plane.process = None
