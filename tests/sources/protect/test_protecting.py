"""`shopward protect` on each engine: values become tokens and come back, whatever is killed."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from shopward.cli.protectjob import token_in
from tests.scenarios.plane import ROOT
from tests.sources.protect.conftest import Vault, environ, mapped
from tests.sources.protect.engines import Database, Rows

ALL = "SELECT * FROM customer ORDER BY id"
TOKENS = "SELECT count(*) FROM customer WHERE email LIKE 'cus_%'"
VALUES = "SELECT count(*) FROM customer WHERE email NOT LIKE 'cus_%'"
TABLE = """CREATE TABLE customer (id INTEGER PRIMARY KEY, email VARCHAR(100), phone VARCHAR(30),
    name VARCHAR(120) NOT NULL, street TEXT, likes VARCHAR(10) NOT NULL)"""
ODD = [
    ("  Ada ", "+49 30 901820", "Straße 1\n2. Stock"),
    ('O\'Brien \\ %s {} "x"', "030 901821", None),
    ("李", None, "тест"),
    ("é", "", "e\u0301"),
    ("", "+1 212 555 0123", "   "),
    ("Zoë 🎈", "+44 20 7946 0018", " leading and trailing "),
]
COLUMNS = mapped(
    ("customer", "email", "email", "mail"),
    ("customer", "phone", "phone", "phone"),
    ("customer", "name", "name", "opaque"),
    ("customer", "street", "street", "opaque"),
)


def fill(shop: Database, count: int, mark: str, *, table: str = TABLE) -> Rows:
    shop.run(table)
    rows = []
    for number in range(count):
        name, phone, street = ODD[number % len(ODD)]
        rows.append((number + 1, f"{number}@{mark}.example", phone, name, street, "book"))
    shop.many("INSERT INTO customer VALUES (%s, %s, %s, %s, %s, %s)", rows)
    return shop.rows(ALL)


def words(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_values_become_tokens_of_their_shape_and_come_back_byte_for_byte(
    shop: Database, vault: Vault, columns: Path
) -> None:
    before, had = fill(shop, 61, "whole" + shop.engine), vault.customers()
    columns.write_text(COLUMNS)

    done = vault.protect(shop.address, columns)

    assert done.returncode == 0, done.stderr
    assert vault.customers() - had == len(before)
    for row, (key, email, phone, name, street, likes) in zip(shop.rows(ALL), before, strict=True):
        assert (row[0], row[5]) == (key, likes)
        assert row[1].endswith("@customer.invalid")
        assert str(row[2]).startswith("+999") if phone else row[2] == phone
        assert str(row[3]).startswith("cus_") if name.strip() else row[3] == name
        assert token_in(row[4]) if street and street.strip() else row[4] == street
        assert email not in words(done)
    assert "older copies" in done.stderr

    again = vault.protect(shop.address, columns, "--reverse")

    assert again.returncode == 0, again.stderr
    assert shop.rows(ALL) == before
    assert vault.protect(shop.address, columns).returncode == 0
    assert vault.customers() - had == len(before), "known by their names, they are not doubled"


def test_a_dry_run_says_everything_and_changes_nothing(
    shop: Database, vault: Vault, columns: Path
) -> None:
    before, had = fill(shop, 7, "dry" + shop.engine), vault.customers()
    kept = journals(vault)
    columns.write_text(COLUMNS)

    done = vault.protect(shop.address, columns, "--dry-run")

    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["customer", "7", "email", "email", "mail", "7", "0", "0"] in lines
    assert ["customer", "7", "street", "street", "opaque", "5", "2", "0"] in lines
    assert "nothing was changed" in done.stderr
    assert shop.rows(ALL) == before
    assert vault.customers() == had
    assert journals(vault) == kept


def journals(vault: Vault) -> set[Path]:
    return set((vault.plane.home / "protect").glob("*"))


def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(
    shop: Database, vault: Vault, columns: Path
) -> None:
    before, had = fill(shop, 1500, "killed" + shop.engine), vault.customers()
    columns.write_text(COLUMNS)
    kills = 0
    for least in (1, 500, 1000):
        kills += killed(shop, vault, columns, least, TOKENS)
    assert kills, "every run ended before it was killed"

    done = vault.protect(shop.address, columns)

    assert done.returncode == 0, done.stderr
    assert vault.customers() - had == len(before)
    assert all(token_in(row[1]) for row in shop.rows(ALL))
    killed(shop, vault, columns, 300, VALUES, "--reverse")
    assert vault.protect(shop.address, columns, "--reverse").returncode == 0
    assert shop.rows(ALL) == before


def killed(shop: Database, vault: Vault, columns: Path, least: int, count: str, *more: str) -> bool:
    """Kills a run once so many rows are as it makes them; whether it was still running."""
    command = vault.command(shop.address, columns, *more)
    with subprocess.Popen(
        command, env=environ(), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None and shop.rows(count)[0][0] < least:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


def test_rows_of_one_person_share_a_customer_as_long_as_they_agree(
    shop: Database, vault: Vault, columns: Path
) -> None:
    shop.run(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, email VARCHAR(100), phone VARCHAR(30))",
        "CREATE TABLE orders (number VARCHAR(20), part INTEGER, who INTEGER, email VARCHAR(100),"
        " phone VARCHAR(30), name VARCHAR(50), PRIMARY KEY (number, part))",
    )
    ada, bo = f"ada@{shop.engine}.example", f"bo@{shop.engine}.example"
    shop.many("INSERT INTO customer VALUES (%s, %s, %s)", [(7, ada, "+49 30 901820"), (8, bo, "")])
    orders = [
        ("a", 1, 7, ada, "+49 30 901820", "Ada"),
        ("a", 2, 7, ada, "+49 30 901820", "Ada"),
        ("a", 3, 7, None, "+49 30 901899", "Ada L."),
        ("b", 1, 0, None, "+49 30 901811", "A guest"),
        ("b", 2, 0, None, "+49 30 901812", "Another guest"),
    ]
    shop.many("INSERT INTO orders VALUES (%s, %s, %s, %s, %s, %s)", orders)
    who = '[[person]]\ntable = "{}"\ncolumn = "{}"\nname = "customer"\n'
    pairs = [("customer", "email", "email", "mail"), ("customer", "phone", "phone", "phone"),
             ("orders", "email", "email", "mail"), ("orders", "phone", "phone", "phone"),
             ("orders", "name", "name", "opaque")]  # fmt: skip
    columns.write_text(
        mapped(*pairs, extra=who.format("customer", "id") + who.format("orders", "who"))
    )
    had = vault.customers()

    done = vault.protect(shop.address, columns)

    assert done.returncode == 0, done.stderr
    assert vault.customers() - had == 5
    (_, mail, phone), _ = shop.rows("SELECT * FROM customer ORDER BY id")
    rows = shop.rows("SELECT email, phone, name FROM orders ORDER BY number, part")
    assert rows[0] == rows[1] == (mail, phone, token_in(mail))
    assert len({row[2] for row in rows}) == 4
    assert vault.protect(shop.address, columns, "--reverse").returncode == 0
    assert shop.rows("SELECT * FROM orders ORDER BY number, part") == orders


def test_a_column_that_is_added_to_the_map_joins_the_rows_customer(
    shop: Database, vault: Vault, columns: Path
) -> None:
    before, had = fill(shop, 12, "added" + shop.engine), vault.customers()
    columns.write_text(mapped(("customer", "email", "email", "mail")))
    assert vault.protect(shop.address, columns).returncode == 0
    columns.write_text(COLUMNS)

    done = vault.protect(shop.address, columns)

    assert done.returncode == 0, done.stderr
    assert vault.customers() - had == len(before)
    for row in shop.rows(ALL):
        assert token_in(row[3]) in {token_in(row[1]), None}
    assert vault.protect(shop.address, columns, "--reverse").returncode == 0
    assert shop.rows(ALL) == before


def test_a_row_that_the_vault_refuses_is_named_by_its_key_and_stays(
    shop: Database, vault: Vault, columns: Path
) -> None:
    fill(shop, 5, "odd" + shop.engine)
    shop.run("UPDATE customer SET email = 'not an address' WHERE id = 3")
    columns.write_text(mapped(("customer", "email", "email", "mail")))

    done = vault.protect(shop.address, columns)

    assert done.returncode == 1
    assert "customer 3: stays as it is" in done.stderr
    assert "not an address" not in words(done)
    assert [bool(token_in(row[1])) for row in shop.rows(ALL)] == [True, True, False, True, True]


@pytest.mark.parametrize("more", [(), ("--reverse",)])
def test_a_second_one_is_refused_while_one_is_at_work(
    shop: Database, vault: Vault, columns: Path, more: tuple[str, ...]
) -> None:
    from shopward.sources.protect import open_shop  # noqa: PLC0415 - the drivers

    before = fill(shop, 3, "busy" + shop.engine)
    columns.write_text(COLUMNS)
    other = open_shop(shop.address)

    with other.alone():
        done = vault.protect(shop.address, columns, *more)
    other.close()

    assert done.returncode == 1
    assert "being moved already" in done.stderr
    assert shop.rows(ALL) == before
