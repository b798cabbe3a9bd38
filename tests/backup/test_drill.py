"""The restore drill: it passes for a whole backup, and says why it does not for any other."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from shopward.errors import BackupError, ShopwardError
from shopward.vault.backup import drill as drills
from shopward.vault.backup.compare import check_continuity
from shopward.vault.backup.drill import Drilled
from tests.backup.bench import LOG, Bench, bench


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        for number in range(5):
            made.customer({"email": f"{number}@example.com", "city": "Rome"})
        yield made


def hold(world: Bench, name: str = "a.backup") -> Drilled:
    folder = world.folder / "backups"
    folder.mkdir(exist_ok=True)
    return drills.drill(
        world.folder / name,
        folder,
        world.custodian,
        world.journal_for,
        LOG,
        world.now,
        lambda: None,
    )


def left(world: Bench) -> list[str]:
    return sorted(path.name for path in (world.folder / "backups").glob(".drill-*"))


def test_a_whole_backup_passes_and_nothing_is_left(world: Bench) -> None:
    world.backup()
    drilled = hold(world)
    assert drilled.opened == 5 * 3
    assert drilled.restored.rows["subject"] == 6
    assert left(world) == []
    assert world.run(check_continuity(world.vault, drilled.header)).startswith("entry 6 of")


def test_what_was_erased_since_is_erased_in_the_drill_too(world: Bench) -> None:
    ada = world.customer({"email": "ada@example.com", "city": "Rome"})
    world.backup()
    world.do(world.erasing(ada))
    assert hold(world).restored.erased == 1


def test_a_damaged_backup_fails_and_nothing_is_left(world: Bench) -> None:
    path = world.backup().path
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    with pytest.raises(BackupError):
        hold(world)
    assert left(world) == []


def test_a_value_that_does_not_open_fails(world: Bench) -> None:
    world.close()
    connection = apsw.Connection(str(world.folder / "vault.db"))
    connection.execute("UPDATE record SET body = (SELECT body FROM record WHERE class = '_ledger')")
    connection.close()
    world.open()
    world.backup()
    with pytest.raises(ShopwardError) as refused:
        hold(world)
    assert refused.value.reason == "drill-value"


def test_rows_that_are_missing_fail(world: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    world.backup()
    monkeypatch.setattr(
        "shopward.vault.backup.recall.Recall.rows",
        lambda _self, table, rows: rows[1:] if table.name == "alias" else rows,
    )
    with pytest.raises(BackupError) as refused:
        hold(world)
    assert refused.value.reason == "drill-count"


def test_what_a_killed_drill_left_is_removed(world: Bench) -> None:
    place = world.folder / "backups" / ".drill-abc"
    place.mkdir(parents=True)
    (place / "vault.db").write_bytes(b"sealed")
    world.backup()
    hold(world)
    assert left(world) == []


def test_one_drill_at_a_time(world: Bench) -> None:
    world.backup()
    folder = world.folder / "backups"
    folder.mkdir()
    with (folder / ".drill.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BackupError) as refused:
            hold(world)
    assert refused.value.reason == "drill-under-way"


def test_a_backup_from_before_a_restore_is_of_a_past_log(world: Bench) -> None:
    made = world.backup()
    later = world.backup("b.backup")
    world.exchange(made.path)
    assert "past log" in world.run(check_continuity(world.vault, made.header))
    assert "past log" in world.run(check_continuity(world.vault, later.header))
    world.backup("c.backup")
    assert world.run(check_continuity(world.vault, hold(world, "c.backup").header))


def test_a_backup_of_another_ledger_fails(world: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    with bench(folder) as other:
        other.customer({"city": "Paris"})
        header = other.backup().header
    with pytest.raises(BackupError) as refused:
        world.run(check_continuity(world.vault, header))
    assert refused.value.reason == "drill-continuity"
