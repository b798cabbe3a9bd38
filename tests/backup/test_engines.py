"""A backup of one engine goes into the other: that is also how a store moves."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from shopward.errors import ConflictError
from shopward.ledger.chain import verify_chain
from shopward.ledger.receipt import verify_receipt
from shopward.settings import StoreSettings
from shopward.signing import Verifier
from shopward.store.opening import is_there, open_target
from shopward.store.postgres_line import Address
from shopward.vault.inspect import inspecting
from shopward.vault.past import open_past
from tests.backup.bench import Bench, bench
from tests.postgres import engine as engines


def other(engine: engines.Engine, postgres: engines.Postgres) -> engines.Engine:
    return engines.Sqlite() if engine.name == "postgres" else postgres


def damages(world: Bench) -> list[str]:
    """What `ledger verify` finds while the store is in service elsewhere, or stopped."""
    verifier = Verifier.parse(world.vault.log.vkey)
    world.close()
    with inspecting(world.place, world.custodian) as stored:
        found = [one.damage for log in verify_chain(stored, verifier) for one in log.findings]
    world.open()
    return [str(one) for one in found]


def test_a_store_moves_from_engine_to_engine_and_back(
    engine: engines.Engine, postgres: engines.Postgres, tmp_path: Path
) -> None:
    there = other(engine, postgres)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    with bench(tmp_path, engine.place(first)) as world:
        known = [world.customer({"email": f"{n}@example.com", "city": f"C{n}"}) for n in range(5)]
        position = world.do(world.revealing(known[0], "city")).position
        caller = world.add_caller("c1")
        old_key = world.vault.log.vkey
        backup = world.backup().path
        world.do(world.erasing(known[1]))
        world.revoke(caller)
        done = world.move(backup, there.place(second))
        assert (done.erased, done.revoked) == (1, 1)
        assert [world.city(one) for one in known] == ["C0", None, "C2", "C3", "C4"]
        assert not world.is_known(caller)
        receipt, _ = world.run(world.run(open_past(world.vault, 1)).receipt(position))
        assert verify_receipt(receipt.to_json(), Verifier.parse(old_key)).index == position
        assert damages(world) == []
        world.customer({"city": "new"})
        engine.drop(first)
        for path in first.iterdir():
            path.unlink()
        again = world.move(world.backup("b.backup").path, engine.place(first))
        assert again.erased == 0
        assert [world.city(one) for one in known] == ["C0", None, "C2", "C3", "C4"]
        assert damages(world) == []
    there.drop(second)
    engine.drop(first)


def test_a_restore_that_is_cut_off_leaves_nothing(place: StoreSettings, tmp_path: Path) -> None:
    with open_target(place) as target:
        assert target.tables()
    assert not _has_rows(place)
    assert not list(tmp_path.glob(".*restoring*"))


def _has_rows(place: StoreSettings) -> bool:
    if place.url is None:
        return is_there(place)
    with Address(place).connect() as connection:
        return bool(connection.execute("SELECT 1 FROM installation").fetchall())


def test_a_store_that_is_there_is_never_touched(place: StoreSettings, tmp_path: Path) -> None:
    with bench(tmp_path, place) as world:
        world.customer({"city": "Rome"})
        backup = world.backup().path
        world.close()
        with pytest.raises(ConflictError):
            world.restore(backup, place)
        world.open()
        assert world.size > 0


def test_a_database_without_tables_is_filled_in_one_transaction(
    postgres: engines.Postgres, tmp_path: Path
) -> None:
    place = postgres.place(tmp_path)
    with Address(place).connect() as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")  # as in every new database
    with open_target(place) as target:
        assert "past_leaf" in {table.name for table in target.tables()}
    assert not is_there(place)
    with Address(place).connect() as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT 1 FROM installation")
    postgres.drop(tmp_path)
