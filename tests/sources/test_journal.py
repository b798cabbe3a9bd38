from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import ConflictError, InvalidError
from shopward.sources import Batch, Journal, journal
from shopward.sources.items import Item

DIGEST = "ab" * 32


def batch(first: int, size: int = 10) -> Batch:
    items = tuple(Item("Quetzalina", {"note": "hemlig"}, first + i) for i in range(size))
    return Batch(first, first + size, first + 2, first + size + 1, items, ())


def test_a_job_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    job = Journal.open_(path, DIGEST, 10)
    job.advance(batch(0), stored=7, already=2, rejected=1)
    job.advance(batch(10), stored=10, already=0, rejected=0)
    again = Journal.open_(path, DIGEST, 999)
    assert again.progress == job.progress
    assert (again.progress.next_row, again.progress.last_line, again.progress.size) == (20, 21, 10)
    assert (again.progress.stored, again.progress.already, again.progress.rejected) == (17, 2, 1)
    again.finish()
    assert Journal.open_(path, DIGEST, 10).progress.finished


def test_the_file_is_as_documented_and_holds_no_value(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    Journal.open_(path, DIGEST, 10).advance(batch(0), stored=10, already=0, rejected=0)
    assert json.loads(path.read_bytes()) == {
        "digest": DIGEST,
        "size": 10,
        "next_row": 10,
        "last_line": 11,
        "stored": 10,
        "already": 0,
        "rejected": 0,
        "finished": False,
        "format": "shopward-import/v1",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["job.json"]


def test_a_changed_file_or_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    Journal.open_(path, DIGEST, 10).finish()
    before = path.read_bytes()
    with pytest.raises(ConflictError, match="another file or mapping") as caught:
        Journal.open_(path, "cd" * 32, 10)
    assert caught.value.reason == "import-changed"
    assert path.read_bytes() == before


def test_a_key_is_stable_and_its_own(tmp_path: Path) -> None:
    def key(digest: str, size: int, row: int) -> str:
        return Journal.open_(tmp_path / "none.json", digest, size).key(row)

    keys = [key(DIGEST, 10, 0), key(DIGEST, 10, 10), key(DIGEST, 20, 0), key("cd" * 32, 10, 0)]
    assert len(set(keys)) == 4
    assert key(DIGEST, 10, 0) == keys[0]
    assert len(keys[0]) == 36
    assert keys[0].isascii()


@pytest.mark.parametrize("counts", [(10, 0, 1), (9, 0, 0)])
def test_counts_must_be_the_rows(tmp_path: Path, counts: tuple[int, int, int]) -> None:
    job = Journal.open_(tmp_path / "job.json", DIGEST, 10)
    stored, already, rejected = counts
    with pytest.raises(ConflictError):
        job.advance(batch(0), stored=stored, already=already, rejected=rejected)
    assert not job.path.exists()


def test_rows_pass_in_order_and_once(tmp_path: Path) -> None:
    job = Journal.open_(tmp_path / "job.json", DIGEST, 10)
    with pytest.raises(ConflictError):
        job.advance(batch(10), stored=10, already=0, rejected=0)
    job.advance(batch(0), stored=10, already=0, rejected=0)
    with pytest.raises(ConflictError):
        job.advance(batch(0), stored=10, already=0, rejected=0)


def test_a_crash_while_writing_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.json"
    job = Journal.open_(path, DIGEST, 10)
    job.advance(batch(0), stored=10, already=0, rejected=0)

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("shopward.sources.durable.os.fsync", fail)
        with pytest.raises(OSError, match="No space"):
            job.advance(batch(10), stored=10, already=0, rejected=0)
    assert job.progress.next_row == 10
    again = Journal.open_(path, DIGEST, 10)
    assert again.progress.next_row == 10
    again.advance(batch(10), stored=10, already=0, rejected=0)
    assert Journal.open_(path, DIGEST, 10).progress.next_row == 20


@given(st.one_of(st.binary(max_size=200), st.sampled_from([b"[" * 60_000, b"{}", b"null"])))
def test_any_other_file_is_refused(data: bytes) -> None:
    class _File:
        name = "job.json"

        def open(self, _mode: str) -> object:
            import io  # noqa: PLC0415 - a stand-in for one test

            return io.BytesIO(data)

    with pytest.raises(InvalidError, match="not the journal"):
        journal._parse(_File())


@pytest.mark.parametrize(
    "change",
    [{"digest": "x"}, {"size": 0}, {"next_row": -1}, {"format": "other"}, {"more": 1}],
    ids=str,
)
def test_a_journal_with_an_impossible_entry_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "job.json"
    Journal.open_(path, DIGEST, 10).finish()
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change))
    with pytest.raises(InvalidError):
        Journal.open_(path, DIGEST, 10)
