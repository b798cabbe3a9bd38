from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import ConflictError, InvalidError
from shopward.sources import Reject, Rejects

BATCHES = [
    [Reject(3, "", "wrong-column-count"), Reject(9, "email", "too-long")],
    [],
    [Reject(21, "note", "control-character"), Reject(21, "city", "missing-required")],
    [Reject(30, "", "quotes-do-not-pair")],
]
LAST_LINES = [10, 20, 29, 40]


def entries(path: Path) -> list[tuple[int, str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        found = list(csv.reader(file))
    assert found[0] == ["line", "field", "reason"]
    return [(int(line), field, reason) for line, field, reason in found[1:]]


def test_entries_are_written_in_order_and_only_for_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path) as rejects:
        rejects.write([])
        assert not path.exists()
        rejects.write(reversed(BATCHES[0]))
        rejects.write(BATCHES[2])
        assert rejects.count == 4
    assert entries(path) == [
        (3, "", "wrong-column-count"),
        (9, "email", "too-long"),
        (21, "city", "missing-required"),
        (21, "note", "control-character"),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_written_is_flushed_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rejects.csv"
    flushed: list[int] = []
    monkeypatch.setattr(
        "shopward.sources.rejects.os.fsync", lambda _fd: flushed.append(path.stat().st_size)
    )
    with Rejects(path) as rejects:
        rejects.write(BATCHES[0])
        assert flushed[-1] == path.stat().st_size > len("line,field,reason\r\n")


def write_all(path: Path, first: int, last_line: int) -> None:
    with Rejects(path, last_line=last_line) as rejects:
        for batch in BATCHES[first:]:
            rejects.write(batch)


@given(st.integers(0, 4), st.integers(0, 400))
def test_a_crash_anywhere_leaves_no_duplicate_and_no_hole(done: int, cut: int) -> None:
    import tempfile  # noqa: PLC0415 - function-scoped folders do not mix with given

    with tempfile.TemporaryDirectory() as folder:
        whole, broken = Path(folder) / "whole.csv", Path(folder) / "broken.csv"
        write_all(whole, 0, 0)
        with Rejects(broken) as rejects:
            for batch in BATCHES[:done]:
                rejects.write(batch)
        safe = broken.stat().st_size if broken.exists() else 0
        data = whole.read_bytes()[: max(safe, cut)]
        if data:
            broken.write_bytes(data)
        write_all(broken, done, LAST_LINES[done - 1] if done else 0)
        assert broken.read_bytes() == whole.read_bytes()


def test_a_job_begun_anew_begins_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    write_all(path, 0, 0)
    write_all(path, 3, 0)
    assert entries(path) == [(30, "", "quotes-do-not-pair")]


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("id,name\n1,A\n")
    with pytest.raises(ConflictError, match="not a rejects file"):
        Rejects(path)
    assert path.read_text() == "id,name\n1,A\n"


def test_a_link_or_a_folder_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    (tmp_path / "rejects.csv").symlink_to(target)
    with pytest.raises(InvalidError, match="cannot be opened"):
        Rejects(tmp_path / "rejects.csv")
    assert not target.exists()
    with pytest.raises(InvalidError, match="cannot be opened"):
        Rejects(tmp_path)


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with (
        Rejects(tmp_path / "none" / "rejects.csv") as rejects,
        pytest.raises(InvalidError, match="cannot be opened"),
    ):
        rejects.write(BATCHES[0])


def test_texts_stay_in_their_cell(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path) as rejects:
        rejects.write([Reject(2, 'a,"b"\n', "=cmd()\r\n" + "x" * 999)])
    [(line, field, reason)] = entries(path)
    assert (line, field) == (2, 'a,"b"')
    assert reason.startswith("cmd() x")
    assert len(reason) <= 300
    assert path.stat().st_size < 500
