"""Backups of a serving data plane, restores of what is lost, and kills in the middle of both."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from shopward.vault import keystore
from shopward.vault.backup.inspect import Contents, inspect
from shopward_client import ErasedError, Store, UnauthenticatedError
from shopward_client.answers import Job
from tests.scenarios.people import person
from tests.scenarios.plane import PASSPHRASE, ROOT, START_S, DataPlane, wait_until

KILLS = 4
SCRIPT = ROOT / "docs" / "spec" / "verify_receipt.py"


def typed(plane: DataPlane, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the operator."""
    return subprocess.run(
        [sys.executable, "-m", "shopward", "--config", "shopward.toml", *arguments],
        cwd=plane.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ended(plane: DataPlane, job: str) -> Job:
    """A job once it has ended."""
    found: list[Job] = []

    def is_over() -> bool:
        jobs = plane.operator().jobs()
        found[:] = [one for one in jobs if one.id == job and one.finished is not None]
        return bool(found)

    wait_until(is_over, START_S, plane.words)
    return found[0]


def contents(plane: DataPlane, path: Path) -> Contents:
    """What a whole backup amounts to; raises for any other."""
    custodian = keystore.open_keystore(plane.home / "keys/keystore.json", PASSPHRASE.encode())
    with path.open("rb") as file:
        return inspect(file, custodian)


def lose_the_store(plane: DataPlane) -> None:
    """The disk of the store is gone."""
    for path in (plane.home / "store").iterdir():
        path.unlink()


def stock(plane: DataPlane, count: int) -> list[str]:
    """Tokens of stored customers."""
    with plane.caller("shop-backend") as shop:
        items = [Store(person()) for _ in range(count)]
        return [one.unwrap().subject for one in shop.store_many(items)]


def test_a_backup_under_load_is_of_one_moment_and_whole(own_plane: DataPlane) -> None:
    before = stock(own_plane, 300)
    stop = threading.Event()
    acknowledged: list[str] = []

    def go_on(shop: Callable[[], str]) -> None:
        while not stop.is_set():
            acknowledged.append(shop())

    shops = [own_plane.caller("shop-backend") for _ in range(3)]
    writers = [
        threading.Thread(target=go_on, args=(lambda one=one: one.store(person()).subject,))
        for one in shops
    ]
    for writer in writers:
        writer.start()
    to = own_plane.home / "a.backup"
    job = own_plane.operator().start_job("backup", str(to)).job
    assert ended(own_plane, job.id).state == "done"
    stop.set()
    for writer in writers:
        writer.join()
    found = contents(own_plane, to)
    rows = found.totals.rows
    assert len(before) <= rows["subject"] - 1 <= len(before) + len(acknowledged)
    assert rows["leaf"] == found.header.size
    assert to.stat().st_mode & 0o777 == 0o600
    shops[0].reveal(acknowledged[-1], ["city"], purpose="account")


def test_what_was_erased_and_revoked_since_does_not_come_back(own_plane: DataPlane) -> None:
    ada, bob = stock(own_plane, 2)
    shop, leaver = own_plane.caller("shop-backend"), own_plane.caller("leaver")
    first = shop.reveal(bob, ["city"], purpose="account").receipt
    old_key = own_plane.operator().log_key()
    own_plane.home.joinpath("old.json").write_text(
        own_plane.operator().receipt(first.index).to_json()
    )
    assert typed(own_plane, "backup", "create", "a.backup").returncode == 0
    shop.erase(ada)
    leaving = next(one for one in own_plane.operator().callers() if one.role == "leaver")
    own_plane.operator().revoke_caller(leaving.id)
    own_plane.kill()
    lose_the_store(own_plane)
    restored = typed(own_plane, "restore", "a.backup")
    assert restored.returncode == 0, restored.stderr
    assert "erased again   1" in restored.stdout
    assert "revoked again  1" in restored.stdout
    own_plane.start()
    with pytest.raises(ErasedError):
        shop.reveal(ada, ["city"], purpose="account")
    assert shop.reveal(bob, ["city"], purpose="account").fields == {"city": "London"}
    with pytest.raises(UnauthenticatedError):
        leaver.reveal(bob, ["city"], purpose="account")
    _assert_linked(own_plane, old_key)


def _assert_linked(plane: DataPlane, old_key: str) -> None:
    """Old log, link and new log verify: with our command, and without our code."""
    verified = typed(plane, "ledger", "verify")
    assert verified.returncode == 0, verified.stdout
    assert ", continuing shop.example/ledger" in verified.stdout
    new_key = plane.operator().log_key()
    assert typed(plane, "ledger", "export", "old", "--log", "1").returncode == 0
    assert typed(plane, "ledger", "export", "new").returncode == 0
    for arguments in (
        ("link", "old", "old.checkpoint", "new", "new.checkpoint", "--key", new_key),
        ("log", "old", "old.checkpoint", "--key", old_key),
        ("receipt", "old.json", "--key", old_key),
    ):
        ran = subprocess.run(
            [sys.executable, str(SCRIPT), *arguments],
            cwd=plane.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout
    wrong = ("link", "new", "new.checkpoint", "new", "new.checkpoint", "--key", new_key)
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), *wrong], cwd=plane.home, capture_output=True, check=False
    )
    assert ran.returncode == 1


def test_a_kill_in_the_middle_of_a_backup_leaves_none_or_a_whole_one(
    own_plane: DataPlane,
) -> None:
    stock(own_plane, 1000)
    for number in range(KILLS):
        to = own_plane.home / f"{number}.backup"
        job = own_plane.operator().start_job("backup", str(to)).job
        with suppress(AssertionError):
            wait_until(lambda to=to: list(to.parent.glob(f".{to.name}.*")), 1.0)
        own_plane.kill()
        if to.exists():
            contents(own_plane, to)
        own_plane.start()
        assert ended(own_plane, job.id).state == "done"
        assert contents(own_plane, to).totals.rows["subject"] == 1001
        assert not list(to.parent.glob(".*.part"))


def test_a_kill_in_the_middle_of_a_restore_leaves_nothing_that_serves(
    own_plane: DataPlane,
) -> None:
    stock(own_plane, 1000)
    assert typed(own_plane, "backup", "create", "a.backup").returncode == 0
    own_plane.stop()
    store = own_plane.home / "store"
    for _ in range(KILLS):
        lose_the_store(own_plane)
        command = ["--config", "shopward.toml", "restore", "a.backup"]
        process = subprocess.Popen(
            [sys.executable, "-m", "shopward", *command],
            cwd=own_plane.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until((store / ".vault.db.restoring").exists, START_S)
        process.kill()
        process.wait()
        if not (store / "vault.db").exists():
            assert own_plane.refuses_to_start()[0] != 0
            assert typed(own_plane, "restore", "a.backup").returncode == 0
    own_plane.start()
    assert typed(own_plane, "ledger", "verify").returncode == 0


def test_backups_and_drills_are_made_by_themselves(bare_plane: DataPlane) -> None:
    settings = bare_plane.home / "shopward.toml"
    folder = '\n[backup]\nfolder = "backups"\nkeep = 2\n'
    settings.write_text(settings.read_text("utf-8") + folder, "utf-8")
    left = bare_plane.home / "backups" / ".drill-left"
    left.mkdir(parents=True)
    bare_plane.start(create=True)
    assert ended(bare_plane, "backup-1").state == "done"
    stock(bare_plane, 3)
    assert typed(bare_plane, "backup", "create").returncode == 0
    assert typed(bare_plane, "backup", "create").returncode == 0
    assert len(list(left.parent.glob("shopward-*.backup"))) == 2
    passed = typed(bare_plane, "backup", "drill")
    assert passed.returncode == 0, passed.stderr
    assert not left.exists()
    said = typed(bare_plane, "doctor").stdout
    assert "PASS     vault:backup" in said
    assert "PASS     vault:restore-drill" in said
    kinds = typed(bare_plane, "ledger", "tail", "--count", "40").stdout
    assert "backup:made" in kinds
    assert "drill:passed" in kinds
    for path in left.parent.glob("shopward-*.backup"):
        path.write_bytes(path.read_bytes()[:-30])
    failed = typed(bare_plane, "backup", "drill")
    assert failed.returncode == 1
    assert "backup-damaged" in failed.stderr
    said = typed(bare_plane, "doctor").stdout
    assert "FAIL     vault:restore-drill" in said
    assert "drill:failed" in typed(bare_plane, "ledger", "tail").stdout


def test_without_a_data_plane_the_command_does_it_by_itself(own_plane: DataPlane) -> None:
    stock(own_plane, 3)
    own_plane.stop()
    made = typed(own_plane, "backup", "create", "a.backup")
    assert made.returncode == 0, made.stderr
    assert typed(own_plane, "backup", "verify", "a.backup").returncode == 0
    again = typed(own_plane, "backup", "create", "a.backup")
    assert again.returncode == 1
    assert "already" in again.stderr
    assert typed(own_plane, "restore", "a.backup").returncode == 1
