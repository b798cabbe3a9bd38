"""Backups and drills as jobs: begun once, watched, and begun again after a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopward.errors import ConflictError, InvalidError, ShopwardError
from shopward.store import JobRow
from shopward.store.opening import open_source
from shopward.vault.backup.place import backups_in
from shopward.vault.backup.thread import Threads
from shopward.vault.backup.work import BackupWork, DrillWork, Places, drop_own
from shopward.vault.jobs import Jobs
from tests.backup.bench import Bench, bench


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        for number in range(3):
            made.customer({"email": f"{number}@example.com", "city": "Rome"})
        yield made


def jobs(world: Bench, folder: Path | None) -> Jobs:
    places = Places(
        folder,
        2,
        world.custodian,
        lambda: open_source(world.place),
        world.keeper.standing,
        world.journal_for,
    )
    threads = Threads()
    return Jobs(world.settler, (BackupWork(places, threads), DrillWork(places, threads)))


def run(world: Bench, work: Jobs, name: str, argument: str = "") -> JobRow:
    """Begins a job and works until it has ended."""

    async def all_of_it() -> JobRow:
        row, _ = await work.start(name, argument)
        await asyncio.wait_for(work.drain(), 60)
        return next(one for one in await work.list_() if one.id == row.id)

    return world.run(all_of_it())


def test_a_backup_goes_into_the_folder_and_the_oldest_ones_leave(
    world: Bench, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    work = jobs(world, folder)
    for _ in range(3):
        world.pass_time(milliseconds=1)
        assert run(world, work, "backup").state == "done"
    assert len(backups_in(folder)) == 2
    assert world.kinds().count("backup:made") == 3
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_drill_passes_and_is_entered(world: Bench, tmp_path: Path) -> None:
    work = jobs(world, tmp_path / "backups")
    run(world, work, "backup")
    held = run(world, work, "restore-drill")
    assert held.state == "done"
    assert held.note.startswith("backup of 2026-")
    assert world.kinds().count("drill:passed") == 1


def test_a_drill_without_a_backup_fails_and_says_so(world: Bench, tmp_path: Path) -> None:
    held = run(world, jobs(world, tmp_path / "backups"), "restore-drill")
    assert (held.state, held.note) == ("failed", "drill-no-backup")
    assert world.kinds().count("drill:failed") == 1


def test_a_full_disk_fails_the_backup_and_leaves_nothing(
    world: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as bent:
        bent.setattr("shopward.vault.backup.place.os.fsync", full)
        bent.setattr("shopward.vault.backup.place._sync", lambda _folder: None)
        made = run(world, jobs(world, None), "backup", str(tmp_path / "a.backup"))
    assert (made.state, made.note) == ("failed", "backup-disk")
    assert not list(tmp_path.glob("*.backup*"))
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    ("name", "argument", "error"),
    [
        ("backup", "", InvalidError),
        ("backup", "relative.backup", InvalidError),
        ("backup", "/nowhere/at/all.backup", InvalidError),
        ("restore-drill", "", InvalidError),
        ("restore-drill", "x", InvalidError),
    ],
)
def test_a_place_that_makes_no_sense_is_refused_before_a_job_begins(
    world: Bench, name: str, argument: str, error: type[ShopwardError]
) -> None:
    with pytest.raises(error):
        run(world, jobs(world, None), name, argument)
    assert "job:started" not in world.kinds()


def test_another_file_is_never_overwritten(world: Bench, tmp_path: Path) -> None:
    taken = tmp_path / "a.backup"
    taken.write_bytes(b"mine")
    with pytest.raises(ConflictError):
        run(world, jobs(world, None), "backup", str(taken))
    assert taken.read_bytes() == b"mine"


def test_only_what_this_very_job_made_is_thrown_away_after_a_kill(
    world: Bench, tmp_path: Path
) -> None:
    made = world.backup()
    known = (made.path, made.header.time_ms)
    row = JobRow(
        "backup-1", "backup", str(made.path), "running", "", 0, 0, "", *([0] * 3), "", 0, 1
    )
    for path, started_ms, stays in (
        (tmp_path / "none", 0, False),
        (tmp_path / "keystore.json", 0, True),
        (known[0], known[1] + 1, True),
        (known[0], known[1], False),
    ):
        drop_own(path, JobRow(*_with(row, started_ms)))
        assert path.exists() is stays


def _with(row: JobRow, started_ms: int) -> list[object]:
    values = [getattr(row, name) for name in row.__struct_fields__]
    values[row.__struct_fields__.index("started_ms")] = started_ms
    return values
