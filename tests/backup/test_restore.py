"""A store out of a backup: what was there is there, what had to go is not, and no log is forked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from shopward.errors import BackupError, ConfigError, ConflictError, ErasedError, JournalError
from shopward.ledger.chain import Verified, verify_chain
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.receipt import verify_receipt
from shopward.ledger.verify import Damage
from shopward.signing import Verifier
from shopward.store.sqlite_copy import SqliteTarget
from shopward.vault import keystore
from shopward.vault.backup import restore as restoring
from shopward.vault.backup.restore import Restoring
from shopward.vault.book import Book
from shopward.vault.inspect import inspecting
from shopward.vault.origin import base_of
from shopward.vault.past import open_past
from tests.backup.bench import LOG, Bench, bench
from tests.postgres.engine import sql
from tests.vault.service_world import PASSPHRASE
from tests.vault.test_find import find, tokens
from tests.vault.test_retention import tax


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def people(world: Bench, count: int) -> list[str]:
    return [world.customer({"email": f"{n}@example.com", "city": f"C{n}"}) for n in range(count)]


def _id(world: Bench, token: str) -> bytes:
    subject: bytes = world.do(world.listing(token)).value[1]
    return subject


def verified(world: Bench) -> list[Verified]:
    """What `ledger verify` finds in the store as it lies there."""
    verifier = Verifier.parse(world.vault.log.vkey)
    world.close()
    try:
        with inspecting(world.place, world.custodian) as stored:
            return list(verify_chain(stored, verifier))
    finally:
        world.open()


def test_customers_facts_and_callers_come_back(world: Bench) -> None:
    known = people(world, 5)
    world.do(world.stating("order:7", known[0]))
    caller = world.add_caller("c1")
    done = world.exchange(world.backup().path)
    assert [world.city(one) for one in known] == ["C0", "C1", "C2", "C3", "C4"]
    assert [fact.id for fact in world.run(world.vault.store.facts(_id(world, known[0])))] == ["7"]
    assert world.is_known(caller)
    assert (done.erased, done.revoked, done.lost) == (0, 0, 0)


def test_a_customer_erased_after_the_backup_does_not_come_back(world: Bench) -> None:
    ada, bob = people(world, 2)
    backup = world.backup().path
    world.do(world.erasing(ada))
    done = world.exchange(backup)
    assert done.erased == 1
    assert world.city(ada) is None
    assert world.city(bob) == "C1"
    assert world.do(world.searching("0@example.com")).value in (None, ())
    assert world.customer({"email": "0@example.com", "city": "new"}) != ada


def test_what_a_law_keeps_of_an_erased_customer_is_there_after_a_restore_and_nothing_else(
    world: Bench,
) -> None:
    ada = world.customer()
    backup = world.backup().path
    world.do(world.erasing(ada))
    assert world.exchange(backup).erased == 1
    assert world.city(ada) is None
    assert world.do(tax(world, ada)).value == (ada, {"vat_id": "GB123456789"})
    world.pass_time(days=3654)
    assert isinstance(world.do(tax(world, ada)).error, ErasedError)


def test_classes_erased_after_the_backup_do_not_come_back(world: Bench) -> None:
    ada = world.customer()
    backup = world.backup().path
    world.do(world.erasing(ada, "order"))
    assert world.exchange(backup).erased == 1
    looked = world.do(world.revealing(ada, "email", "city", purpose="account"))
    assert looked.error is None
    assert looked.value[1] == {"email": "ada@example.com", "city": None}


def test_who_is_found_by_a_part_is_found_after_a_restore_but_for_what_was_erased_since(
    world: Bench,
) -> None:
    names = [{"last_name": f"Lovelace {at}", "postcode": "10115"} for at in range(3)]
    whole, part, kept = [world.customer(one) for one in names]
    backup = world.backup().path
    world.do(world.erasing(whole))
    world.do(world.erasing(part, "order"))
    assert world.exchange(backup).erased == 2
    found = find(world, "prefix", {"last_name": "lovelace"})
    assert (sorted(tokens(found)), found.is_complete) == (sorted([part, kept]), True)
    for name, wanted in zip(names, ([], [], [kept]), strict=True):
        assert tokens(find(world, "compound", name)) == wanted
    rows = sql(world.place, "SELECT name, subject FROM posting")
    assert {subject for _, subject in rows} == {_id(world, part), _id(world, kept)}
    assert {subject for name, subject in rows if "postcode" in name} == {_id(world, kept)}


def test_a_class_filled_again_before_the_backup_is_kept(world: Bench) -> None:
    ada = world.customer()
    world.do(world.erasing(ada, "order"))
    world.do(world.updating(ada, {"city": "Rome"}))
    backup = world.backup().path
    assert world.exchange(backup).erased == 0
    assert world.city(ada) == "Rome"


def test_a_caller_revoked_after_the_backup_does_not_come_back(world: Bench) -> None:
    stays, goes = world.add_caller("c1"), world.add_caller("c2")
    backup = world.backup().path
    world.revoke(goes)
    assert world.exchange(backup).revoked == 1
    assert world.is_known(stays)
    assert not world.is_known(goes)


def test_who_was_frozen_after_the_backup_is_frozen_again_and_who_was_thawed_is_thawed(
    world: Bench,
) -> None:
    ada, bob = people(world, 2)
    one, two = world.add_caller("c1"), world.add_caller("c2")
    world.freeze(subject=bob)
    world.freeze(caller=two.id)
    backup = world.backup().path
    world.thaw(subject=bob)
    world.thaw(caller=two.id)
    world.freeze(subject=ada)
    world.freeze(caller=one.id)
    assert world.exchange(backup).frozen == 4
    assert world.city(ada) is None
    assert world.city(bob) == "C1"
    assert world.is_frozen(one)
    assert not world.is_frozen(two)
    assert world.is_known(one)


def test_an_erasure_stays_through_one_restore_after_the_other(world: Bench) -> None:
    ada, bob = people(world, 2)
    first = world.backup("first.backup").path
    world.do(world.erasing(ada))
    world.exchange(first)
    world.do(world.erasing(bob))
    assert world.exchange(first).erased == 2
    assert world.city(ada) is None
    assert world.city(bob) is None
    second = world.backup("second.backup").path
    assert world.exchange(second).erased == 0
    assert world.city(ada) is None
    assert [one.findings for one in verified(world)] == [(), (), ()]


def test_the_log_goes_on_under_a_new_name_that_names_the_old_one(world: Bench) -> None:
    people(world, 3)
    before, backup = world.vault.log, world.backup().path
    done = world.exchange(backup)
    assert base_of(done.origin) == LOG
    assert done.origin != before.origin
    assert world.kinds()[0] == "log:continued"
    said = world.details(0)["previous"]
    old = Verifier(before.origin, Verifier.parse(done.vkey).public_key)
    assert said["origin"] == before.origin
    assert open_checkpoint(said["checkpoint"], old).root == before.root
    assert [one.findings for one in verified(world)] == [(), ()]


def test_two_restores_of_one_backup_are_two_logs(world: Bench) -> None:
    backup = world.backup().path
    first = world.restore(backup, world.folder / "one.db")
    second = world.restore(backup, world.folder / "two.db")
    assert first.origin != second.origin


def test_the_newest_checkpoint_that_is_known_is_named(world: Bench) -> None:
    people(world, 2)
    backup = world.backup().path
    people_later = world.customer({"city": "later"})
    world.run(world.keeper.close())
    seen = world.vault.log.size
    assert world.restore(backup, world.folder / "a.db").lost == seen - world.backup_size
    world.do(world.revealing(people_later, "city"))
    kept = world.vault.log.note
    done = world.restore(backup, world.folder / "b.db", checkpoints=(kept,))
    assert done.lost == seen + 1 - world.backup_size
    assert done.previous.checkpoint == kept


def test_old_receipts_verify_and_can_be_had_again(world: Bench) -> None:
    ada = people(world, 300)[299]
    position = world.do(world.revealing(ada, "city")).position
    old_key = world.vault.log.vkey
    receipt, _ = world.run(Book(world.vault).receipt(position))
    world.exchange(world.backup().path)
    assert verify_receipt(receipt.to_json(), Verifier.parse(old_key)).index == position
    past = world.run(open_past(world.vault, 1))
    assert past.vkey == old_key
    for index in (0, 255, 256, position):
        again, details = world.run(past.receipt(index))
        shown = verify_receipt(again.to_json(), Verifier.parse(old_key))
        assert shown.details == details
    world.do(world.erasing(ada))
    _, details = world.run(world.run(open_past(world.vault, 1)).receipt(position))
    assert details == b""


def test_a_store_that_is_there_is_never_touched(world: Bench) -> None:
    backup = world.backup().path
    other = world.folder / "other.db"
    world.restore(backup, other)
    before = other.read_bytes()
    with pytest.raises(ConflictError):
        world.restore(backup, other)
    assert other.read_bytes() == before


def test_a_restore_that_fails_leaves_nothing_that_opens(
    world: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(world, 3)
    backup, into = world.backup().path, world.folder / "new.db"

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as bent:
        bent.setattr(SqliteTarget, "finish", fail)
        with pytest.raises(OSError, match="space"):
            world.restore(backup, into)
    assert not into.exists()
    assert not list(world.folder.glob(".new.db.restoring*"))
    world.restore(backup, into)


def test_what_a_killed_restore_left_is_written_over(world: Bench) -> None:
    backup, into = world.backup().path, world.folder / "new.db"
    (world.folder / ".new.db.restoring").write_bytes(b"half a store")
    world.restore(backup, into)
    assert not (world.folder / ".new.db.restoring").exists()


def test_another_keystore_or_another_log_is_refused(world: Bench, tmp_path: Path) -> None:
    backup = world.backup().path
    other = keystore.create(tmp_path / "other.json", PASSPHRASE, profile="test")
    for custodian, log, error in (
        (other, LOG, (BackupError, JournalError)),
        (world.custodian, "another.example/ledger", ConfigError),
    ):
        with backup.open("rb") as file:
            job = Restoring(file, custodian, world.journal_for, log, world.now)
            with pytest.raises(error):
                restoring.restore(job, lambda: SqliteTarget(tmp_path / "new.db"))
    assert not (tmp_path / "new.db").exists()


def test_a_backup_older_than_the_erasure_window_is_refused(world: Bench) -> None:
    people(world, 1)
    backup = world.backup().path
    epoch = world.custodian.epochs()[0]
    world.custodian.begin("epoch", epoch + 1, world.now)
    world.custodian.latch("epoch", epoch + 1)
    world.custodian.destroy("epoch", epoch, world.now)
    with pytest.raises(BackupError) as refused:
        world.restore(backup, world.folder / "new.db")
    assert refused.value.reason == "backup-window"


def test_without_its_journal_nothing_is_restored_unless_it_is_said(world: Bench) -> None:
    ada, bob = people(world, 2)
    world.do(world.erasing(ada))
    backup = world.backup().path
    world.do(world.erasing(bob))
    whole = world.journal_path.read_bytes()
    world.journal_path.unlink()
    with pytest.raises(JournalError):
        world.restore(backup, world.folder / "new.db")
    lines = whole.splitlines(keepends=True)
    world.journal_path.write_bytes(b"".join(lines[:1]))
    with pytest.raises(BackupError) as refused:
        world.restore(backup, world.folder / "new.db")
    assert refused.value.reason == "journal-cut"
    world.restore(backup, world.folder / "new.db", is_journal_lost=True)
    world.journal_path.write_bytes(whole)


def test_a_backup_of_another_history_is_refused(world: Bench) -> None:
    """The same keystore signed both: one of them is a fork."""
    people(world, 2)
    world.run(world.keeper.close())
    world.close()
    fork = world.folder / "fork.db"
    shutil.copy(world.folder / "vault.db", fork)
    world.open()
    world.customer({"city": "one"})
    kept = world.vault.log.note
    world.close()
    shutil.copy(fork, world.folder / "vault.db")
    world.journal_path.unlink()
    world.open()
    world.customer({"city": "another"})
    backup = world.backup().path
    with pytest.raises(BackupError) as refused:
        world.restore(backup, world.folder / "new.db", checkpoints=(kept,))
    assert refused.value.reason == "backup-contradicted"


def test_a_checkpoint_of_another_ledger_is_refused(world: Bench) -> None:
    with pytest.raises(BackupError) as refused:
        world.restore(world.backup().path, world.folder / "new.db", checkpoints=("nonsense",))
    assert refused.value.reason == "checkpoint-foreign"


@pytest.mark.parametrize(
    ("sql", "damage"),
    [
        ("UPDATE past_leaf SET leaf = (SELECT leaf FROM leaf WHERE position = 1)", None),
        ("DELETE FROM past_leaf WHERE position = 2", Damage.CHECKPOINT_SIZE),
        ("UPDATE past_log SET origin = 'other'", Damage.CHECKPOINT_INVALID),
        ("DELETE FROM past_log", Damage.LINK_BROKEN),
    ],
)
def test_what_was_done_to_a_past_log_is_found(
    world: Bench, sql: str, damage: Damage | None
) -> None:
    people(world, 3)
    world.exchange(world.backup().path)
    world.close()
    connection = apsw.Connection(str(world.folder / "vault.db"))
    connection.execute(sql)
    connection.close()
    world.open()
    found = [one.damage for log in verified(world) for one in log.findings]
    assert found
    assert damage is None or damage in found


def test_the_backup_holds_every_table_but_those_that_are_left_out_on_purpose(
    world: Bench,
) -> None:
    header = world.backup().header
    assert {table.name for table in header.tables} >= {
        "alias", "caller", "fact", "head", "installation", "job", "leaf", "past_leaf",
        "past_log", "record", "subject",
    }  # fmt: skip
    assert not {table.name for table in header.tables} & {"replay", "tile", "past_tile"}
