"""`shopward_attach` and `shopward_detach` on a shop that was there before."""

from __future__ import annotations

import fcntl
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from shopward_client.django import tokens
from tests.postgres.engine import Engine, Postgres
from tests.postgres.keeper import ROLE
from tests.scenarios.plane import DataPlane
from tests.shop.vault import ROOT, SHOP, Run, given, run

ODD = [
    ("  Ada ", "O'Brien \u202fx", "Straße 1\n2. Stock", "sw1y 4jh"),
    ("", "李", 'тест %s {} \\ "quoted"', ""),
    ("é", "e\u0301", " leading and trailing ", "x"),
]


@dataclass
class Shop:
    """An unprotected shop with customers, and the environment that protects it."""

    plain: dict[str, str]
    environ: dict[str, str]
    connection: Any = None

    def manage(self, *command: str, columns: bool = True) -> Any:
        return run(self.environ if columns else self.plain, "django", *command)

    def attach(self, *more: str) -> Any:
        return self.manage("shopward_attach", *more)

    def rows(self) -> list[Any]:
        customers = "SELECT id, email, first_name, last_name, likes FROM bookshop_customer"
        addresses = "SELECT id, line1, postcode, note FROM bookshop_address"
        return [
            row
            for sql in (customers, addresses)
            for row in self.execute(f"{sql} ORDER BY id").fetchall()
        ]

    @property
    def is_sqlite(self) -> bool:
        return isinstance(self.connection, sqlite3.Connection)

    def execute(self, sql: str, *params: Any) -> Any:
        marked = sql.replace("%s", "?") if self.is_sqlite else sql
        return self.connection.execute(marked, params)

    def fill(self, count: int) -> None:
        for number in range(count):
            first, last, line1, postcode = ODD[number % len(ODD)]
            self.execute(
                "INSERT INTO bookshop_customer (id, email, first_name, last_name, likes)"
                " VALUES (%s, %s, %s, %s, 'book')",
                number + 1,
                f"{number}@{self.mark}.example",
                first,
                last,
            )
            self.execute(
                "INSERT INTO bookshop_address (id, line1, postcode, note, customer_id)"
                " VALUES (%s, %s, %s, %s, %s)",
                number + 1,
                line1,
                postcode,
                None if number % 2 else f"note {number}",
                number + 1,
            )

    @property
    def mark(self) -> str:
        """What tells this shop's mail addresses from those of others in the vault."""
        name: str = json.loads(self.environ["SHOP"])["database"]["NAME"]
        return sha256(name.encode()).hexdigest()[:12]


@pytest.fixture
def shop(shop_vault: DataPlane, engine: Engine, tmp_path: Path) -> Iterator[Shop]:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "shop.db")}
    if isinstance(engine, Postgres):
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": engine.database(),
            "USER": ROLE,
            "HOST": str(engine.cluster.folder),
            "PORT": str(engine.cluster.port),
        }
    made = Shop(
        given(shop_vault, database, ""), given(shop_vault, database, str(SHOP / "columns.toml"))
    )
    succeeds(made.manage("migrate", "-v0", columns=False))
    succeeds(made.manage("migrate", "-v0"))
    made.connection = (
        engine.connect(database["NAME"])
        if isinstance(engine, Postgres)
        else sqlite3.connect(database["NAME"], isolation_level=None)
    )
    yield made
    made.connection.close()


def succeeds(done: Run) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fails(done: Run) -> str:
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_values_come_back_byte_for_byte(shop: Shop) -> None:
    shop.fill(7)
    before = shop.rows()
    said = succeeds(shop.attach())
    assert "bookshop_customer: 7 rows moved into the vault" in said
    held = shop.rows()
    assert all(row[0] == old[0] for row, old in zip(held, before, strict=True))
    for row, old in zip(held, before, strict=True):
        for now, then in zip(row[1:], old[1:], strict=True):
            is_kept = not then or then == "book"
            assert now == then if is_kept else tokens.token_in(now)
    succeeds(shop.manage("makemigrations", "--check", "--dry-run"))
    succeeds(shop.attach())
    assert shop.rows() == held
    succeeds(shop.manage("shopward_detach", "--erase"))
    assert shop.rows() == before
    succeeds(shop.attach())
    succeeds(shop.manage("shopward_detach"))
    assert shop.rows() == before
    succeeds(shop.attach())
    succeeds(shop.manage("shopward_detach"))
    assert shop.rows() == before


@pytest.mark.slow
@pytest.mark.parametrize("command", ["shopward_attach", "shopward_detach"])
def test_killed_at_any_point_it_goes_on(shop: Shop, command: str) -> None:
    shop.fill(300)
    before = shop.rows()
    if command == "shopward_detach":
        succeeds(shop.attach())
    for wait_s in (0.35, 0.5, 0.6, 0.7, 0.9):
        process = subprocess.Popen(
            [sys.executable, "-m", "django", command],
            env=shop.environ,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
    succeeds(shop.manage(command))
    if command == "shopward_attach":
        assert not any("@" in str(row[1]) and "@customer" not in str(row[1]) for row in shop.rows())
        succeeds(shop.manage("shopward_detach"))
    assert shop.rows() == before


def test_a_row_that_was_stored_before_a_kill_is_not_stored_twice(shop: Shop) -> None:
    shop.fill(1)
    clear = shop.rows()[0]
    succeeds(shop.attach())
    token = shop.rows()[0][1]
    sql = "UPDATE bookshop_customer SET email = %s, first_name = %s, last_name = %s"
    shop.execute(sql, *clear[1:4])
    succeeds(shop.attach())
    assert shop.rows()[0][1] == token


def test_another_database_with_the_same_tables_has_customers_of_its_own(
    shop: Shop, shop_vault: DataPlane, tmp_path: Path
) -> None:
    shop.fill(1)
    succeeds(shop.attach("bookshop_address"))
    token = shop.rows()[1][1]
    other = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "other.db")}
    environ = given(shop_vault, other, str(SHOP / "columns.toml"))
    twin = Shop(environ, environ, sqlite3.connect(other["NAME"], isolation_level=None))
    succeeds(twin.manage("migrate", "-v0"))
    twin.fill(1)
    succeeds(twin.attach("bookshop_address"))
    assert twin.rows()[1][1] != token
    twin.connection.close()


def test_a_customer_without_a_row_is_taken_over(shop: Shop, shop_vault: DataPlane) -> None:
    shop.fill(1)
    stored = shop_vault.caller("shop-backend").store({"email": f"0@{shop.mark}.example"})
    succeeds(shop.attach())
    assert tokens.token_in(shop.rows()[0][1]) == stored.subject


def test_two_at_once_are_refused(shop: Shop) -> None:
    shop.fill(1)
    with held(shop):
        assert "being moved already" in fails(shop.attach())
        assert "being moved already" in fails(shop.manage("shopward_detach"))
    succeeds(shop.attach())


@contextmanager
def held(shop: Shop) -> Iterator[None]:
    """Another command is at work on this database."""
    if not shop.is_sqlite:
        shop.execute("SELECT pg_advisory_lock(%s)", 0x5348_4F50)
        yield
        shop.execute("SELECT pg_advisory_unlock(%s)", 0x5348_4F50)
        return
    with Path(json.loads(shop.environ["SHOP"])["database"]["NAME"] + ".moving").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_what_cannot_be_moved_is_named_and_the_rest_goes_on(shop: Shop) -> None:
    shop.fill(4)
    twin, bad = f"1@{shop.mark}.EXAMPLE", "no address"
    shop.execute("UPDATE bookshop_customer SET email = %s WHERE id = 3", twin)
    shop.execute("UPDATE bookshop_customer SET email = %s WHERE id = 4", bad)
    shop.execute("UPDATE bookshop_address SET line1 = %s WHERE id = 2", "x" * 255)
    shop.execute("UPDATE bookshop_address SET note = %s WHERE id = 3", "x" * 5001)
    said = fails(shop.attach())
    assert "bookshop_customer 3: stays as it is (conflict already-taken email)" in said
    assert "bookshop_customer 4: stays as it is (invalid" in said
    assert "bookshop_address 3: stays as it is (invalid" in said
    assert "3 rows stay as they are" in said
    assert bad not in said
    assert twin not in said
    rows = shop.rows()
    assert [bool(tokens.token_in(row[1])) for row in rows] == [1, 1, 0, 0, 1, 1, 0, 1]
    shop.execute("UPDATE bookshop_customer SET email = 'c@d.example' WHERE id = 3")
    shop.execute("UPDATE bookshop_customer SET email = %s WHERE id = 4", f"d@{shop.mark}.example")
    shop.execute("UPDATE bookshop_address SET note = 'short' WHERE id = 3")
    succeeds(shop.attach())
    assert all(tokens.token_in(row[1]) for row in shop.rows())


def test_a_value_that_looks_like_a_token_is_asked_about(shop: Shop, shop_vault: DataPlane) -> None:
    shop.fill(2)
    token = shop_vault.caller("shop-backend").store({"city": "Delft"}).subject
    shop.execute("UPDATE bookshop_address SET line1 = %s WHERE id = 1", token)
    said = fails(shop.attach("bookshop_address"))
    assert "1 rows look like tokens: 1." in said
    assert shop.rows()[-1][1] == ODD[1][2]
    shop.execute("UPDATE bookshop_address SET line1 = 'Corrected' WHERE id = 1")
    succeeds(shop.attach())


def test_without_the_vault_nothing_is_moved(shop: Shop, shop_vault: DataPlane) -> None:
    shop.fill(2)
    before = shop.rows()
    away = json.loads(shop.environ["SHOP"]) | {"url": "http://127.0.0.1:1"}
    done = run(shop.environ | {"SHOP": json.dumps(away)}, "django", "shopward_attach")
    assert "CommandError" in fails(done)
    assert shop.rows() == before


def test_a_map_of_what_is_not_there_stops_the_shop(shop: Shop, tmp_path: Path) -> None:
    for wrong, words in (
        ('table = "nowhere"\ncolumn = "email"', "No model has the table nowhere"),
        ('table = "bookshop_customer"\ncolumn = "age"', "has no column age"),
        ('table = "bookshop_customer"\ncolumn = "id"', "is no column of text"),
    ):
        path = tmp_path / "wrong.toml"
        path.write_text(f'[[column]]\n{wrong}\nfield = "email"\nconfirmed = true\n')
        given = json.loads(shop.environ["SHOP"]) | {"map": str(path)}
        done = run(shop.environ | {"SHOP": json.dumps(given)}, "django", "check")
        assert done.returncode == 1
        assert words in done.stderr


def test_narrow_columns_are_widened_and_narrowed_again(shop: Shop) -> None:
    if shop.is_sqlite:
        pytest.skip("SQLite does not limit the length of a text")
    shop.fill(3)
    before = widths(shop)
    assert before["postcode"] == 8
    succeeds(shop.attach())
    assert widths(shop)["postcode"] == 31
    assert widths(shop)["first_name"] == 31
    succeeds(shop.manage("shopward_detach"))
    assert widths(shop) == before


def widths(shop: Shop) -> dict[str, int]:
    sql = (
        "SELECT column_name, character_maximum_length FROM information_schema.columns"
        " WHERE table_name LIKE 'bookshop_%'"
    )
    return dict(shop.connection.execute(sql).fetchall())


def test_a_database_user_without_rights_is_told_so(shop: Shop) -> None:
    if shop.is_sqlite:
        pytest.skip("root may write every file; PostgreSQL shows it")
    shop.fill(1)
    before = shop.rows()
    weak = json.loads(shop.environ["SHOP"])
    weak["database"]["OPTIONS"] = {"options": "-c default_transaction_read_only=on"}
    done = run(shop.environ | {"SHOP": json.dumps(weak)}, "django", "shopward_attach")
    assert "needs to read, update and alter" in fails(done)
    assert shop.rows() == before
