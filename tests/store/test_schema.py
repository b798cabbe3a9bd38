"""The file of a store: one process at a time, durable, migrated forward, refused when newer."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from shopward.errors import ConfigError, UnavailableError
from shopward.store import schema
from shopward.store.sqlite import SqliteStore
from tests.postgres.engine import Sqlite
from tests.store.shelf import Shelf

OPEN_AND_DIE = """
import os, sys
from pathlib import Path
from shopward.store.schema import StoreLock
lock = StoreLock(Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read() if sys.argv[2] == "wait" else os._exit(0)
"""


def _other(path: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_DIE, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_store_that_another_process_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with _other(path, "wait") as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(UnavailableError) as caught:
            schema.StoreLock(path)
        assert caught.value.reason == "store-locked"
        other.communicate("")
    schema.StoreLock(path).close()


def test_a_process_that_died_holds_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with _other(path, "die") as other:
        other.communicate("")
    schema.StoreLock(path).close()


def test_two_in_one_process_are_refused_too(tmp_path: Path) -> None:
    with Shelf(Sqlite().place(tmp_path)) as shelf, pytest.raises(UnavailableError):
        schema.StoreLock(shelf.place.path)


def test_the_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Shelf(Sqlite().place(tmp_path)) as shelf:
            shelf.commit(shelf.stored("ada", "mail"))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}, modes
    assert {"vault.db", "vault.db-wal", "vault.db.lock"} <= set(modes)


def test_commits_wait_for_the_disk(tmp_path: Path) -> None:
    with Shelf(Sqlite().place(tmp_path)) as shelf:
        writer = shelf.store._writer
        told = {
            name: next(iter(writer.execute(f"PRAGMA {name}")))[0]
            for name in ("journal_mode", "synchronous", "trusted_schema", "cell_size_check")
        }
    assert told == {
        "journal_mode": "wal",
        "synchronous": 2,
        "trusted_schema": 0,
        "cell_size_check": 1,
    }


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with Shelf(Sqlite().place(tmp_path)) as shelf:
        path = shelf.place.path
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version = 4711")
    with pytest.raises(ConfigError) as caught:
        schema.migrate(schema.connect(path))
    assert "newer" in caught.value.detail
    assert list(connection.execute("PRAGMA user_version")) == [(4711,)]
    connection.close()


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [number for number, _ in schema.migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_migration_that_fails_leaves_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Shelf(Sqlite().place(tmp_path)) as shelf:
        path = shelf.place.path
    broken = [*schema.migrations(), (99, "CREATE TABLE new (a) STRICT; CREATE TABLE head (b INT)")]
    monkeypatch.setattr(schema, "migrations", lambda: broken)
    connection = schema.connect(path)
    with pytest.raises((apsw.Error, UnavailableError, ConfigError)):
        schema.migrate(connection)
    assert list(connection.execute("SELECT count(*) FROM pragma_table_info('new')")) == [(0,)]
    ((version,),) = connection.execute("PRAGMA user_version")
    assert version < 99
    connection.close()


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "OLDEST_SQLITE", 99_000_000)
    with pytest.raises(ConfigError) as caught:
        schema.connect(tmp_path / "vault.db")
    assert "SQLite" in caught.value.detail


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (apsw.FullError("x"), "disk-full"),
        (apsw.ReadOnlyError("x"), "read-only"),
        (apsw.IOError("x"), "disk-error"),
        (apsw.CorruptError("x"), "corrupt"),
        (apsw.BusyError("x"), "busy"),
        (apsw.ConstraintError("a value"), "store"),
    ],
)
def test_a_failing_database_is_said_in_words_without_its_own(
    error: apsw.Error, reason: str
) -> None:
    told = schema.unavailable(error)
    assert told.reason == reason
    assert told.hint
    assert "a value" not in told.detail


def test_a_store_that_does_not_say_whose_it_is_is_damaged(tmp_path: Path) -> None:
    with Shelf(Sqlite().place(tmp_path)) as shelf:
        path = shelf.place.path
    with apsw.Connection(str(path)) as connection:
        connection.execute(
            "DROP TABLE installation; CREATE TABLE installation (only_row, id, origin, created_ms);"
            "INSERT INTO installation VALUES (1, zeroblob(16), NULL, 0)"
        )
    store = SqliteStore(path, lambda: 0)
    with pytest.raises(UnavailableError) as caught:
        store.installation()
    assert caught.value.reason == "corrupt"
    store.abandon()
