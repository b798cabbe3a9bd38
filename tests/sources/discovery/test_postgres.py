"""PostgreSQL: read-only, bounded, honest about what the user may not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

import psycopg
import pytest

from shopward.errors import InvalidError, UnavailableError
from shopward.sources.discovery import Limits, Report, discover, open_source
from shopward.sources.discovery.state import State
from tests.postgres import engine as engines
from tests.sources.discovery.conftest import Look

SHOP = """
CREATE TABLE customers (id serial PRIMARY KEY, email text, phone text, born date, photo bytea,
  extra jsonb, words tsvector, amount numeric, forever timestamptz);
INSERT INTO customers (email, phone, born, photo, extra, words, amount, forever)
SELECT 'ada' || n || '@kunde.de', '+4930' || 9018200 + n, '1990-01-01', '\\xff00',
  jsonb_build_object('mail', 'bo' || n || '@kunde.de'),
  to_tsvector('simple', 'ada' || n || '@kunde.de'), 'NaN', 'infinity'
  FROM generate_series(1, 20000) n;
CREATE TABLE parcels (code text, note text);
INSERT INTO parcels SELECT 'p' || n, repeat('x', 200) FROM generate_series(1, 60000) n;
CREATE SCHEMA "od""d"; CREATE TABLE "od""d"."we""ird %s" ("e mail" text);
INSERT INTO "od""d"."we""ird %s" VALUES ('ada@kunde.de');
CREATE TABLE hidden (email text); CREATE TABLE partly (id int, phone text, email text);
INSERT INTO partly VALUES (1, '+4930901820', 'ada@kunde.de');
CREATE TABLE guarded (email text); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE TABLE days (day date, ip text) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO days VALUES ('2026-05-05', '84.17.46.3');
GRANT SELECT ON customers, guarded TO clerk; GRANT SELECT (id, phone) ON partly TO clerk;
ANALYZE;
"""


class Shop(NamedTuple):
    """A database, and the role of somebody who may not read all of it."""

    name: str
    clerk: str


@pytest.fixture(scope="module")
def database(postgres: engines.Postgres) -> Iterator[Shop]:
    name = f"discovery_{uuid4().hex}"
    clerk = f"clerk_{uuid4().hex}"
    with postgres.connect(user="postgres") as connection:
        connection.execute(f"CREATE DATABASE {name}")
        connection.execute(f"CREATE ROLE {clerk} LOGIN")
    with postgres.connect(name, user="postgres") as connection:
        connection.execute(SHOP.replace("clerk", clerk).encode())
    yield Shop(name, clerk)
    with postgres.connect(user="postgres") as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"DROP ROLE {clerk}")


def url(postgres: engines.Postgres, database: str, user: str = "postgres") -> str:
    folder, port = postgres.cluster.folder, postgres.cluster.port
    return f"postgresql://{user}@/{database}?host={folder}&port={port}"


def run(target: str, state: State | None = None, rows: int = 1000) -> Report:
    state = state or State()
    source = open_source(target, Limits(rows=rows), state.key)
    try:
        return discover(source, state, lambda: "now")
    finally:
        source.close()


def test_tables_of_any_name_and_type_are_read(postgres: engines.Postgres, database: Shop) -> None:
    report = run(url(postgres, database.name))
    found = {(one.table, one.column): one.kind for one in report.findings}

    assert found["customers", "email"] == "email"
    assert found["customers", "phone"] == "phone"
    assert found["customers", "extra.mail"] == "email"
    assert found['od"d.we"ird %s', "e mail"] == "email"
    assert found["days", "ip"] == "ip"
    words = next(one for one in report.findings if one.column == "words")
    assert words.side_copy == "search text"
    assert report.complete
    assert report.source == f"postgresql://localhost/{database.name}"


def test_large_tables_are_sampled_and_say_how_much_was_seen(
    postgres: engines.Postgres, database: Shop
) -> None:
    rows = {row.name: row for row in run(url(postgres, database.name)).tables}

    assert (rows["customers"].seen, rows["customers"].of) == (1000, 20000)
    assert rows["customers"].how == "a sample of key ranges"
    assert (rows["parcels"].of, rows["parcels"].how) == (60000, "a sample of pages")
    assert 500 <= rows["parcels"].seen <= 1000


def test_what_the_user_may_not_read_is_unknown(postgres: engines.Postgres, database: Shop) -> None:
    report = run(url(postgres, database.name, database.clerk))
    why = {row.name: row.why for row in report.unknown}

    assert why["hidden"] == "no right to read it"
    assert why["partly"] == "no right to read email"
    assert why["guarded"] == "no right to read it, or row security hides rows of it"
    assert not report.complete
    assert ("partly", "phone") in {(one.table, one.column) for one in report.findings}
    assert "customers" not in why


def test_the_server_refuses_to_write_meanwhile(postgres: engines.Postgres, database: Shop) -> None:
    state = State()
    source = open_source(url(postgres, database.name), Limits(), state.key)
    connection = source._connection  # type: ignore[attr-defined]

    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), connection.transaction():
        connection.execute("DELETE FROM customers")
    source.close()


def test_a_table_that_somebody_locked_is_unknown_and_the_rest_is_read(
    postgres: engines.Postgres, database: Shop
) -> None:
    with postgres.connect(database.name, user="postgres") as other:
        other.autocommit = False
        other.execute("LOCK TABLE parcels IN ACCESS EXCLUSIVE MODE")
        report = run(url(postgres, database.name))

    assert [(row.name, row.why) for row in report.unknown] == [
        ("parcels", "locked by somebody else")
    ]
    assert "customers" in {one.table for one in report.findings}


def test_a_database_without_an_encoding_is_read_as_bytes(postgres: engines.Postgres) -> None:
    name = f"discovery_{uuid4().hex}"
    with postgres.connect(user="postgres") as connection:
        connection.execute(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
        )
    with postgres.connect(name, user="postgres") as connection:
        connection.execute("CREATE TABLE t (email text)")
        connection.execute("INSERT INTO t VALUES (E'ada\\xe4@kunde.de'), ('bo@kunde.de')")
    try:
        report = run(url(postgres, name))
    finally:
        with postgres.connect(user="postgres") as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    assert [(one.column, one.kind) for one in report.findings] == [("email", "email")]


def test_a_server_that_goes_away_leaves_the_rest_unknown(
    postgres: engines.Postgres, database: Shop
) -> None:
    state = State()
    source = open_source(url(postgres, database.name), Limits(), state.key)

    def end(done: int) -> None:
        if done == 1:
            source.close()
            source._address = source._address._replace(query="host=/nowhere")  # type: ignore[attr-defined]

    report = discover(source, state, lambda: "now", end)
    source.close()

    assert {row.why for row in report.unknown} == {"the server does not answer any more"}
    assert [row.name for row in report.tables if row.state == "read"] == ['od"d.we"ird %s']


def test_who_cannot_come_in_is_told_why(look: Look) -> None:
    with pytest.raises(UnavailableError, match="does not let us in"):
        look(f"postgresql://nobody@127.0.0.1:{engines.free_port()}/shop")
    with pytest.raises(InvalidError, match="password"):
        look("postgresql://ada:geheim@localhost/shop")
    with pytest.raises(InvalidError, match="password"):
        look("postgresql://ada@localhost/shop?password=geheim")
