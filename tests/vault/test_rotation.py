"""Rotations: every key is changed while customers are served, and the old ones are useless."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from shopward.errors import ConflictError, ErasedError, UndecryptableError
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.verify import verify_log
from shopward.settings import StoreSettings
from shopward.signing import Verifier
from shopward.vault import rotation
from shopward.vault.book import Book
from shopward.vault.inspect import inspecting
from shopward.vault.jobs import LEASE, Jobs
from shopward.vault.keydates import KeyDates
from shopward.vault.keystore import open_keystore
from tests.postgres.engine import sql
from tests.vault.jobs_by_hand import jobs, rotate
from tests.vault.service_world import PASSPHRASE, PERSON, World

JOBS = [("rewrap", ""), ("rewrap", "turn"), ("rewrap", "renew"), ("reindex", ""), ("resign", "")]


@pytest.fixture
def world(place: StoreSettings, tmp_path: Path) -> Iterator[World]:
    """On each engine."""
    with World(tmp_path, place=place) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Iterator[World]:
    """On a SQLite file that a story tampers with."""
    with World(tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else has these stores open, so that no rotation need wait for others."""
    monkeypatch.setattr(rotation, "SETTLE_S", 0.0)


def turn(world: World, runner: Jobs) -> bool:
    """One step of whatever is under way; whether there is more to do."""
    more = world.run(runner._take())
    for row in list(runner._held.values()):
        runner._not_before_s.clear()
        world.run(runner._turn(row))
    return more


def values(world: World, subject: str) -> dict[str, Any]:
    settled = world.do(world.revealing(subject, *(set(PERSON) - {"note", "vat_id"})))
    assert settled.error is None, settled.error
    found: dict[str, Any] = settled.value[1] if isinstance(settled.value, tuple) else settled.value
    return found


def rows(world: World, text: str) -> list[tuple[Any, ...]]:
    return sql(world.place, text)


def people(world: World, count: int) -> list[str]:
    return [
        world.customer(PERSON | {"email": f"p{at}@example.com", "phone": f"+4930901820{at:02}"})
        for at in range(count)
    ]


@pytest.mark.parametrize(("name", "argument"), JOBS)
def test_a_rotation_goes_on_after_a_restart_at_every_step_while_customers_are_served(
    world: World, name: str, argument: str
) -> None:
    known = people(world, 3)
    if not argument:
        world.pass_time(days=8)
    world.run(jobs(world).start(name, argument))
    for step in range(200):
        more = turn(world, jobs(world))
        world.reopen()
        if not world.store.is_exclusive:
            world.pass_time(seconds=LEASE.total_seconds())
        assert world.do(world.searching("p1@example.com")).value == known[1]
        assert world.do(world.updating(known[2], {"city": f"Town {step}"})).error is None
        assert values(world, known[2])["city"] == f"Town {step}"
        late = world.do(world.storing({"email": f"late{step}@example.com"}))
        assert late.error is None
        twice = world.do(world.storing({"email": f"late{step}@example.com"}))
        assert isinstance(twice.error, ConflictError)
        assert world.do(world.searching(f"late{step}@example.com")).value == late.value[0]
        if not more:
            break
    (row,) = world.run(world.store.jobs())
    assert row.state == "done", row
    assert row.done <= row.total
    for step in range(3):
        assert world.do(world.searching(f"late{step}@example.com")).value is not None
    assert values(world, known[0])["first_name"] == "Ada"
    details = [world.details(at) for at in range(world.size)]
    assert all(one["v"] == 1 for one in details)


def test_progress_of_an_index_counts_every_record_once(world: World) -> None:
    people(world, 3)
    ((records,),) = rows(world, "SELECT count(*) FROM record")
    row = rotate(world, "reindex")
    assert row.done == row.total == records


def test_the_next_epoch_begins_by_itself_and_takes_the_survivors_with_it(world: World) -> None:
    known = people(world, 2)
    keeper = KeyDates(world.vault, runner := jobs(world))
    world.run(keeper.look(world.now))
    assert world.run(world.store.jobs()) == []
    world.pass_time(days=7)
    before = rows(world, "SELECT subject, class, body FROM record ORDER BY 1, 2")
    world.run(keeper.look(world.now))
    world.run(runner.drain())
    (row,) = world.run(world.store.jobs())
    assert (row.name, row.state) == ("rewrap", "done")
    assert {one[0] for one in rows(world, "SELECT epoch FROM record")} == {2}
    after = rows(world, "SELECT subject, class, body FROM record ORDER BY 1, 2")
    assert after == before
    assert values(world, known[1])["city"] == "London"


def test_a_row_that_is_put_back_from_before_opens_nothing(file: World) -> None:
    (known,) = people(file, 1)
    old = rows(file, "SELECT * FROM record")
    rotate(file, "rewrap", "turn")
    file.close()
    with apsw.Connection(str(file.folder / "vault.db")) as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
            [row for row in old if row[1] != "_house"],
        )
    file.open()
    assert isinstance(file.do(file.revealing(known)).error, UndecryptableError)


def test_new_data_keys_open_everything_and_the_old_ones_nothing(world: World) -> None:
    known = people(world, 2)
    again = world.storing({"email": "twice@example.com"}, key="once")
    first = world.do(again)
    old = {
        (row[0], row[1]): world.vault.keyring.dek(*row[:2], *row[2:])
        for row in rows(world, "SELECT subject, class, version, epoch, wrapped FROM record")
    }
    rotate(world, "rewrap", "renew")
    ids = {dek.key_id for dek in old.values()}
    sealed = [
        row[0] for row in rows(world, "SELECT sealed FROM leaf UNION SELECT sealed FROM replay")
    ]
    assert not ids & {one[1:17] for one in sealed}
    bodies = b"".join(row[0] for row in rows(world, "SELECT body FROM record"))
    assert not [one for one in ids if one in bodies]
    assert b"#past" not in bodies
    assert values(world, known[1])["last_name"] == "Lovelace"
    replayed = world.do(world.storing({"email": "twice@example.com"}, key="once"))
    assert replayed.replayed
    assert replayed.value[0] == first.value[0]
    world.reopen()
    assert [world.details(at)["v"] for at in range(world.size)] == [1] * world.size


def test_a_damaged_value_costs_its_neighbours_nothing_when_keys_are_renewed(file: World) -> None:
    (known,) = people(file, 1)
    file.close()
    with apsw.Connection(str(file.folder / "vault.db")) as connection:
        ((subject, name, content),) = connection.execute(
            "SELECT subject, class, body FROM record WHERE class = 'order'"
        ).fetchall()
        at = content.index(b"city") + 40
        broken = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        connection.execute(
            "UPDATE record SET body = ? WHERE subject = ? AND class = ?", (broken, subject, name)
        )
    file.open()
    rotate(file, "rewrap", "renew")
    assert isinstance(file.do(file.revealing(known, "city")).error, UndecryptableError)
    assert file.do(file.revealing(known, "first_name")).error is None


def test_after_an_index_rotation_the_old_digests_are_gone_and_everybody_is_found(
    world: World,
) -> None:
    known = people(world, 3)
    stored = world.do(world.storing({"email": "x@example.com"}, external="41", tokens=("email",)))
    token, tokens = stored.value
    gone = world.customer({"email": "gone@example.com"})
    world.do(world.erasing(gone))
    old = {row[0] for row in rows(world, "SELECT digest FROM alias WHERE version > 0")}
    rotate(world, "reindex")
    kept = {row[0] for row in rows(world, "SELECT digest FROM alias")}
    assert not old & kept
    assert {row[0] for row in rows(world, "SELECT version FROM alias")} == {0, 2}
    assert len(rows(world, "SELECT * FROM alias WHERE version = 2")) == len(old)
    for at, who in enumerate(known):
        assert world.do(world.searching(f"p{at}@example.com")).value == who
    assert world.do(world.revealing("external:41", "email")).error is None
    assert world.do(world.revealing(tokens["email"], "email")).error is None
    assert world.do(world.revealing(token, "email")).error is None
    assert isinstance(world.do(world.revealing(gone, "email")).error, ErasedError)
    with pytest.raises(UndecryptableError):
        world.vault.keyring.index("email", "unique", 1)


def test_a_correction_and_an_erasure_during_an_index_rotation_win(world: World) -> None:
    one, two, three = people(world, 3)
    runner = jobs(world)
    world.run(runner.start("reindex"))
    work = runner.works["reindex"]
    turn(world, runner)
    (row,) = world.run(world.store.jobs())
    step = world.run(work.step(world.vault, row, world.now))
    world.do(world.updating(one, {"email": "corrected@example.com"}))
    world.do(world.erasing(two))
    world.do(world.erasing(three, "account"))
    assert step.writes
    from shopward.vault.jobs import Move  # noqa: PLC0415 - the step as it would be committed
    from shopward.vault.operation import Base  # noqa: PLC0415

    base = Base(world.vault, world.base("shop-backend").caller, "late")
    moved = runner._next(row, state="running", cursor=step.cursor)
    assert world.do(Move(base, step.kind, moved, "late", step.writes)).error is None
    world.run(jobs(world).drain())
    assert world.do(world.searching("p0@example.com")).value is None
    assert world.do(world.searching("corrected@example.com")).value == one
    assert world.do(world.searching("p1@example.com")).value is None
    assert world.do(world.searching("p2@example.com")).value is None
    assert world.do(world.storing({"email": "p0@example.com"})).error is None


def test_the_ledger_goes_on_under_a_new_key_and_the_old_one_vouches_for_it(world: World) -> None:
    (known,) = people(world, 1)
    old_key, old_note = Verifier.parse(world.vault.log.vkey), world.vault.log.note
    seed = world.vault.keyring.custodian.ledger_seed(1)
    rotate(world, "resign")
    new_key = Verifier.parse(world.vault.log.vkey)
    assert new_key.vkey != old_key.vkey
    ((version, vkey, note),) = world.run(world.store.log_keys())
    assert (version, vkey) == (2, new_key.vkey)
    assert open_checkpoint(note, old_key) == open_checkpoint(note, new_key)
    entered = world.kinds().index("ledger-key:handed-over")
    assert new_key.vkey in world.details(entered)["about"]
    assert open_checkpoint(note, old_key).size > entered
    assert open_checkpoint(old_note, old_key).size < entered
    open_checkpoint(world.vault.log.note, new_key)
    with pytest.raises(Exception, match="no key we trust"):
        open_checkpoint(world.vault.log.note, old_key)
    receipt, _ = world.run(Book(world.vault).receipt(0))
    assert receipt.proof.note == world.vault.log.note
    assert seed.hex() not in (world.folder / "keystore.json").read_text()
    world.reopen()
    assert values(world, known)
    world.close()
    custodian = open_keystore(world.folder / "keystore.json", PASSPHRASE)
    with inspecting(world.place, custodian) as stored:
        assert list(verify_log(stored, new_key)) == []
    world.open()


def test_a_store_whose_head_the_old_key_signed_is_refused_after_the_rotation(
    file: World,
) -> None:
    people(file, 1)
    file.close()
    shutil.copy(file.folder / "vault.db", file.folder / "old.db")
    file.open()
    rotate(file, "resign")
    file.close()
    kept = (file.folder / "vault.db").read_bytes()
    shutil.copy(file.folder / "old.db", file.folder / "vault.db")
    with pytest.raises(Exception, match="no key we trust"):
        file.open()
    (file.folder / "vault.db").write_bytes(kept)
    file.open()


def test_an_epochs_key_is_destroyed_when_its_window_is_over_and_not_before(world: World) -> None:
    people(world, 1)
    keeper, custodian = KeyDates(world.vault, runner := jobs(world)), world.vault.keyring.custodian
    for days, is_kept in [(7, True), (23, True), (6.9, True), (0.2, False)]:
        world.pass_time(days=days)
        world.run(keeper.look(world.now))
        world.run(runner.drain())
        world.pass_time(minutes=2)
        assert (1 in custodian.state("epoch").kept) == is_kept
    first, second = custodian.state("epoch").keys[:2]
    assert first.destroyed_ms is not None
    assert second.destroyed_ms is None
    assert world.kinds().count("epoch:destroyed") == 1


def test_an_old_backup_key_is_kept_until_the_window_is_over(world: World) -> None:
    custodian = world.vault.keyring.custodian
    old = custodian.backup_key(1)
    rotate(world, "backup-key")
    assert custodian.state("backup").current == 2
    assert custodian.backup_key(1) == old
    world.pass_time(days=29)
    rotate(world, "destroy-keys")
    assert custodian.backup_key(1) == old
    world.pass_time(days=2)
    rotate(world, "destroy-keys")
    with pytest.raises(UndecryptableError):
        custodian.backup_key(1)
