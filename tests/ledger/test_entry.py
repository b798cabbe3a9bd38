from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import IntegrityError, InvalidError
from shopward.events import Kind
from shopward.ledger.entry import MAX_TIME_MS, Leaf, commitment, encode_leaf, parse_leaf
from shopward.ledger.reader import UNOPENABLE, Opened

KINDS = st.text("".join(map(chr, range(33, 127))), min_size=1, max_size=40)
TIMES = st.integers(0, MAX_TIME_MS)
HASHES = st.binary(min_size=32, max_size=32)


def test_leaf_has_the_published_bytes() -> None:
    leaf = encode_leaf(0x0102030405, "fact:put", b"\xcc" * 32)
    assert leaf.hex() == "01" + "0000000102030405" + "08" + b"fact:put".hex() + "cc" * 32


def test_commitment_has_the_published_bytes() -> None:
    expected = hashlib.sha256(b"shopward/commitment/v1\x00" + b"s" * 32 + b"{}").digest()
    assert commitment(b"s" * 32, b"{}") == expected


@given(TIMES, KINDS, HASHES)
def test_round_trip(time_ms: int, kind: str, committed: bytes) -> None:
    assert parse_leaf(encode_leaf(time_ms, kind, committed)) == Leaf(time_ms, kind, committed)


@given(st.binary(max_size=120) | st.binary(max_size=90).map(lambda tail: b"\x01\x00\x00" + tail))
def test_what_parses_is_exactly_what_is_written(data: bytes) -> None:
    try:
        leaf = parse_leaf(data)
    except IntegrityError:
        return
    assert encode_leaf(leaf.time_ms, leaf.kind, leaf.commitment) == data


@given(TIMES, KINDS, HASHES, st.integers(0, 100))
def test_a_leaf_cut_or_extended_is_refused(
    time_ms: int, kind: str, committed: bytes, cut: int
) -> None:
    leaf = encode_leaf(time_ms, kind, committed)
    for damaged in (leaf[: min(cut, len(leaf) - 1)], leaf + b"\x00", b"\x02" + leaf[1:]):
        with pytest.raises(IntegrityError):
            parse_leaf(damaged)


@pytest.mark.parametrize("kind", ["", "a b", "é", "x" * 41, "a\n", "\ud800"])
def test_a_kind_outside_its_alphabet_is_refused(kind: str) -> None:
    with pytest.raises(InvalidError) as caught:
        encode_leaf(0, kind, bytes(32))
    assert caught.value.field == "kind"


@pytest.mark.parametrize("time_ms", [-1, MAX_TIME_MS + 1, 2**64])
def test_a_time_outside_its_bounds_is_refused(time_ms: int) -> None:
    with pytest.raises(InvalidError):
        encode_leaf(time_ms, "fact:put", bytes(32))


def test_a_stored_time_past_the_year_9999_is_refused() -> None:
    leaf = encode_leaf(MAX_TIME_MS, "fact:put", bytes(32))
    later = (MAX_TIME_MS + 1).to_bytes(8, "big")
    with pytest.raises(IntegrityError):
        parse_leaf(leaf[:1] + later + leaf[9:])


@pytest.mark.parametrize("length", [0, 31, 33])
def test_salts_and_commitments_have_32_bytes(length: int) -> None:
    with pytest.raises(InvalidError):
        commitment(bytes(length), b"{}")
    with pytest.raises(InvalidError):
        encode_leaf(0, "fact:put", bytes(length))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_the_house_knows_fits_in_a_leaf(kind: Kind) -> None:
    assert parse_leaf(encode_leaf(0, kind, bytes(32))).kind == kind.value


@given(HASHES, st.binary(), st.binary())
def test_a_commitment_opens_only_to_its_own_details(
    salt: bytes, details: bytes, others: bytes
) -> None:
    leaf = Leaf(0, "fact:put", commitment(salt, details))
    assert Opened(salt, details).opens(leaf)
    assert Opened(salt, others).opens(leaf) == (others == details)
    assert not Opened(salt[:-1], salt[-1:] + details).opens(leaf)
    assert not UNOPENABLE.opens(leaf)


def test_what_was_opened_stays_out_of_repr() -> None:
    assert "agent" not in repr(Opened(bytes(32), b'{"actor":"agent-4"}'))
