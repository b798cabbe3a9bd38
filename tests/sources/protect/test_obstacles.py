"""What is in the way is found before anything is changed, and said with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from shopward.cli.protectjob import token_in
from shopward.errors import ConflictError, InvalidError
from shopward.policy.parse import parse as parse_policy
from shopward.sources.protect import Change, Shop, open_shop
from shopward.sources.protect.map_file import Mapped, Target, parse
from shopward.sources.protect.preflight import Judges, Survey, look
from shopward.vault.normalise import check
from shopward.vault.tokens import new_token
from tests.postgres.keeper import ROLE
from tests.sources.protect.conftest import POLICY
from tests.sources.protect.engines import Database

FIELDS = parse_policy(POLICY.encode()).fields
GENERATED = {
    "sqlite": "twice VARCHAR(200) GENERATED ALWAYS AS (name || name) VIRTUAL",
    "postgres": "twice VARCHAR(200) GENERATED ALWAYS AS (name || name) STORED",
    "mariadb": "twice VARCHAR(200) GENERATED ALWAYS AS (CONCAT(name, name)) VIRTUAL",
}
NUMBERS = {"sqlite": "INTEGER", "postgres": "INTEGER", "mariadb": "INT"}
FULL = """CREATE TABLE customer (id {number} PRIMARY KEY, email VARCHAR(60) UNIQUE,
    name VARCHAR(20), phone VARCHAR(15), born {number}, {generated})"""


@contextmanager
def opened(shop: Database) -> Iterator[Shop]:
    with closing(open_shop(shop.address)) as made:
        yield made


def seen(shop: Database, *columns: tuple[str, str, str], table: str = "customer") -> Survey:
    def fits(name: str, value: str) -> None:
        check(FIELDS[name].type, name, value, FIELDS[name].max_chars)

    judges = Judges(FIELDS, fits, token_in, lambda _table: False)
    target = Target(table, tuple(Mapped(*one) for one in columns))
    with opened(shop) as made:
        return look(made, [target], judges)


def told(survey: Survey) -> list[tuple[str, str]]:
    return [(one.column, one.what) for one in survey.obstacles]


def made(shop: Database) -> None:
    shop.run(FULL.format(number=NUMBERS[shop.engine], generated=GENERATED[shop.engine]))


def test_columns_that_no_token_fits_are_named(shop: Database) -> None:
    made(shop)
    survey = seen(
        shop,
        ("email", "email", "mail"),
        ("born", "phone", "phone"),
        ("twice", "street", "opaque"),
        ("nowhere", "name", "opaque"),
        ("name", "no_such_field", "opaque"),
    )

    found = told(survey)
    assert ("born", f"it holds {NUMBERS[shop.engine].lower()}, which no token fits") in [
        (column, what.replace("int(11)", "int")) for column, what in found
    ]
    assert ("twice", "the database computes it") in found
    assert ("nowhere", "there is no such column") in found
    assert ("name", "the policy has no field `no_such_field`") in found
    assert all(one.remedy.endswith((".", ")")) for one in survey.findings)


def test_columns_that_are_too_narrow_are_named_with_the_statement(shop: Database) -> None:
    if shop.engine == "sqlite":
        pytest.skip("SQLite does not limit texts")
    made(shop)
    survey = seen(shop, ("name", "name", "opaque"), ("phone", "phone", "phone"))

    assert told(survey) == [
        ("name", "it takes 20 characters, a token has 31"),
        ("phone", "it takes 15 characters, a token has 16"),
    ]
    assert "ALTER TABLE" in survey.obstacles[0].remedy
    assert "varchar(31)" in survey.obstacles[0].remedy


def test_keys_and_foreign_keys_are_refused_from_both_sides(shop: Database) -> None:
    shop.run(
        "CREATE TABLE customer (email VARCHAR(60) PRIMARY KEY, name VARCHAR(60) UNIQUE)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, who VARCHAR(60),"
        " FOREIGN KEY (who) REFERENCES customer (name))",
    )

    assert told(seen(shop, ("email", "email", "mail"))) == [
        ("email", "it is part of the primary key")
    ]
    assert told(seen(shop, ("name", "name", "opaque"))) == [
        ("name", "a foreign key ties it to orders")
    ]
    assert told(seen(shop, ("who", "name", "opaque"), table="orders")) == [
        ("who", "a foreign key ties it to customer")
    ]


def test_views_missing_tables_and_tables_without_a_key_are_refused(shop: Database) -> None:
    shop.run("CREATE TABLE loose (name VARCHAR(60))", "CREATE VIEW shown AS SELECT name FROM loose")
    name = ("name", "name", "opaque")

    assert told(seen(shop, name, table="shown")) == [("", "it is a view")]
    assert told(seen(shop, name, table="loose")) == [("", "it has no primary key")]
    assert told(seen(shop, name, table="gone")) == [("", "there is no such table")]


def test_triggers_and_unique_indexes_are_remarked(shop: Database) -> None:
    shop.run("CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(60) UNIQUE)")
    if shop.engine == "postgres":
        shop.run(
            "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER noting AFTER UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION noted()",
        )
    elif shop.engine == "mariadb":
        shop.run("CREATE TRIGGER noting AFTER UPDATE ON customer FOR EACH ROW SET @seen = 1")
    else:
        shop.run("CREATE TRIGGER noting AFTER UPDATE ON customer BEGIN SELECT 1; END")

    survey = seen(shop, ("name", "name", "opaque"))

    assert not survey.obstacles
    remarks = [one.what for one in survey.findings]
    assert "trigger noting runs at each update" in remarks
    assert any("keeps its values apart" in one for one in remarks)


def test_rows_are_judged_before_the_first_change(shop: Database) -> None:
    shop.run("CREATE TABLE customer (id INTEGER PRIMARY KEY, email VARCHAR(250), name VARCHAR(60))")
    rows = [
        (1, "ada@example.com", "Ada"),
        (2, "ADA@example.com", new_token("cus")),
        (3, "x" * 230 + "@example.com", None),
    ]
    shop.many("INSERT INTO customer VALUES (%s, %s, %s)", rows)

    survey = seen(shop, ("email", "email", "mail"), ("name", "name", "opaque"))

    what = [one.what for one in survey.findings]
    assert any("rows look like tokens: 2" in one for one in what)
    assert any("1 values stand in several rows" in one for one in what)
    assert any("1 rows will stay as they are, such as 3: email" in one for one in what)
    assert not any("xxx" in one or "ada" in one.lower() for one in what)
    counts = survey.tables[0]
    assert (counts.rows, counts.waiting) == (3, 3)


def test_a_unique_field_in_two_tables_needs_a_person(shop: Database) -> None:
    for table in ("customer", "orders"):
        shop.run(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, email VARCHAR(60))")
    targets = [Target(one, (Mapped("email", "email", "mail"),)) for one in ("customer", "orders")]
    judges = Judges(FIELDS, lambda _name, _value: None, token_in, lambda _table: False)

    with opened(shop) as made_shop:
        survey = look(made_shop, targets, judges)

    assert told(survey) == [
        ("email", "the policy keeps `email` unique, and customer.email has it too")
    ]


@pytest.mark.parametrize("meanwhile", ["ada", "Ada ", "Áda", None])
def test_a_row_that_the_shop_changed_meanwhile_is_left_alone(
    shop: Database, meanwhile: str | None
) -> None:
    """Also where the column's collation takes the new value for the old one."""
    shop.run("CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(60))")
    shop.many("INSERT INTO customer VALUES (%s, %s)", [(1, "Ada"), (2, "Bo")])
    with opened(shop) as made_shop:
        shape = made_shop.shape("customer")
        assert shape is not None
        rows = [row for page in made_shop.pages(shape, ["name"], None, 1) for row in page]
        shop.many("UPDATE customer SET name = %s WHERE id = %s", [(meanwhile, 1)])

        missed = made_shop.change(
            shape, ["name"], [Change(row.key, row.values, ("token",)) for row in rows]
        )

    assert missed == [(1,)]
    assert shop.rows("SELECT name FROM customer ORDER BY id") == [(meanwhile,), ("token",)]


def test_a_batch_that_the_database_refuses_is_taken_back_whole(shop: Database) -> None:
    shop.run(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY,"
        " name VARCHAR(60) CHECK (name NOT LIKE 'bad%'))"
    )
    shop.many("INSERT INTO customer VALUES (%s, %s)", [(1, "Ada"), (2, "Bo")])
    with opened(shop) as made_shop:
        shape = made_shop.shape("customer")
        assert shape is not None
        changes = [Change((1,), ("Ada",), ("good",)), Change((2,), ("Bo",), ("bad",))]
        with pytest.raises(ConflictError):
            made_shop.change(shape, ["name"], changes)
        with pytest.raises(ConflictError):
            made_shop.rehearse(shape, ["name"], changes[1])
        made_shop.rehearse(shape, ["name"], changes[0])

    assert shop.rows("SELECT name FROM customer ORDER BY id") == [("Ada",), ("Bo",)]


def test_pages_go_over_every_row_whatever_the_key(shop: Database) -> None:
    shop.run(
        "CREATE TABLE customer (kind VARCHAR(9), part INTEGER, at VARCHAR(9), name VARCHAR(60),"
        " PRIMARY KEY (kind, part, at))"
    )
    rows = [(kind, part, at, "x") for kind in "abA" for part in range(5) for at in "pqr"]
    if shop.engine == "mariadb":
        rows = [row for row in rows if row[0] != "A"]
    shop.many("INSERT INTO customer VALUES (%s, %s, %s, %s)", rows)
    with opened(shop) as made_shop:
        shape = made_shop.shape("customer")
        assert shape is not None
        for size in (1, 2, 7, 1000):
            keys = [
                row.key for page in made_shop.pages(shape, ["name"], None, size) for row in page
            ]
            assert len(keys) == len(set(keys)) == len(rows)


def test_a_user_without_rights_is_told_which(shop: Database) -> None:
    if shop.engine == "sqlite":
        pytest.skip("rights are the file's")
    shop.run("CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(60))")
    if shop.engine == "mariadb":
        user = f"u_{shop.address.partition('/s_')[2][:12]}"
        shop.run(f"CREATE USER {user}@localhost", f"GRANT SELECT ON customer TO {user}@localhost")
        other = Database(shop.engine, shop.address.replace("root@", f"{user}@"), None)
    else:
        shop.run(f"REVOKE UPDATE ON customer FROM {ROLE}")
        other = shop

    assert told(seen(other, ("name", "name", "opaque"))) == [
        ("name", "this user may not update it")
    ]


def test_mariadb_keeps_what_counts_changes_and_refuses_engines_without_transactions(
    shop: Database,
) -> None:
    if shop.engine != "mariadb":
        pytest.skip("only there")
    shop.run(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(60), changed TIMESTAMP"
        " DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP)",
        "INSERT INTO customer (id, name) VALUES (1, 'Ada')",
        "CREATE TABLE old (id INTEGER PRIMARY KEY, name VARCHAR(60)) ENGINE=MyISAM",
    )
    with opened(shop) as made_shop:
        shape = made_shop.shape("customer")
        assert shape is not None
        assert made_shop.change(shape, ["name"], [Change((1,), ("Ada",), ("x",))]) == []

    assert shop.rows("SELECT name, changed = '2020-01-01' FROM customer") == [("x", 1)]
    assert told(seen(shop, ("name", "name", "opaque"), table="old")) == [
        ("", "its engine MyISAM has no transactions")
    ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"column": "x"},
        {"column": [{"table": "a", "column": "b", "field": "c"}]},
        {"column": [{"table": "a", "column": "b", "confirmed": True}]},
        {"column": [{"table": "a", "column": "b", "field": "c", "token": "x", "confirmed": True}]},
        {"column": 2 * [{"table": "a", "column": "b", "field": "c", "confirmed": True}]},
        {
            "column": [{"table": "a", "column": "b", "field": "c", "confirmed": True}],
            "person": [{"table": "z", "column": "b"}],
        },
    ],
)
def test_a_map_that_is_none_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        parse(document)
