"""A log read over the client: what is damaged on the way or in the store is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from shopward.cli.replay import PAGE, RemoteLog, size_of
from shopward.ledger.entry import commitment
from shopward.ledger.log import Draft, Edge, Log
from shopward.ledger.verify import Damage, verify_log
from shopward.signing import Signer, encode_base64
from shopward_client import Client, Entries, EntryRow, NotFoundError

ORIGIN = "shop.example/ledger"
SALT = bytes(32)
DETAILS = b'{"v":1}'
COUNT = 2 * PAGE + 100


class Plane:
    """Serves a log; rows and tiles can be damaged before they are asked for."""

    def __init__(self, count: int) -> None:
        self.signer = Signer(ORIGIN, bytes(32))
        log = Log(self.signer, ORIGIN, Edge.empty())
        staged = log.stage([Draft("record:stored", commitment(SALT, DETAILS))] * count, 1)
        self.note = staged.note
        self.tiles = {(level, index): data for level, index, data in staged.tiles}
        self.rows = [
            EntryRow(index, encode_base64(leaf), encode_base64(SALT), DETAILS.decode())
            for index, leaf in enumerate(staged.leaves)
        ]
        self.calls = 0

    def checkpoint(self) -> str:
        return self.note

    def entries(self, start: int, count: int, log: int = 0) -> Entries:
        self.calls += 1
        assert log == 0
        assert 1 <= count <= 1000
        rows = tuple([row for row in self.rows if row.index >= start][:count])
        return Entries(rows, start + len(rows), self.note)

    def tile(self, level: int, index: int, *, log: int = 0) -> bytes:
        assert log == 0
        if (level, index) not in self.tiles:
            raise NotFoundError("no")
        return self.tiles[level, index]


def findings(plane: Plane) -> list[tuple[Damage, int | None]]:
    log = RemoteLog(cast(Client, plane))
    return [(one.damage, one.index) for one in verify_log(log, plane.signer.verifier)]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, COUNT])
def test_a_sound_log_has_no_finding_and_each_page_is_asked_for_once(count: int) -> None:
    plane = Plane(count)
    assert findings(plane) == []
    assert plane.calls == -(-count // PAGE)


def change(row: EntryRow, **members: object) -> EntryRow:
    return replace(row, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize("index", [0, 300, PAGE - 1, PAGE, COUNT - 1])
@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda row: change(row, leaf="!"), Damage.LEAF_MALFORMED),
        (lambda row: change(row, leaf=encode_base64(b"")), Damage.LEAF_MALFORMED),
        (lambda row: change(row, index=row.index + COUNT), Damage.LEAF_MALFORMED),
        (lambda row: change(row, details='{"v":2}'), Damage.DETAILS_ALTERED),
        (lambda row: change(row, salt=encode_base64(bytes(31))), Damage.DETAILS_ALTERED),
        (lambda row: change(row, salt="!"), Damage.DETAILS_ALTERED),
        (lambda row: change(row, salt="", details=""), Damage.DETAILS_ALTERED),
    ],
)
def test_a_damaged_entry_is_named(
    index: int, damage: Callable[[EntryRow], EntryRow], found: Damage
) -> None:
    plane = Plane(COUNT)
    plane.rows[index] = damage(plane.rows[index])
    assert (found, index) in findings(plane)


def test_an_erased_entry_is_no_damage() -> None:
    plane = Plane(10)
    plane.rows[3] = change(plane.rows[3], salt=None, details=None)
    assert findings(plane) == []


def test_a_missing_entry_spoils_no_other() -> None:
    plane = Plane(COUNT)
    del plane.rows[300]
    assert [index for _, index in findings(plane)] == [300, 300, None]


def test_a_missing_tile_is_found() -> None:
    plane = Plane(COUNT)
    del plane.tiles[0, 1]
    assert findings(plane) == [(Damage.TILE_MISSING, 256)]


@pytest.mark.parametrize("note", ["", "\n", "a\nb\nc\n", "a\n-1\nAAAA\n\n— x y\n"])
def test_a_checkpoint_that_names_no_size_counts_none(note: str) -> None:
    assert size_of(note) == 0
