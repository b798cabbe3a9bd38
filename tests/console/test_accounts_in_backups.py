"""Accounts through the operator's commands: into a backup, and back on either engine."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli import shop as shops
from tests.console.test_server import READY, ask
from tests.postgres.engine import Postgres


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> shops.Shop:
    """A shop that has served for a moment, and a backup of it: `a.backup`."""
    made = shops.make(tmp_path_factory.mktemp("accounts"))
    with shops.serving(made), made.started("console") as pages:
        shops.wait_for(pages, READY)
        until = time.monotonic() + shops.START_S
        while not (made.home / "console" / "accounts.copy").exists():
            assert time.monotonic() < until
            time.sleep(0.1)
        said = made.type("backup", "create", "a.backup")
        assert said.returncode == 0, said.stderr
    return made


def lose(shop: shops.Shop, *parts: str) -> None:
    for part in parts:
        for path in shop.home.glob(f"{part}*"):
            path.unlink()


def serves(shop: shops.Shop) -> None:
    with shop.started("console") as pages:
        shops.wait_for(pages, READY)
        assert ask(shop, "staff", "console.shopward.localhost", "/sign-in/").status == 200


def test_a_backup_says_that_it_holds_them(shop: shops.Shop) -> None:
    (listed,) = json.loads(shop.type("backup", "list", ".", "--json").stdout)

    assert listed["accounts"] == "yes"
    assert "accounts   yes" in shop.type("backup", "verify", "a.backup").stdout


def test_doctor_tells_when_the_newest_backup_lacks_them(shop: shops.Shop) -> None:
    folder = shop.home / "backups"
    folder.mkdir()
    set_ = shops.Shop(shop.folder, {**shop.environment, "SHOPWARD_BACKUP_FOLDER": str(folder)})
    assert said_of(set_) == "unknown"
    (shop.folder / "a.backup").rename(folder / "shopward-20260101T000000.000Z.backup")
    assert said_of(set_) == "pass"
    copy = shop.home / "console" / "accounts.copy"
    copy.rename(copy.with_name("away"))
    assert set_.type("backup", "create").returncode == 0
    assert said_of(set_) == "unknown"
    copy.with_name("away").rename(copy)
    assert said_of(set_) == "fail"


def said_of(shop: shops.Shop) -> str:
    found = json.loads(shop.type("doctor", "--json").stdout)
    (outcome,) = [one["outcome"] for one in found if one["check"] == "vault:accounts"]
    return str(outcome)


def test_store_and_accounts_come_back_together(shop: shops.Shop) -> None:
    lose(shop, "store/", "console/console.db")
    said = shop.type("restore", "a.backup")

    assert said.returncode == 0, said.stderr
    assert "rows of accounts" in said.stdout
    serves(shop)


def test_accounts_that_are_there_stay_when_the_store_comes_back(shop: shops.Shop) -> None:
    lose(shop, "store/")
    before = (shop.home / "console" / "console.db").read_bytes()
    said = shop.type("restore", "a.backup")

    assert said.returncode == 0, said.stderr
    assert "the accounts that are here stay as they are" in said.stderr
    assert (shop.home / "console" / "console.db").read_bytes() == before


def test_accounts_alone_come_back_on_the_other_engine(
    shop: shops.Shop, console_database: str, postgres: Postgres
) -> None:
    moved = shops.Shop(
        shop.folder, {**shop.environment, "SHOPWARD_CONSOLE_URL": postgres.url(console_database)}
    )
    said = moved.type("restore", "a.backup", "--accounts-only")
    assert said.returncode == 0, said.stderr
    assert moved.type("staff", "link").returncode == 0
    serves(moved)


def test_a_kill_in_between_leaves_no_accounts_that_open(shop: shops.Shop) -> None:
    database = shop.home / "console" / "console.db"
    database.unlink()
    Path(database.with_name(".console.db.restoring")).write_bytes(b"half of one")
    said = shop.type("restore", "a.backup", "--accounts-only")

    assert said.returncode == 0, said.stderr
    assert not database.with_name(".console.db.restoring").exists()
    serves(shop)
