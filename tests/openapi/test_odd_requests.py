"""Requests no client of ours sends: each gets an answer that is described, and none a 5xx."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopward.api.routes import ROUTES
from tests.openapi.running import Running

WAIT_S = 10.0
BLANK = b"\r\n\r\n"
METHODS = ["HEAD", "OPTIONS", "TRACE", "PATCH", "DELETE", "QUERY", "PROPFIND", "M-SEARCH", "LINK"]
TOO_MANY = 2**53


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def send(plane: Running, request: bytes) -> Answer:
    """Sends bytes as they are and reads one answer."""
    host, _, port = plane.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=WAIT_S) as wire:
        wire.sendall(request)
        got = b""
        while BLANK not in got:
            more = wire.recv(65_536)
            assert more, f"the connection ended after {len(got)} bytes"
            got += more
        head, _, body = got.partition(BLANK)
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        is_empty = request.startswith(b"HEAD ")
        while not is_empty and len(body) < int(headers.get("content-length", 0)):
            body += wire.recv(65_536)
    return Answer(int(first.split(" ")[1]), headers, body)


def ask(
    plane: Running,
    target: bytes,
    *headers: bytes,
    method: bytes = b"GET",
    body: bytes = b"",
    caller: str = "auditor",
) -> Answer:
    bearer = b"Authorization: Bearer " + plane.credentials[caller].encode()
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: vault", bearer, *headers]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return send(plane, b"\r\n".join(lines) + BLANK + body)


def store(plane: Running, body: bytes, *headers: bytes) -> Answer:
    media = () if any(b"Content-Type" in one for one in headers) else (JSON,)
    return ask(plane, b"/v1/records", *media, *headers, method=b"POST", body=body, caller="shop")


JSON = b"Content-Type: application/json"
GRACE = b'{"fields": {"first_name": "Grace"}}'


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/v1/%", 404),
        (b"/v1/%zz", 404),
        (b"/v1/%ff%fe", 404),
        (b"/v1/%00", 404),
        (b"/v1/policy%3f", 404),
        (b"/v1/policy/", 404),
        (b"//v1/policy", 404),
        (b"/v1/./policy", 404),
        (b"/v1/log/tile/..%2f..%2fetc", 404),
        (b"/v1/receipts/", 404),
        (b"/v1/receipts/%D9%A1", 400),
        (b"/v1/receipts/1/2", 400),
        (b"/v1/receipts/%31", 200),
        (b"/v1/policy?%ff=%fe", 200),
        (b"/v1/facts?subject=%ff", 400),
        (b"/v1/facts?subject=external:1041&subject=external:1042", 400),
        (b"/v1/facts?subject", 400),
        (b"/v1/log/entries?start=1&start=1", 400),
        (b"/v1/log/entries?start=-1", 400),
        (b"/v1/log/entries?start=%C2%B2", 400),
        (b"/v1/log/entries?start=%d" % TOO_MANY, 400),
        (b"/v1/log/entries?start=%d" % (TOO_MANY - 1), 200),
        (b"http://vault/v1/policy", 200),
        (b"/v1/policy#part", 200),
        (b"*", 404),
    ],
)
def test_odd_targets(plane: Running, target: bytes, status: int) -> None:
    assert ask(plane, target).status == status


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /v1/é HTTP/1.1".encode(),
        b"GET /v1/facts?subject=\xff HTTP/1.1",
        b"get /v1/policy HTTP/1.1",
        b"GOT /v1/policy HTTP/1.1",
        b"GET v1/policy HTTP/1.1",
        b"GET /v1/policy HTTP/9.9",
        b"CONNECT vault:443 HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_what_is_no_http_is_told_so(plane: Running, request_line: bytes) -> None:
    answer = send(plane, request_line + b"\r\nHost: vault" + BLANK)

    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    "headers",
    [
        (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Content-Length: -5",),
        (b"X-Control: a\x00b",),
        ("X-é: y".encode(),),
    ],
)
def test_ambiguous_heads_are_refused(plane: Running, headers: tuple[bytes, ...]) -> None:
    assert ask(plane, b"/v1/records", JSON, *headers, method=b"POST").status == 400


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/v1/records", "/v1/facts", "/healthz", "/openapi.json"])
def test_other_methods_are_told_what_is_allowed(plane: Running, method: str, path: str) -> None:
    routes = [method for route in ROUTES if route.path == path for method in route.methods]
    allowed = routes or ["GET", "HEAD"]
    answer = ask(plane, path.encode(), method=method.encode())

    if method not in allowed:
        assert (answer.status, answer.headers["allow"]) == (405, ", ".join(allowed))


def test_a_path_of_the_other_door_is_not_there_at_all(plane: Running) -> None:
    for method in (b"GET", b"POST", b"PATCH", b"OPTIONS"):
        assert ask(plane, b"/v1/policy/reload", method=method).status == 404


@pytest.mark.parametrize("target", [b"/v1/policy", b"/v1/log/key", b"/v1/receipts/0", b"/healthz"])
def test_head_is_get_without_the_body(plane: Running, target: bytes) -> None:
    whole, head = ask(plane, target), ask(plane, target, method=b"HEAD")
    passing = {"date", "x-request-id"}

    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, **dict.fromkeys(passing)} == {
        **whole.headers,
        **dict.fromkeys(passing),
    }


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((), b"hello"),
        ((), b"x" * 300_000),
        ((b"Transfer-Encoding: chunked",), b""),
    ],
)
def test_a_body_on_get_is_not_read(plane: Running, headers: tuple[bytes, ...], body: bytes) -> None:
    assert ask(plane, b"/v1/policy", *headers, body=body).status == 200


@pytest.mark.parametrize(
    ("media", "status"),
    [
        (b"application/json", 201),
        (b"application/json;charset=UTF-8", 201),
        (b'Application/JSON ; charset="utf-8"', 201),
        (b"application/json; charset=latin-1", 415),
        (b"application/json; charset=utf-8; charset=latin-1", 415),
        (b"application/problem+json", 415),
        (b"text/json", 415),
        (b"application/jsonp", 415),
        (b";", 415),
        (b"", 415),
    ],
)
def test_media_types(plane: Running, media: bytes, status: int) -> None:
    assert store(plane, GRACE, b"Content-Type: " + media).status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"fields": {"first_name": "\\ud800"}}',
        b'{"fields": {"first_name": "\xed\xa0\x80"}}',
        b'{"fields": {"first_name": "\xff"}}',
        b'{"fields": {"first_name\\n": "Grace"}}',
        b'{"fields": {"first_name": "Grace"}, "external": "\\udfff"}',
        b'\xef\xbb\xbf{"fields": {"first_name": "Grace"}}',
        b'{"fields": 1' + b"0" * 5000 + b"}",
        b'{"fields": {"first_name": "Grace"}, "more": 1}',
    ],
)
def test_odd_bodies(plane: Running, body: bytes) -> None:
    answer = store(plane, body)

    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert b"Grace" not in answer.body


def test_a_large_body_is_no_large_head(plane: Running) -> None:
    note = json.dumps({"fields": {"note": "ñ" * 5000}}, ensure_ascii=True).encode()
    many = b'{"items": [' + b",".join([note] * 20) + b"]}"
    answer = ask(plane, b"/v1/records/batch", JSON, method=b"POST", body=many, caller="shop")

    assert len(many) > 2**19
    assert answer.status == 200


def test_large_bodies_and_heads_are_refused_as_what_they_are(plane: Running) -> None:
    assert store(plane, b" " * 2**21).status == 413
    assert ask(plane, b"/v1/policy?" + b"x" * 2**19).status in {400, 431}
    assert ask(plane, b"/v1/policy", b"X-Long: " + b"x" * 2**19).status in {400, 431}


@pytest.mark.parametrize(
    "headers",
    [
        (b"Authorization: Bearer swc_x",),
        (b"Idempotency-Key: \xff",),
        (b"Idempotency-Key: ",),
        (b"Idempotency-Key: a b",),
        (b"Idempotency-Key: " + b"k" * 201,),
        (b"Idempotency-Key: k", b"Idempotency-Key: k"),
    ],
)
def test_odd_headers(plane: Running, headers: tuple[bytes, ...]) -> None:
    assert store(plane, GRACE, *headers).status == 400


@pytest.mark.parametrize(
    ("expires", "status"),
    [
        ("2030-12-24T18:00:00Z", 200),
        ("2030-12-24T18:00:00.123456789+14:00", 200),
        ("1970-01-01T00:00:00+23:59", 200),
        ("9999-12-31T23:59:59Z", 200),
        ("9999-12-31T23:59:59+14:00", 200),
        ("9999-12-31T23:59:59-14:00", 400),
        ("0001-01-01T00:00:00+14:00", 400),
        ("2030-02-30T18:00:00Z", 400),
        ("2030-12-24T24:00:00Z", 400),
        ("2030-12-24T18:00:00", 400),
        ("2030-12-24 18:00:00Z", 400),
        ("20301224T180000Z", 400),
        ("2030-W52-2T18:00:00Z", 400),
        ("2030-12-24T18:00:00Z\n", 400),
        ("2030-12-24", 400),
    ],
)
def test_expiries(plane: Running, expires: str, status: int) -> None:
    fact = {"type": "order", "id": "e", "subject": "external:1041", "state": "open"}
    with plane.caller("orders") as orders:
        answer = orders.put("/v1/facts", json={**fact, "expires": expires})
        listed = orders.get("/v1/facts", params={"subject": "external:1041"})

    assert (answer.status_code, listed.status_code) == (status, 200)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"expires": "soon"}, "2026-12-24T18:00:00+01:00"),
        ({"state": "open\n"}, "`open` or `closed`"),
        ({"type": "Order"}, "Lower case"),
    ],
)
def test_refusals_say_how_to_write_it(plane: Running, change: dict[str, str], hint: str) -> None:
    fact = {"type": "order", "id": "h", "subject": "external:1041", "state": "open"}
    with plane.caller("orders") as orders:
        said = orders.put("/v1/facts", json=fact | change).json()

    assert (said["status"], said["field"]) == (400, next(iter(change)))
    assert hint in said["hint"]
    assert next(iter(change.values())) not in json.dumps(said)


def test_refusals_carry_their_headers(plane: Running) -> None:
    with httpx2.Client(base_url=plane.url) as stranger:
        answer = stranger.get("/v1/policy")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert answer.headers["x-request-id"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tail=st.binary(max_size=60), method=st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD"]))
def test_any_bytes_get_an_answer(plane: Running, tail: bytes, method: bytes) -> None:
    clean = tail.replace(b"\r", b"").replace(b"\n", b"").replace(b" ", b"")
    answer = ask(plane, b"/v1/" + clean, method=method)

    assert 200 <= answer.status < 500
