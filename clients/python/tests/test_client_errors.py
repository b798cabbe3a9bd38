"""Refusals: the right class, all that a person needs, and nothing that must not be seen."""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
import traceback
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shopward_client as sc
from clients.python.tests.fake_vault import Driver, FakeVault
from shopward_client.call import Answer, finish
from shopward_client.calls import reads

CANARY = "canary.4711@example.com"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("invalid", 400, sc.InvalidError),
        ("unauthenticated", 401, sc.UnauthenticatedError),
        ("denied", 403, sc.DeniedError),
        ("not-found", 404, sc.NotFoundError),
        ("conflict", 409, sc.ConflictError),
        ("erased", 410, sc.ErasedError),
        ("too-large", 413, sc.TooLargeError),
        ("rate-limited", 429, sc.RateLimitedError),
        ("undecryptable", 500, sc.UndecryptableError),
        ("policy", 500, sc.PolicyError),
        ("unavailable", 503, sc.UnavailableError),
        ("brand-new", 418, sc.ShopwardError),
    ],
)
def test_every_code_has_its_class(
    driver: Driver,
    vault: FakeVault,
    receipt: dict[str, object],
    code: str,
    status: int,
    kind: type[sc.ShopwardError],
) -> None:
    vault.refuses(code, status, reason="because", field="phone", receipt=receipt)
    with pytest.raises(sc.ShopwardError) as raised:
        driver.run(lambda client: client.erase("cus_1"), retry=sc.Retry(attempts=1))
    error = raised.value
    assert type(error) is kind
    assert (error.code, error.status, error.title) == (code, status, "Title")
    assert (error.detail, error.hint) == ("Detail.", "Hint.")
    assert (error.field, error.reason, error.receipt.index) == ("phone", "because", 7)
    assert error.idempotency_key == vault.asked[0].headers["idempotency-key"]


def test_an_error_says_in_a_log_what_happened() -> None:
    answer = Answer(403, "application/problem+json", problem_bytes("denied", "fact-closed"))
    with pytest.raises(sc.DeniedError) as raised:
        finish(reads.reveal("cus_1", ["email"]), answer)
    said = "The policy does not permit this (denied, reason fact-closed)"
    assert str(raised.value) == said
    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - our own bytes
    assert (str(again), again.reason, again.detail) == (said, "fact-closed", CANARY)


def problem_bytes(code: str, reason: str) -> bytes:
    words = {"type": "x", "title": CANARY, "detail": CANARY, "hint": CANARY, "status": 403}
    return json.dumps(words | {"code": code, "reason": reason}).encode()


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (302, {"headers": {"location": "https://elsewhere.example"}}),
        (200, {"html": "<p>" + CANARY}),
        (200, {"content": b"[" * 100_000}),
        (200, {"json": {"subject": 1, "fields": {CANARY: CANARY}}}),
        (200, {"json": {"subject": CANARY}}),
        (200, {"json": [CANARY]}),
        (200, {"headers": {"content-encoding": "gzip"}, "stream": httpx2.ByteStream(b"no")}),
        (404, {"text": CANARY}),
        (500, {"json": {"detail": CANARY}}),
        (403, {"text": CANARY, "headers": {"content-type": "application/problem+json"}}),
    ],
    ids=["redirect", "html", "deep", "type", "missing", "list", "gzip", "404", "500", "problem"],
)
def test_what_is_no_vault_is_told_apart_and_not_quoted(
    driver: Driver, vault: FakeVault, status: int, options: dict[str, Any]
) -> None:
    vault.script.append(httpx2.Response(status, **options))
    with pytest.raises((sc.UnexpectedAnswerError, sc.NoAnswerError)) as raised:
        driver.do("reveal", f"email:{CANARY}", ["email"])
    assert len(vault.asked) == 1
    assert_silent(raised.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(429, sc.RateLimitedError), (503, sc.UnavailableError)]
)
def test_a_proxy_that_refuses_is_understood_by_its_status(
    driver: Driver, vault: FakeVault, status: int, kind: type[sc.ShopwardError]
) -> None:
    vault.script.append(httpx2.Response(status, text=CANARY))
    with pytest.raises(kind) as raised:
        driver.run(lambda client: client.policy(), retry=sc.Retry(attempts=1))
    assert raised.value.status == status
    assert_silent(raised.value)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx2.ConnectError(CANARY), sc.UnreachableError),
        (httpx2.ConnectTimeout(CANARY), sc.UnreachableError),
        (httpx2.ReadTimeout(CANARY), sc.NoAnswerError),
        (httpx2.RemoteProtocolError(CANARY), sc.NoAnswerError),
    ],
)
def test_silence_says_whether_the_vault_may_have_acted(
    driver: Driver, vault: FakeVault, fault: httpx2.TransportError, kind: type[sc.ShopwardError]
) -> None:
    vault.script.append(fault)
    with pytest.raises(kind) as raised:
        driver.run(
            lambda client: client.store({"email": CANARY}, idempotency_key="mine"),
            retry=sc.Retry(attempts=1),
        )
    assert (raised.value.status, raised.value.idempotency_key) == (0, "mine")
    assert_silent(raised.value)


def test_nobody_who_catches_unavailable_to_write_again_catches_no_answer() -> None:
    assert not issubclass(sc.NoAnswerError, sc.UnavailableError)


def assert_silent(error: BaseException) -> None:
    shown = "".join(traceback.format_exception(error)) + repr(error)
    assert CANARY not in shown
    assert error.__context__ is None
    assert error.__cause__ is None


def test_neither_logs_nor_reprs_show_values_or_credential(
    driver: Driver,
    vault: FakeVault,
    receipt: dict[str, object],
    credential: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    vault.says({"subject": "cus_1", "facts": []})
    driver.do("facts", f"email:{CANARY}")
    vault.says({"subject": "cus_1", "fields": {"email": CANARY}, "receipt": receipt})
    shown = driver.do("reveal", f"email:{CANARY}", ["email"])
    call = reads.search("email", CANARY)
    client = driver.open()
    items = [
        sc.Store({"email": CANARY}, CANARY),
        sc.Update(CANARY, {"email": CANARY}),
        sc.Search("email", CANARY),
        sc.Reveal(CANARY, ["email"]),
        sc.Erase(CANARY),
        sc.Explain(subject=CANARY),
        sc.PutFact("order:1", CANARY, "open"),
    ]
    seen = caplog.text + repr([shown, call, client, items, vars(client)])
    assert CANARY not in seen
    assert credential not in seen


@pytest.mark.parametrize("credential", ["swc bad", "swc_1\r\nX: y", "", "swc_ü"])
def test_a_credential_that_would_break_a_header_is_refused_unseen(
    driver: Driver, vault: FakeVault, credential: str
) -> None:
    with pytest.raises(sc.ConfigError) as raised:
        driver.run(lambda client: client.policy(), credential=credential)
    assert raised.value.field == "credential"
    assert not credential or credential not in str(raised.value)
    assert vault.asked == []


MEMBERS = st.sampled_from(["subject", "fields", "receipt", "index", "leaf_hash", "checkpoint"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(MEMBERS | st.text(), inner),
    max_leaves=12,
)
CALL = reads.reveal("cus_1", ["email"])


@given(
    body=st.binary() | json_values.map(lambda document: json.dumps(document).encode()),
    status=st.integers(min_value=100, max_value=599),
    media_type=st.sampled_from(["application/json", "application/problem+json", "text/html"]),
)
def test_any_answer_is_a_result_or_a_shopward_error(
    body: bytes, status: int, media_type: str
) -> None:
    with contextlib.suppress(sc.ShopwardError):
        result = finish(CALL, Answer(status, media_type, body))
        assert isinstance(result, sc.Revealed)
        assert isinstance(result.receipt.index, int)
