"""The keyring: keys by customer and class, and a memory that erasure can trust."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import UndecryptableError
from shopward.vault.context import context, u32
from shopward.vault.keyring import SCHEMA_VERSION, Keyring
from shopward.vault.keystore import FileCustodian, create, fresh_secrets
from shopward.vault.keystore_document import SealingKey, kdf_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
INSTALLATION = b"i" * 16
ADA = b"a" * 16
BOB = b"b" * 16
IDS = st.binary(min_size=16, max_size=16)


class _Counting(FileCustodian):
    """Counts how often a wrapped key is opened."""

    unwrapped = 0

    def unwrap(self, epoch: int, wrapped: bytes, context: bytes) -> bytes:
        self.unwrapped += 1
        return super().unwrap(epoch, wrapped, context)


@pytest.fixture
def custodian(tmp_path: Path) -> _Counting:
    made = create(tmp_path / "keystore", b"a long test passphrase", profile="test")
    return _Counting(made._path, made._sealing_key, made._secrets)


@pytest.fixture
def ring(custodian: _Counting) -> Keyring:
    return Keyring(custodian, INSTALLATION)


def test_a_minted_key_is_found_again(ring: Keyring, custodian: _Counting) -> None:
    dek, epoch, wrapped = ring.mint(ADA, "account", 1, NOW)

    assert ring.dek(ADA, "account", 1, epoch, wrapped).remains == dek.remains
    assert custodian.unwrapped == 0
    assert Keyring(custodian, INSTALLATION).dek(ADA, "account", 1, epoch, wrapped).key_id == (
        dek.key_id
    )


@pytest.mark.parametrize(
    ("subject", "cls", "version", "epoch_step"),
    [(BOB, "account", 1, 0), (ADA, "order", 1, 0), (ADA, "account", 2, 0), (ADA, "account", 1, 1)],
)
def test_a_key_moved_elsewhere_does_not_open(
    ring: Keyring, subject: bytes, cls: str, version: int, epoch_step: int
) -> None:
    _, epoch, wrapped = ring.mint(ADA, "account", 1, NOW)
    with pytest.raises(UndecryptableError):
        ring.dek(subject, cls, version, epoch + epoch_step, wrapped)


def test_another_installation_does_not_open_it(ring: Keyring, custodian: _Counting) -> None:
    _, epoch, wrapped = ring.mint(ADA, "account", 1, NOW)
    with pytest.raises(UndecryptableError):
        Keyring(custodian, b"j" * 16).dek(ADA, "account", 1, epoch, wrapped)


def test_memory_never_answers_for_other_wrapped_bytes(ring: Keyring) -> None:
    old, *_ = ring.mint(ADA, "account", 1, NOW)
    _, epoch, wrapped = ring.mint(ADA, "account", 1, NOW)
    ring.mint(ADA, "account", 1, NOW)

    assert ring.dek(ADA, "account", 1, epoch, wrapped).key_id != old.key_id
    with pytest.raises(UndecryptableError):
        ring.dek(ADA, "account", 1, epoch, wrapped[:-1] + bytes([wrapped[-1] ^ 1]))


def test_forgetting_drops_every_class_of_one_customer(ring: Keyring, custodian: _Counting) -> None:
    keys = {cls: ring.mint(ADA, cls, 1, NOW) for cls in ("account", "order")}
    other = ring.mint(BOB, "account", 1, NOW)
    stored = [(cls, 1, epoch, wrapped) for cls, (_, epoch, wrapped) in keys.items()]
    ring.forget(ADA, stored)
    ring.forget(ADA, stored)
    ring.dek(BOB, "account", 1, *other[1:])
    assert custodian.unwrapped == 0

    for cls, (_, epoch, wrapped) in keys.items():
        ring.dek(ADA, cls, 1, epoch, wrapped)
    assert custodian.unwrapped == 2

    ring.clear()
    ring.dek(BOB, "account", 1, *other[1:])
    assert custodian.unwrapped == 3


def test_the_oldest_leave_first(custodian: _Counting) -> None:
    ring = Keyring(custodian, INSTALLATION, cache_size=2)
    made = {one: ring.mint(one, "account", 1, NOW)[1:] for one in (ADA, BOB)}
    ring.mint(b"c" * 16, "account", 1, NOW)

    ring.dek(BOB, "account", 1, *made[BOB])
    assert custodian.unwrapped == 0
    ring.dek(ADA, "account", 1, *made[ADA])
    assert custodian.unwrapped == 1


def test_memory_stays_bounded(custodian: _Counting) -> None:
    ring = Keyring(custodian, INSTALLATION, cache_size=5)
    for step in range(40):
        _, epoch, wrapped = ring.mint(bytes([step % 7]) * 16, f"class{step % 3}", 1, NOW)
        if step % 4 == 0:
            ring.forget(bytes([step % 7]) * 16, [(f"class{step % 3}", 1, epoch, wrapped)])
        assert len(ring._cache) <= 5


@given(IDS, IDS, st.text(max_size=9), st.text(max_size=9), st.integers(1, 2**32 - 1))
def test_a_field_context_is_its_parts(
    installation: bytes, subject: bytes, cls: str, field: str, version: int
) -> None:
    ring = Keyring(_Nobody(), installation)
    parts = [b"shopward/field/v1", installation, subject, cls.encode(), field.encode()]
    expected = context(*parts, u32(version), u32(SCHEMA_VERSION))

    assert ring.field_context(cls, field, subject, version) == expected
    assert ring.field_context(cls, field, subject, version) == expected


class _Nobody(FileCustodian):
    """Keeps nothing on a disk, for tests that need no key."""

    def __init__(self) -> None:
        """Holds no file."""
        kdf = kdf_of("test", bytes(16))
        super().__init__(Path("nowhere"), SealingKey(bytes(32), kdf), fresh_secrets())


def test_ids_have_16_bytes(ring: Keyring) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        ring.field_context("account", "email", b"short", 1)
    with pytest.raises(ValueError, match="16 bytes"):
        Keyring(_Nobody(), b"short")


def test_each_index_has_its_own_key(ring: Keyring) -> None:
    ring.custodian.begin("index", 2, NOW)
    names = [("email", "unique", 1), ("email", "unique", 2), ("phone", "unique", 1)]
    names += [("email", "u", 1), ("emailu", "nique", 1)]
    digests = {ring.index(*name).digest("ada@example.com") for name in names}
    digests.add(ring.name("email", "unique").digest("ada@example.com"))

    assert len(digests) == len(names) + 1
    assert ring.index("email", "unique") is ring.index("email", "unique", 1)


def test_a_value_does_not_open_in_another_place(ring: Keyring) -> None:
    dek, *_ = ring.mint(ADA, "account", 1, NOW)
    sealed = dek.seal(b"value", ring.field_context("account", "email", ADA, 1))
    places = [("account", "phone", ADA, 1), ("order", "email", ADA, 1)]
    places += [("account", "email", BOB, 1), ("account", "email", ADA, 2)]
    for place in places:
        with pytest.raises(UndecryptableError):
            dek.open_(sealed, ring.field_context(*place))
