from __future__ import annotations

from itertools import chain, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopward.errors import IntegrityError, InvalidError
from shopward.ledger.entry import parse_leaf
from shopward.ledger.tail import Entry, follow, read_entries
from tests.ledger.sample import SIZE, Book, rows, sample, write

BOOK = sample()


def expected(start: int, end: int, book: Book = BOOK) -> list[Entry]:
    return [
        Entry(n, parse_leaf(book.stored[n]), kept.details if (kept := book.opened[n]) else None)
        for n in range(start, end)
    ]


@settings(deadline=None)
@given(st.integers(0, SIZE), st.integers(0, SIZE + 10))
def test_reading_gives_the_entries_from_the_offset_on(offset: int, limit: int) -> None:
    assert read_entries(BOOK, offset, limit) == expected(offset, min(offset + limit, SIZE))


@pytest.mark.parametrize("offset", [-1, SIZE + 1])
def test_an_offset_outside_the_log_is_refused(offset: int) -> None:
    with pytest.raises(InvalidError):
        read_entries(BOOK, offset)


def test_following_goes_on_as_the_log_grows_and_stops_when_told() -> None:
    snapshots = chain([write(rows(n)) for n in (0, 10, 10, 300)], repeat(write(rows(SIZE))))
    answers = iter([True, True, True, False])
    seen = list(follow(lambda: next(snapshots), 0, lambda: next(answers)))
    assert seen == expected(0, SIZE, write(rows(SIZE)))


def test_following_a_log_that_was_truncated_fails() -> None:
    with pytest.raises(InvalidError):
        list(follow(lambda: write(rows(5)), 6, lambda: False))


def test_a_malformed_leaf_is_an_error_and_not_skipped() -> None:
    book = sample()
    book.stored[3] = b"\x02" + book.stored[3][1:]
    with pytest.raises(IntegrityError):
        read_entries(book, 0)


def test_erased_details_are_none_and_details_stay_out_of_repr() -> None:
    book = sample()
    book.opened[1] = None
    first, second = read_entries(book, 0, 2)
    assert first.details is not None
    assert second.details is None
    assert "agent" not in repr(first)
