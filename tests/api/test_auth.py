"""Credentials and rates, without a socket."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.api import auth
from shopward.api.auth import Bucket, Callers, RateLimited, hash_secret, new_credential
from shopward.clock import from_ms
from shopward.errors import TooLargeError, UnauthenticatedError
from shopward.policy import Freeze
from shopward.policy.parse import parse
from shopward.store import CallerRow
from shopward.vault.caller import OPERATOR, row_proof
from shopward.vault.frozen import write_freeze
from shopward.vault.keyring import Keyring
from shopward.vault.keystore import create
from shopward.vault.register import Register

EXAMPLE = (Path(__file__).parents[2] / "policy.example.toml").read_bytes()
POLICY = parse(EXAMPLE)
LIFTED = Freeze(frozenset({"reveal"}), from_ms(0), from_ms(1), "over")


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    path = tmp_path_factory.mktemp("keys") / "keystore.json"
    return Keyring(create(path, b"a passphrase for tests", profile="test"), b"i" * 16)


def knowing(keyring: Keyring, *rows: CallerRow) -> Callers:
    register = Register(keyring)
    register.take(rows, 1)
    return Callers(register, POLICY)


class Desk:
    """One caller of a role, known to a fresh set of callers."""

    def __init__(self, keyring: Keyring, role: str = "support") -> None:
        identifier, self.credential, hashed = new_credential()
        row = CallerRow(identifier, "x", role, 2, ("trained:pii",), hashed, 1)
        self.row = _proven(keyring, row)
        self.callers = knowing(keyring, self.row)
        self.header = b"Bearer " + self.credential.encode()


def _proven(keyring: Keyring, row: CallerRow, **changes: object) -> CallerRow:
    values = {name: getattr(row, name) for name in row.__struct_fields__} | changes
    bare = CallerRow(**(values | {"proof": b""}))
    return CallerRow(**(values | {"proof": row_proof(keyring, bare)}))


def test_a_credential_names_its_caller_and_keeps_256_bits() -> None:
    identifier, credential, hashed = new_credential()
    assert re.fullmatch(rf"swc_{identifier}_[A-Za-z0-9_-]{{43}}", credential)
    assert hashed == hash_secret(credential.removeprefix(f"swc_{identifier}_"))
    assert len({new_credential()[1] for _ in range(50)}) == 50


def test_a_known_credential_is_the_caller_with_all_it_carries(keyring: Keyring) -> None:
    desk = Desk(keyring)
    caller = desk.callers.authenticate(desk.header)
    assert (caller.id, caller.role, caller.assurance) == (desk.row.id, "support", 2)
    assert caller.clauses == {"trained:pii"}
    assert not caller.is_operator
    assert desk.callers.authenticate(b"bearer " + desk.credential.encode()) == caller


@given(junk=st.binary(max_size=120), at=st.integers(0, 70), bit=st.integers(0, 7))
def test_nothing_else_is(keyring: Keyring, junk: bytes, at: int, bit: int) -> None:
    desk = Desk(keyring)
    changed = bytearray(desk.header)
    changed[at % len(changed)] ^= 1 << bit
    for header in (None, b"", b"Bearer", b"Bearer ", junk, b"Bearer " + junk, bytes(changed)):
        if header is not None and header.lower() == desk.header.lower()[: len(header)]:
            continue
        with pytest.raises(UnauthenticatedError):
            desk.callers.authenticate(header)


def test_a_revoked_caller_is_nobody(keyring: Keyring) -> None:
    desk = Desk(keyring)
    desk.callers.register.take([_proven(keyring, desk.row, revoked_ms=2)], 2)
    with pytest.raises(UnauthenticatedError):
        desk.callers.authenticate(desk.header)
    assert desk.callers.register.rows[desk.row.id].revoked_ms == 2


def test_a_row_that_somebody_wrote_into_the_store_opens_nothing(keyring: Keyring) -> None:
    desk = Desk(keyring)
    for forged in (
        CallerRow(**(_values(desk.row) | {"role": "shop-backend"})),
        CallerRow(**(_values(desk.row) | {"assurance": 3})),
        CallerRow(**(_values(desk.row) | {"secret_hash": hash_secret("mine")})),
        CallerRow(**(_values(desk.row) | {"freeze": write_freeze(LIFTED)})),
        CallerRow(**(_values(desk.row) | {"proof": bytes(32)})),
        CallerRow(**(_values(desk.row) | {"proof": b""})),
    ):
        callers = knowing(keyring, forged)
        with pytest.raises(UnauthenticatedError):
            callers.authenticate(desk.header)


def _values(row: CallerRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


# ---------------------------------------------------------------------------------- Rates


@given(
    rate=st.integers(1, 1000),
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 50)), max_size=60),
)
def test_a_minute_is_never_more_than_was_given(rate: int, steps: list[tuple[float, int]]) -> None:
    bucket, now_s, taken = Bucket(rate, float(rate), 0.0), 0.0, 0
    for wait_s, count in steps:
        now_s += wait_s
        try:
            bucket.take(count, now_s)
        except RateLimited:
            continue
        taken += count
        assert taken <= rate + now_s * rate / 60 + 1e-6


@given(rate=st.integers(1, 1000), count=st.integers(1, 1000), used=st.integers(0, 1000))
def test_after_the_seconds_it_names_there_is_room(rate: int, count: int, used: int) -> None:
    count, used = min(count, rate), min(used, rate)
    bucket = Bucket(rate, float(rate - used), 0.0)
    if count <= rate - used:
        bucket.take(count, 0.0)
        return
    with pytest.raises(RateLimited) as caught:
        bucket.take(count, 0.0)
    assert caught.value.retry_after_s >= 1
    bucket.take(count, float(caught.value.retry_after_s))


def test_a_refused_take_takes_nothing() -> None:
    bucket = Bucket(10, 4.0, 0.0)
    with pytest.raises(RateLimited):
        bucket.take(5, 0.0)
    bucket.take(4, 0.0)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands still."""
    monkeypatch.setattr(auth, "monotonic_s", lambda: 100.0)


def test_each_caller_has_a_minute_of_its_own(keyring: Keyring, still: None) -> None:
    first, second = Desk(keyring), Desk(keyring)
    callers = knowing(keyring, first.row, second.row)
    one, two = (callers.authenticate(desk.header) for desk in (first, second))
    callers.take(one, 60)
    with pytest.raises(RateLimited):
        callers.take(one, 1)
    callers.take(two, 60)


def test_more_than_any_minute_holds_is_too_large_and_takes_nothing(
    keyring: Keyring, still: None
) -> None:
    desk = Desk(keyring)
    caller = desk.callers.authenticate(desk.header)
    with pytest.raises(TooLargeError):
        desk.callers.take(caller, 61)
    desk.callers.take(caller, 60)


def test_the_operator_is_not_counted(keyring: Keyring) -> None:
    desk = Desk(keyring)
    for _ in range(5):
        desk.callers.take(OPERATOR, 1_000_000)


def test_a_new_policy_changes_the_rate_and_not_what_was_used(keyring: Keyring, still: None) -> None:
    desk = Desk(keyring)
    caller = desk.callers.authenticate(desk.header)
    desk.callers.take(caller, 50)
    slower = parse(EXAMPLE.replace(b"rate_per_minute = 60\n", b"rate_per_minute = 20\n"))
    desk.callers.adopt(slower)
    desk.callers.take(caller, 10)
    with pytest.raises(RateLimited):
        desk.callers.take(caller, 1)
