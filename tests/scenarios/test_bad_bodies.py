"""Bodies that are wrong in every way: a clear answer, no value in it, and the server lives on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from shopward_client import ConflictError, InvalidError
from tests.scenarios.people import number, person
from tests.scenarios.plane import DataPlane
from tests.scenarios.sender import SECRET, Sender, assert_problem, assert_unharmed

LIMIT = 1_048_576


@pytest.fixture(scope="module")
def sender(plane: DataPlane) -> Sender:
    return Sender(plane)


@pytest.fixture(autouse=True)
def _unharmed(sender: Sender) -> Iterator[None]:
    yield
    assert_unharmed(sender)


def test_a_body_above_the_limit_is_refused_by_its_length(sender: Sender) -> None:
    body = b'{"fields":{"note":"' + b"x" * LIMIT + b'"}}'
    told = assert_problem(sender.post("/v1/records", body), 413, "too-large")
    assert str(LIMIT) in told["detail"]


def test_a_length_that_only_claims_to_be_large_is_refused_unread(sender: Sender) -> None:
    head = sender.head("/v1/records", "Content-Type: application/json", f"Content-Length: {10**14}")
    assert b" 413 " in sender.raw(head, b"{").partition(b"\r\n")[0]


def test_a_chunked_body_above_the_limit_is_refused(sender: Sender) -> None:
    head = sender.head(
        "/v1/records", "Content-Type: application/json", "Transfer-Encoding: chunked"
    )
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = sender.raw(head, *[chunk] * 20, b"0\r\n\r\n")
    assert b" 413 " in answer.partition(b"\r\n")[0]


def test_a_chunked_body_within_the_limit_is_taken(sender: Sender) -> None:
    head = sender.head(
        "/v1/records", "Content-Type: application/json", "Transfer-Encoding: chunked"
    )
    body = json.dumps({"fields": person()}).encode()
    halves = [body[:40], body[40:]]
    chunks = [b"%x\r\n%s\r\n" % (len(half), half) for half in halves]
    assert b" 201 " in sender.raw(head, *chunks, b"0\r\n\r\n").partition(b"\r\n")[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"fields": {"city": "Xylophon-4711"',
        b'{"fields": {"city": "Xylophon-4711"}} {}',
        b"{'fields': {'city': 'Xylophon-4711'}}",
        b'{"fields": {"city": "Xylophon-4711",}}',
        b'{"fields": {"city": "Xylophon-4711 \xff"}}',
        b'{"fields": {"city": "Xylophon-4711 \xed\xa0\x80"}}',
        b'{"fields": {"city": "Xylophon-4711 \\ud800"}}',
        b'{"fields": {"city": "Xylophon-4711 \\udc00\\ud800"}}',
        b'{"fields": {"city": "Xylophon-4711 \n"}}',
        b'{"fields": {"city": "Xylophon-4711 \\x41"}}',
        b"\xef\xbb\xbf{}",
        b'{"fields": NaN}',
        b"\x00" * 64,
        b"[" * 100_000,
        b'{"fields":' * 100_000,
        b'{"fields": {"city": ' + b"[" * 100_000,
        b'{"fields": {"city": "a"}, "external": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_json_of_this_form_is_refused(sender: Sender, body: bytes) -> None:
    for path in ("/v1/records", "/v1/records/batch"):
        assert_problem(sender.post(path, body), 400, "invalid")


WRONG = [
    ("/v1/records", {}, "fields"),
    ("/v1/records", {"fields": {}}, "fields"),
    ("/v1/records", {"fields": [SECRET]}, "fields"),
    ("/v1/records", {"fields": {"city": 4711}}, "fields[...]"),
    ("/v1/records", {"fields": {"city": None}}, "fields[...]"),
    ("/v1/records", {"fields": {"city": {"name": SECRET}}}, "fields[...]"),
    ("/v1/records", {"fields": {"city": "x" * 10_001}}, "fields[...]"),
    ("/v1/records", {"fields": {"city": SECRET}, SECRET: 1}, None),
    ("/v1/records", {"fields": {"city": SECRET}, "external": ""}, "external"),
    ("/v1/records", {"fields": {"city": SECRET}, "external": SECRET * 20}, "external"),
    ("/v1/records", {"fields": {"city": SECRET}, "tokens": "email"}, "tokens"),
    ("/v1/records", {"fields": {"city": SECRET}, "tokens": [["email"]]}, "tokens[0]"),
    ("/v1/records", {"fields": {"city": SECRET}, "reference": SECRET * 20}, "reference"),
    ("/v1/reveal", {"fields": ["city"], "purpose": "account"}, "subject"),
    ("/v1/reveal", {"subject": "", "fields": ["city"]}, "subject"),
    ("/v1/reveal", {"subject": SECRET, "fields": ["city"]}, "subject"),
    ("/v1/reveal", {"subject": f"shoe_size:{SECRET}", "fields": ["city"]}, "subject"),
    ("/v1/reveal", {"subject": f"city:{SECRET}", "fields": ["city"]}, "subject"),
    ("/v1/reveal", {"subject": "external:", "fields": ["city"]}, "subject"),
    ("/v1/reveal", {"subject": f"email:{SECRET}", "fields": ["city"]}, "email"),
    ("/v1/reveal", {"subject": SECRET * 100, "fields": ["city"]}, "subject"),
    ("/v1/reveal", {"subject": [SECRET], "fields": ["city"]}, "subject"),
    ("/v1/reveal", {"subject": "external:1", "fields": ["city"] * 101}, "fields"),
    ("/v1/reveal", {"subject": "external:1", "fields": ["City"]}, "fields[0]"),
    ("/v1/reveal", {"subject": "external:1", "fields": ["city\n"]}, "fields[0]"),
    ("/v1/reveal", {"subject": "external:1", "purpose": "account "}, "purpose"),
    ("/v1/reveal", {"subject": "external:1", "purpose": 7}, "purpose"),
    ("/v1/reveal", {"subject": "external:1", "fact": SECRET}, "fact"),
    ("/v1/reveal", {"subject": "external:1", "fact": "order:"}, "fact"),
    ("/v1/search", {"field": "email", "value": SECRET, "purpose": "account"}, "email"),
    ("/v1/search", {"field": "email", "purpose": "account"}, "value"),
    ("/v1/search", {"field": "email", "value": [SECRET]}, "value"),
    ("/v1/update", {"subject": "external:1", "fields": {}}, "fields"),
    ("/v1/update", {"subject": "external:1", "fields": {"city": False}}, "fields[...]"),
    ("/v1/erase", {"subject": "external:1", "classes": []}, "classes"),
    ("/v1/erase", {"subject": "external:1", "classes": "order"}, "classes"),
    ("/v1/erase", {"subject": "external:1", "all": True}, None),
    ("/v1/explain", {"verb": "REVEAL"}, "verb"),
    ("/v1/reveal/batch", {"items": {"subject": SECRET}}, "items"),
    ("/v1/reveal/batch", [{"subject": SECRET}], None),
]


@pytest.mark.parametrize(("path", "body", "field"), WRONG)
def test_a_member_of_the_wrong_shape_is_named_and_its_value_is_not(
    sender: Sender, path: str, body: object, field: str | None
) -> None:
    told = assert_problem(sender.post(path, body), 400, "invalid")
    if "missing required" in told["detail"]:
        assert f"`{field}`" in told["detail"]
    else:
        assert told.get("field") == field


@pytest.mark.parametrize("version", ["1e400", "-1", "1.5", "9" * 400, "true", '"1"', "1e3"])
def test_numbers_beyond_reason_are_refused(sender: Sender, version: str) -> None:
    start = '{"type":"order","id":"1","state":"open","subject":"external:1","version":'
    body = f"{start}{version}}}"
    credential = sender.plane.credential("order-system")
    answer = sender.plane.ask("PUT", "/v1/facts", body.encode(), credential=credential)
    assert assert_problem(answer, 400, "invalid")["field"] == "version"


def test_the_largest_version_of_a_fact_is_stored_as_it_is(sender: Sender) -> None:
    subject = sender.client.store(person()).subject
    orders, fact = sender.plane.caller("order-system"), f"order:{number()}"
    top = 2**53 - 1
    assert orders.put_fact(fact, subject, "open", version=top).version == top
    with pytest.raises(ConflictError):
        orders.put_fact(fact, subject, "closed", version=top)
    assert orders.facts(subject).facts[0].version == top


def test_nul_bytes_and_other_controls_never_get_into_a_field(sender: Sender) -> None:
    for text in ("a\u0000b", "a\u001bb", "a\u0085b", "a\u202eb", "a\u2066b", "a\ufffeb"):
        answer = sender.post("/v1/records", {"fields": {"city": SECRET + text}})
        assert assert_problem(answer, 400, "invalid")["field"] == "city"


def test_ids_with_odd_letters_are_taken_as_they_are(sender: Sender) -> None:
    for odd in ("a\u0000b", "\u202e123", "'; DROP TABLE alias; --", "\U0001f600", " ", ":"):
        own = f"{odd}{number()}"
        subject = sender.client.store(person(), external=own).subject
        seen = sender.client.reveal(f"external:{own}", ["city"], purpose="account")
        assert seen.subject == subject


@pytest.mark.parametrize(
    "written",
    [
        "{name}\uff20example.com",
        "{wide}@example.com",
        "{name}@EXAMPLE\u3002COM",
        "{upper}@example.com.",
        " {name}@example.com\t",
    ],
)
def test_another_spelling_of_a_mail_address_is_the_same_address(
    sender: Sender, written: str
) -> None:
    name = f"mira.{number()}"
    sender.client.store(person(email=f"{name}@example.com"))
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in name)
    other = written.format(name=name, wide=wide, upper=name.upper())
    with pytest.raises((ConflictError, InvalidError)) as caught:
        sender.client.store(person(email=other))
    assert caught.value.field == "email"


@pytest.mark.parametrize(
    "written",
    [
        "mi\u200bra@example.com",
        "mi\u00adra@example.com",
        "mira@exam\u2060ple.com",
        "\u202emoc.elpmaxe@arim",
        "mira\u202c@example.com",
        "m\u0456ra@example.com",
        "mira@ex\u0430mple.com",
        "mira@\u0435xample.com",
        "mi\u0000ra@example.com",
        "mira@example.com\r\nBcc: eve@example.com",
        "mira@@example.com",
        "mira@example.com@evil.example",
        "mira@localhost",
        '"mi ra"@example.com',
        "mira(comment)@example.com",
        "mira@[127.0.0.1]",
        "mira@127.0.0.1",
        "mira@xn--.com",
        "@example.com",
        "mira@",
    ],
)
def test_an_address_that_could_be_taken_for_another_is_refused(
    sender: Sender, written: str
) -> None:
    answer = sender.post("/v1/records", {"fields": person(email=written)})
    assert assert_problem(answer, 400, "invalid")["field"] == "email"
    assert written not in answer.json()["detail"]
    search = {"field": "email", "value": written, "purpose": "account"}
    assert assert_problem(sender.post("/v1/search", search), 400, "invalid")["field"] == "email"
