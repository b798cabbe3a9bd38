"""Context, data keys, wrapping, index and body: round trips, altered bytes, moved values."""

from __future__ import annotations

from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import ShopwardError, UndecryptableError
from shopward.vault import body
from shopward.vault.blind_index import BlindIndex
from shopward.vault.cipher import OVERHEAD_BYTES, Dek, key_id
from shopward.vault.context import context
from shopward.vault.custodian import WRAPPED_BYTES, unwrap_dek, wrap_dek
from shopward.vault.xaes import Xaes256Gcm

KEYS = st.binary(min_size=32, max_size=32)
PARTS = st.lists(st.binary(max_size=9), max_size=5)


@given(PARTS, PARTS)
def test_contexts_are_injective(one: list[bytes], other: list[bytes]) -> None:
    assert (context(*one) == context(*other)) == (one == other)


@given(PARTS.filter(bool), st.data())
def test_moving_a_boundary_gives_another_context(parts: list[bytes], data: st.DataObject) -> None:
    joined = b"".join(parts)
    cuts = data.draw(st.lists(st.integers(0, len(joined)), max_size=4).map(sorted))
    ends = [0, *cuts, len(joined)]
    moved = [joined[a:b] for a, b in pairwise(ends)]

    assert (context(*moved) == context(*parts)) == (moved == parts)


@given(KEYS, st.binary(max_size=300), st.binary(max_size=60))
def test_a_field_opens_as_it_was_sealed(key: bytes, plaintext: bytes, bound: bytes) -> None:
    sealed = Dek(key).seal(plaintext, bound)

    assert Dek(key).open_(sealed, bound) == plaintext
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES
    assert sealed[1:17] == Dek(key).key_id


def test_two_seals_of_one_value_differ() -> None:
    dek = Dek(bytes(32))

    assert dek.seal(b"value", b"") != dek.seal(b"value", b"")


@pytest.mark.parametrize("plaintext", [b"", b"ada@example.com"])
def test_no_single_bit_may_flip_in_a_field(plaintext: bytes) -> None:
    dek = Dek(bytes(32))
    sealed = dek.seal(plaintext, b"bound")
    for bit in range(len(sealed) * 8):
        with pytest.raises(UndecryptableError):
            dek.open_(_flipped(sealed, bit), b"bound")


def test_no_single_bit_may_flip_in_the_context() -> None:
    dek = Dek(bytes(32))
    sealed = dek.seal(b"value", b"bound")
    for bit in range(40):
        with pytest.raises(UndecryptableError):
            dek.open_(sealed, _flipped(b"bound", bit))


@given(st.binary(max_size=100))
def test_anything_else_is_refused_alike(noise: bytes) -> None:
    with pytest.raises(UndecryptableError) as caught:
        Dek(bytes(32)).open_(noise, b"")
    assert str(caught.value) == UndecryptableError.title


@given(KEYS, KEYS)
def test_another_key_is_refused_before_it_is_tried(one: bytes, other: bytes) -> None:
    sealed = Dek(one).seal(b"value", b"")
    if one != other:
        with pytest.raises(UndecryptableError):
            Dek(other).open_(sealed, b"")


@given(st.integers(0, 60))
def test_a_truncated_field_is_refused(length: int) -> None:
    dek = Dek(bytes(32))
    sealed = dek.seal(b"sixteen bytes...", b"")
    with pytest.raises(UndecryptableError):
        dek.open_(sealed[:length], b"")


@given(KEYS)
def test_the_key_id_is_the_head_of_hkdf_expand(key: bytes) -> None:
    expanded = HKDFExpand(SHA256(), 16, b"shopward/key-id/v1").derive(key)

    assert key_id(key) == expanded


def test_no_repr_shows_a_key() -> None:
    key = bytes(range(32))
    for thing in (Dek(key), Xaes256Gcm(key), BlindIndex(key)):
        assert key.hex() not in repr(thing)
        assert repr(key) not in repr(thing)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_keys_have_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Dek(bytes(length))
    with pytest.raises(ValueError, match="32 bytes"):
        Xaes256Gcm(bytes(length))


@given(KEYS, st.integers(0, 2**32 - 1), st.binary(max_size=60))
def test_a_wrapped_key_opens_under_its_epoch_and_context(
    dek: bytes, epoch: int, bound: bytes
) -> None:
    kek = Xaes256Gcm(bytes(32))
    wrapped = wrap_dek(kek, epoch, dek, bound)

    assert len(wrapped) == WRAPPED_BYTES
    assert unwrap_dek(kek, epoch, wrapped, bound) == dek
    for wrong in ((epoch ^ 1, wrapped, bound), (epoch, wrapped, bound + b"x")):
        with pytest.raises(UndecryptableError):
            unwrap_dek(kek, *wrong)


def test_no_single_bit_may_flip_in_a_wrapped_key() -> None:
    kek = Xaes256Gcm(bytes(32))
    wrapped = wrap_dek(kek, 2939, bytes(32), b"bound")
    for bit in range(len(wrapped) * 8):
        with pytest.raises(UndecryptableError):
            unwrap_dek(kek, 2939, _flipped(wrapped, bit), b"bound")


@given(st.binary(max_size=40))
def test_xaes_refuses_short_bytes(noise: bytes) -> None:
    with pytest.raises(UndecryptableError):
        Xaes256Gcm(bytes(32)).open_(noise, b"")


@given(KEYS, st.text(max_size=40), st.text(max_size=40))
def test_a_digest_tells_values_apart(key: bytes, one: str, other: str) -> None:
    index = BlindIndex(key)

    assert len(index.digest(one)) == 32
    assert (index.digest(one) == index.digest(other)) == (one == other)
    assert index.digest(one) == BlindIndex(key).digest(one.encode())


FIELDS = st.dictionaries(st.text(max_size=20), st.binary(max_size=60), max_size=8)


@given(FIELDS)
def test_a_body_unpacks_as_it_was_packed(fields: dict[str, bytes]) -> None:
    reversed_fields = dict(reversed(fields.items()))

    assert body.unpack(body.pack(fields)) == fields
    assert body.pack(reversed_fields) == body.pack(fields)


@given(st.binary(max_size=60))
def test_a_damaged_body_is_refused_or_is_one(noise: bytes) -> None:
    try:
        fields = body.unpack(noise)
    except ShopwardError as error:
        assert type(error) is UndecryptableError  # noqa: PT017
    else:
        assert all(type(sealed) is bytes for sealed in fields.values())


def _flipped(data: bytes, bit: int) -> bytes:
    altered = bytearray(data)
    altered[bit // 8] ^= 1 << bit % 8
    return bytes(altered)
