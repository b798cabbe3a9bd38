"""The erasure journal: what is in it stays as it was, and shows when it does not."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from shopward.errors import JournalError, UnavailableError
from shopward.vault.journal import Began, Erased, Journal, Line, Revoked, Seen

KEY = bytes(range(32))
MINE = bytes(16)
LINES = (
    Line(5, Erased("shop/ledger", 7, "00" * 32, "11" * 16)),
    Line(6, Erased("shop/ledger", 9, "00" * 32, "22" * 16, ("order", "tax"))),
    Line(7, Revoked("shop/ledger", 11, "00" * 32, "c0ffee")),
    Line(8, Seen("a note\nof three lines\n")),
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "erasures.journal", KEY, MINE)
    made.create(1)
    for line in LINES:
        made.append((line,))
    return made


def said(journal: Journal) -> list[Line]:
    return [line for line, _ in journal.read()]


def test_lines_come_back_in_their_order(journal: Journal) -> None:
    began, *rest = said(journal)
    assert began == Line(1, Began("shopward-journal/v1", MINE.hex()))
    assert tuple(rest) == LINES
    assert journal.standing().number == 4
    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_making_it_again_changes_nothing(journal: Journal) -> None:
    before = journal.path.read_bytes()
    assert journal.create(99) is False
    assert journal.path.read_bytes() == before


def test_lines_written_together_are_the_same_as_one_by_one(journal: Journal) -> None:
    other = Journal(journal.path.with_name("other"), KEY, MINE)
    other.create(1)
    other.append(LINES)
    assert other.path.read_bytes() == journal.path.read_bytes()


def test_any_altered_byte_shows(journal: Journal) -> None:
    whole = journal.path.read_bytes()
    for at in range(len(whole) - 1):
        journal.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(JournalError):
            journal.read()


def test_a_line_left_out_moved_or_doubled_shows(journal: Journal) -> None:
    lines = journal.path.read_bytes().splitlines(keepends=True)
    for bent in (
        [lines[0], *lines[2:]],
        lines[1:],
        [lines[0], lines[2], lines[1], *lines[3:]],
        [lines[0], lines[1], *lines[1:]],
        [],
    ):
        journal.path.write_bytes(b"".join(bent))
        with pytest.raises(JournalError):
            journal.read()


def test_lines_cut_off_the_end_show_to_whoever_knows_where_it_stood(journal: Journal) -> None:
    stood = journal.standing()
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(b"".join(lines[:-1]))
    assert len(journal.read()) == stood.number
    journal.append((LINES[0],))
    assert journal.standing().number == stood.number
    assert journal.standing().chain != stood.chain


def test_a_torn_last_line_is_not_read_and_not_hung_on(journal: Journal) -> None:
    before = said(journal)
    with journal.path.open("ab") as file:
        file.write(b'{"at":9,"what":{"type":"era')
    assert said(journal) == before
    journal.append((LINES[0],))
    assert said(journal) == [*before, LINES[0]]


def test_another_key_or_installation_is_refused(journal: Journal) -> None:
    for other in (Journal(journal.path, bytes(32), MINE), Journal(journal.path, KEY, b"x" * 16)):
        with pytest.raises(JournalError):
            other.read()


def test_a_missing_journal_is_told_and_never_made_by_the_way(tmp_path: Path) -> None:
    gone = Journal(tmp_path / "none", KEY, MINE)
    with pytest.raises(JournalError) as refused:
        gone.read()
    assert refused.value.reason == "journal-missing"
    with pytest.raises(UnavailableError):
        gone.append(LINES)
    assert not gone.path.exists()


def test_a_link_in_its_place_is_not_written_through(journal: Journal, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    journal.path.rename(target)
    journal.path.symlink_to(target)
    with pytest.raises(UnavailableError):
        journal.append(LINES)


def test_several_writers_take_turns(journal: Journal) -> None:
    def write() -> None:
        mine = Journal(journal.path, KEY, MINE)
        for line in LINES:
            mine.append((line,))

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.read()) == 5 + 6 * len(LINES)


def test_a_line_is_on_the_disk_before_append_returns(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle))[1])
    journal.append((LINES[0],))
    assert len(synced) == 1
