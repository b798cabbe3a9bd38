"""HTTP that is wrong, slow or cut off: refused, bounded, and nothing is done by halves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane, wait_until
from tests.scenarios.sender import SECRET, Sender, all_of, assert_problem, assert_unharmed


@pytest.fixture(scope="module")
def sender(plane: DataPlane) -> Sender:
    return Sender(plane)


@pytest.fixture(autouse=True)
def _unharmed(sender: Sender) -> Iterator[None]:
    yield
    assert_unharmed(sender)


def test_a_body_must_be_declared_as_json(sender: Sender) -> None:
    body = json.dumps({"fields": person(city=SECRET)}).encode()
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/json-patch", ""):
        answer = sender.post("/v1/records", body, Content_Type=media)
        assert_problem(answer, 415, "media-type")
    for media in ("application/json", "Application/JSON", "application/json; charset=utf-8"):
        fresh = json.dumps({"fields": person()}).encode()
        assert sender.post("/v1/records", fresh, Content_Type=media).status == 201
    latin = "application/json; charset=latin-1"
    assert sender.post("/v1/records", body, Content_Type=latin).status == 415


@pytest.mark.parametrize(
    "twice",
    [
        "Authorization: Bearer swc_000000000000_x",
        "Content-Type: application/json",
        "Idempotency-Key: other",
    ],
)
def test_a_header_that_decides_something_is_given_once(sender: Sender, twice: str) -> None:
    body = json.dumps({"fields": person()}).encode()
    usual = (
        "Content-Type: application/json",
        "Idempotency-Key: one",
        f"Content-Length: {len(body)}",
    )
    answer = sender.raw(sender.head("/v1/records", *usual, twice), body)
    assert b" 400 " in answer.partition(b"\r\n")[0]
    assert twice.partition(":")[0].lower().encode() in answer.lower()


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Content-Length: -5",),
        ("Content-Length: five",),
        ("Content-Length: " + "9" * 40,),
        ("Transfer-Encoding: gzip, chunked", "Content-Length: 3"),
    ],
)
def test_a_body_of_two_lengths_is_refused(sender: Sender, lines: tuple[str, ...]) -> None:
    head = sender.head("/v1/records", "Content-Type: application/json", *lines)
    first = sender.raw(head, b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"HTTP/1.1 2" not in first
    assert first.count(b"HTTP/1.1 ") <= 1


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x00" * 100,
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(sender: Sender, bytes_: bytes) -> None:
    answer = sender.raw(bytes_)
    assert b"HTTP/1.1 2" not in answer


def test_paths_that_are_not_there_tell_nothing(sender: Sender) -> None:
    for path in (
        f"/v1/{SECRET}",
        "/",
        "/v1/records/",
        "/v1//records",
        "/v1/records/../callers",
        "/V1/records",
        "/v1/receipts/",
        "/v1/log/tile/0/x001",
        "/v1/log/tile/../../etc/passwd",
        "/%2e%2e/etc/passwd",
    ):
        answer = sender.plane.ask("GET", path, credential=sender.credential)
        assert answer.status in {404, 405}, path
        assert SECRET not in answer.body.decode()


def test_a_path_says_which_methods_it_takes(sender: Sender) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = sender.plane.ask(method, "/v1/records", credential=sender.credential)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert sender.plane.ask("POST", "/healthz", b"{}").status == 405
    assert sender.plane.ask("POST", "/v1/log/checkpoint", b"{}").status == 401


@pytest.mark.parametrize(
    "query",
    [
        "index=x",
        "index=-1",
        "index=1.0",
        "index=\u0661",
        "index=99999999999999999999",
        "index=1&index=2",
        "index",
        "",
        "index=0&size=0",
        "index=0&size=99999999",
        "index=9007199254740991&size=9007199254740991",
        "index=%FF",
    ],
)
def test_numbers_in_a_query_are_numbers(sender: Sender, query: str) -> None:
    path = "/v1/log/proof/inclusion?" + query.replace("\u0661", "%D9%A1")
    assert_problem(sender.plane.ask("GET", path, credential=sender.credential), 400, "invalid")


def test_an_entry_that_is_not_there_is_not_found(sender: Sender) -> None:
    for index in ("99999999", "9007199254740991"):
        answer = sender.plane.ask("GET", f"/v1/receipts/{index}", credential=sender.credential)
        assert_problem(answer, 404, "not-found")
    for index in ("-1", "x", "1/2", "0x10"):
        answer = sender.plane.ask("GET", f"/v1/receipts/{index}", credential=sender.credential)
        assert answer.status in {400, 404}


def test_a_slow_client_keeps_nobody_waiting(sender: Sender) -> None:
    body = json.dumps({"fields": person()}).encode()
    head = sender.head(
        "/v1/records", "Content-Type: application/json", f"Content-Length: {len(body)}"
    )
    with sender.plane.socket() as slow:
        for at in range(0, len(head), 16):
            slow.sendall(head[at : at + 16])
            time.sleep(0.002)
        before = time.monotonic()
        sender.assert_alive()
        assert time.monotonic() - before < 2
        for at in range(0, len(body), 16):
            slow.sendall(body[at : at + 16])
        assert b" 201 " in all_of(slow).partition(b"\r\n")[0]


def test_a_client_that_leaves_in_the_middle_of_a_body_changes_nothing(sender: Sender) -> None:
    before = sender.plane.size()
    body = json.dumps({"fields": person()}).encode()
    for sent in (0, 1, len(body) // 2, len(body) - 1):
        with sender.plane.socket() as connection:
            head = sender.head(
                "/v1/records", "Content-Type: application/json", f"Content-Length: {len(body)}"
            )
            connection.sendall(head + body[:sent])
    time.sleep(0.1)
    assert sender.plane.size() == before


def test_a_request_whose_client_left_is_entered_all_the_same(sender: Sender) -> None:
    subject = sender.client.store(person()).subject
    look = {"subject": subject, "fields": ["city"], "purpose": "account"}
    body = json.dumps({"items": [look] * 300}).encode()
    before = sender.plane.size()
    with sender.plane.socket() as connection:
        head = sender.head(
            "/v1/reveal/batch", "Content-Type: application/json", f"Content-Length: {len(body)}"
        )
        connection.sendall(head + body)
    wait_until(lambda: sender.plane.size() == before + 300, 10)


def test_requests_in_one_go_are_answered_in_their_order(sender: Sender) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = sender.raw(one + two + one + last)
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"401", b"200", b"200"]


def test_many_idle_connections_leave_room(sender: Sender) -> None:
    idle = [sender.plane.socket() for _ in range(200)]
    try:
        sender.assert_alive()
    finally:
        for one in idle:
            one.close()


def test_a_head_has_the_length_of_the_body_it_leaves_out(plane: DataPlane) -> None:
    whole, head = plane.ask("GET", "/healthz"), plane.ask("HEAD", "/healthz")
    assert head.body == b""
    assert head.headers["content-length"] == str(len(whole.body))


def test_every_answer_forbids_keeping_it(sender: Sender, plane: DataPlane) -> None:
    for answer in (plane.ask("GET", "/healthz"), sender.post("/v1/reveal", b"{")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]
        assert "server" not in answer.headers
