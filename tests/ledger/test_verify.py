from __future__ import annotations

import pytest

from shopward.ledger.log import Draft, Edge, Log
from shopward.ledger.reader import UNOPENABLE
from shopward.ledger.verify import Damage, Finding, verify_log
from tests.ledger.sample import EARLIER, SIZE, Book, rows, sample, signer, write


def findings(book: Book, *, checkpoint: str | None = None) -> list[Finding]:
    return list(verify_log(book, book.key.verifier, checkpoint=checkpoint))


def kinds(book: Book) -> list[tuple[Damage, int | None]]:
    return [(finding.damage, finding.index) for finding in findings(book)]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 512, SIZE])
def test_a_sound_log_has_no_finding(count: int) -> None:
    book = write(rows(count))
    assert findings(book, checkpoint=book.note) == []


def test_every_checkpoint_a_log_ever_signed_agrees_with_it() -> None:
    book = sample()
    for note in (*book.notes.values(), write([]).note):
        assert findings(book, checkpoint=note) == []


def test_it_does_not_stop_at_the_first_damage_and_names_each_leaf() -> None:
    book = sample()
    for index in (3, 300, 599):
        book.stored[index] = book.stored[index][:-1] + bytes([book.stored[index][-1] ^ 1])
    assert kinds(book) == [
        (Damage.DETAILS_ALTERED, 3),
        (Damage.TILE_MISMATCH, 3),
        (Damage.DETAILS_ALTERED, 300),
        (Damage.TILE_MISMATCH, 300),
        (Damage.DETAILS_ALTERED, 599),
        (Damage.CHECKPOINT_ROOT, None),
    ]


def test_an_altered_tile_alone_leaves_the_signed_root_intact() -> None:
    book = sample()
    tile = bytearray(book.tiles[0, 1])
    tile[32 * 7] ^= 1
    book.tiles[0, 1] = bytes(tile)
    assert kinds(book) == [(Damage.TILE_MISMATCH, 256 + 7)]


def test_sealed_details_that_no_longer_open_are_a_finding_and_erased_ones_are_not() -> None:
    book = sample()
    book.opened[5] = UNOPENABLE
    book.opened[6] = None
    assert kinds(book) == [(Damage.DETAILS_ALTERED, 5)]


class Gap(Book):
    """A store that has lost a row in the middle but still counts it."""

    @property
    def size(self) -> int:
        return SIZE


def test_leaves_after_a_gap_are_still_checked() -> None:
    whole = sample()
    book = Gap(whole.key, whole.note, whole.stored, whole.opened, whole.tiles)
    del book.stored[SIZE - 3], book.opened[SIZE - 3]
    assert (Damage.LEAF_MISSING, SIZE - 1) in kinds(book)
    assert (Damage.CHECKPOINT_ROOT, None) in kinds(book)


def test_damage_in_a_tile_of_level_one_names_the_first_leaf_under_it() -> None:
    key = signer()
    log = Log(key, key.name, Edge.empty())
    staged = log.stage([Draft("fact:put", bytes(32))] * 65_536, 1)
    tiles = {(level, index): data for level, index, data in staged.tiles}
    book = Book(key, staged.note, staged.leaves, [None] * staged.size, tiles)
    assert kinds(book) == []
    book.tiles[1, 0] = bytes(32) + tiles[1, 0][32:-32] + bytes(32)
    assert kinds(book) == [(Damage.TILE_MISMATCH, 0), (Damage.TILE_MISMATCH, 255 * 256)]
    del book.tiles[1, 0], book.tiles[0, 255]
    assert kinds(book) == [(Damage.TILE_MISSING, 255 * 256), (Damage.TILE_MISSING, 0)]


def test_an_earlier_checkpoint_that_is_none_is_a_finding_and_the_rest_is_checked() -> None:
    book = sample()
    book.stored[3] = book.stored[4]
    found = findings(book, checkpoint="nonsense")
    assert found[0].damage is Damage.EARLIER_INVALID
    assert Damage.CHECKPOINT_ROOT in {finding.damage for finding in found}


def test_no_finding_contains_details() -> None:
    book = sample()
    for index, kept in enumerate(book.opened):
        assert kept is not None
        book.opened[index] = book.opened[(index + 1) % SIZE]
    found = findings(book, checkpoint=book.notes[EARLIER])
    assert len(found) >= SIZE
    assert not any("agent" in repr(finding) for finding in found)
