"""Trying again: only what is safe, only so often, only so long."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shopward_client as sc
from clients.python.tests.fake_vault import Driver, FakeVault
from shopward_client.call import Answer, Call, Failure
from shopward_client.calls import admin, reads, writes

POLICY = {"sha256": "ab", "shop": "Acme", "loaded": "t"}
WRITE = writes.erase("cus_1")
UNSENT, LOST = Failure(is_sent=False, why="connect error"), Failure(is_sent=True, why="timeout")


def test_a_write_is_repeated_under_one_key(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.script.append(httpx2.ConnectError("refused"))
    vault.refuses("unavailable", 503)
    vault.says({"subject": "cus_1", "receipt": receipt}, 201)
    driver.do("store", {"email": "ada@example.com"})
    assert len({request.headers["idempotency-key"] for request in vault.asked}) == 1
    assert len({request.content for request in vault.asked}) == 1
    assert len(vault.slept) == 2


def test_two_writes_have_two_keys(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    for _ in range(2):
        vault.says({"subject": "cus_1", "classes": [], "receipt": receipt})
        driver.do("erase", "cus_1")
    assert len({request.headers["idempotency-key"] for request in vault.asked}) == 2


def test_the_wait_that_the_vault_names_is_kept(driver: Driver, vault: FakeVault) -> None:
    vault.refuses("rate-limited", 429, wait="3")
    vault.says(POLICY)
    driver.do("policy")
    assert 3 <= vault.slept[0] < 3.1


def test_a_wait_beyond_patience_is_handed_over(driver: Driver, vault: FakeVault) -> None:
    vault.refuses("rate-limited", 429, wait="31")
    with pytest.raises(sc.RateLimitedError) as raised:
        driver.do("policy")
    assert raised.value.retry_after_s == 31
    assert vault.slept == []


def test_it_gives_up(driver: Driver, vault: FakeVault) -> None:
    for _ in range(4):
        vault.refuses("unavailable", 503)
    with pytest.raises(sc.UnavailableError):
        driver.do("policy")
    assert (len(vault.asked), len(vault.slept)) == (4, 3)


def test_a_new_credential_is_never_made_twice(driver: Driver, vault: FakeVault) -> None:
    vault.refuses("unavailable", 503)
    with pytest.raises(sc.UnavailableError):
        driver.do("add_caller", "shop", "shop-backend")
    assert len(vault.asked) == 1
    assert "idempotency-key" not in vault.asked[0].headers


@pytest.mark.parametrize(
    ("got", "is_tried_again"),
    [
        (UNSENT, True),
        (LOST, False),
        (Answer(503, "application/problem+json", b""), True),
        (Answer(429, "application/problem+json", b"", 1), True),
        (Answer(429, "application/problem+json", b""), False),
        (Answer(500, "application/problem+json", b""), False),
        (Answer(409, "application/problem+json", b"", 1), False),
        (Answer(200, "application/json", b""), False),
    ],
)
@pytest.mark.parametrize("call", [WRITE, reads.search("email", "x"), admin.policy()])
def test_only_what_is_safe_is_tried_again(
    call: Call[Any], got: Answer | Failure, is_tried_again: object
) -> None:
    assert (sc.Retry().wait_s(call, got, 1) is not None) == is_tried_again


def test_a_post_without_a_key_is_not_repeated() -> None:
    bare = Call("POST", "/v1/later", lambda answer: answer)
    assert sc.Retry().wait_s(bare, UNSENT, 1) is None


@given(
    tries=st.integers(min_value=1, max_value=2000),
    share=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_jitter_is_bounded(tries: int, share: float) -> None:
    assert 0 <= sc.Retry(cap_s=5.0)._jitter_s(tries, share) <= 5.0


@pytest.mark.parametrize(
    ("tries", "share", "wait_s"),
    [(1, 0.0, 0.0), (1, 0.5, 0.05), (3, 0.5, 0.2), (50, 0.5, 2.5), (5000, 0.5, 2.5)],
)
def test_jitter_is_full_and_doubles(tries: int, share: float, wait_s: float) -> None:
    assert sc.Retry(base_s=0.1, cap_s=5.0)._jitter_s(tries, share) == pytest.approx(wait_s)
