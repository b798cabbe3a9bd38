"""MariaDB: read-only, bounded, honest about what the user may not see."""

from __future__ import annotations

from collections.abc import Iterator

import pymysql
import pytest

from shopward.errors import InvalidError, UnavailableError
from shopward.sources.discovery import Limits, Report, discover, open_source
from shopward.sources.discovery.state import State
from tests.mariadb import server as servers
from tests.sources.discovery.conftest import Look

SHOP = r"""
CREATE DATABASE shop_x;
USE shop_x;
CREATE TABLE shop_x.customers (id INT PRIMARY KEY AUTO_INCREMENT, email VARCHAR(100),
  phone VARCHAR(30), born DATE, photo LONGBLOB, extra JSON, place POINT, bits BIT(3));
CREATE TABLE shop_x.`we``ird %s` (`e mail` VARCHAR(50) PRIMARY KEY);
CREATE TABLE shop_x.nothing (a INT);
INSERT INTO shop_x.customers (email, phone, born, photo, extra, bits)
  SELECT CONCAT('ada', seq, '@kunde.de'), CONCAT('+4930', 9018200 + seq), '1990-01-01',
  REPEAT(0xFF00, 1000), CONCAT('{"mail": "bo', seq, '@kunde.de"}'), 5 FROM seq_1_to_50000;
INSERT INTO shop_x.`we``ird %s` VALUES ('ada@kunde.de');
CREATE USER reader@localhost IDENTIFIED BY 'geheim';
GRANT SELECT ON `shop\_x`.* TO reader@localhost;
CREATE USER clerk@localhost;
GRANT SELECT (id, phone) ON shop_x.customers TO clerk@localhost;
GRANT INSERT ON shop_x.nothing TO clerk@localhost
"""


@pytest.fixture(scope="module")
def server() -> Iterator[servers.Server]:
    with servers.running() as server:
        server.run(*SHOP.split(";\n"))
        yield server


def run(
    target: str, password: str | None = None, state: State | None = None, rows: int = 1000
) -> Report:
    state = state or State()
    source = open_source(target, Limits(rows=rows), state.key, password)
    try:
        return discover(source, state, lambda: "now")
    finally:
        source.close()


def test_tables_are_read_in_ranges_of_their_key(server: servers.Server) -> None:
    report = run(server.url("shop_x", "reader"), "geheim")
    found = {(one.table, one.column): one.kind for one in report.findings}

    assert found["customers", "email"] == "email"
    assert found["customers", "phone"] == "phone"
    assert found["customers", "extra.mail"] == "email"
    assert found["we`ird %s", "e mail"] == "email"
    row = next(row for row in report.tables if row.name == "customers")
    assert (row.seen, row.how) == (1000, "a sample of key ranges")
    assert report.complete
    assert report.source == "mysql://localhost/shop_x"


def test_the_server_refuses_to_write_meanwhile(server: servers.Server) -> None:
    state = State()
    source = open_source(server.url("shop_x"), Limits(), state.key, None)
    tried: list[int] = []

    def write(_done: int) -> None:
        connection = source._connection  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("START TRANSACTION READ ONLY")
            with pytest.raises(pymysql.MySQLError) as refused:
                cursor.execute("INSERT INTO nothing VALUES (1)")
        tried.append(refused.value.args[0])

    discover(source, state, lambda: "now", write)
    source.close()

    assert set(tried) == {1792}


def test_what_the_user_may_not_read_is_unknown(server: servers.Server) -> None:
    report = run(server.url("shop_x", "clerk"))

    assert not report.complete
    assert {row.name: row.why for row in report.unknown} == {
        "customers": "no right to all its columns, and the others are not shown",
        "nothing": "no right to read it",
        "(tables without a right)": "the user has no right on the whole database, and does not "
        "see them",
    }
    assert ("customers", "phone") in {(one.table, one.column) for one in report.findings}


def test_the_next_run_reads_new_rows_only(server: servers.Server) -> None:
    server.run("CREATE TABLE news (id BIGINT PRIMARY KEY, a TEXT)", database="shop_x")
    server.run("INSERT INTO news VALUES (1, 'one'), (2, 'two')", database="shop_x")
    state = State()
    run(server.url("shop_x"), state=state)
    server.run("INSERT INTO news VALUES (3, 'ada@kunde.de')", database="shop_x")

    report = run(server.url("shop_x"), state=state)

    row = next(row for row in report.tables if row.name == "news")
    assert (row.seen, row.how) == (1, "new rows: all rows")
    server.run("DROP TABLE news", database="shop_x")


def test_who_cannot_come_in_is_told_why(server: servers.Server, look: Look) -> None:
    with pytest.raises(UnavailableError, match="user or password"):
        run(server.url("shop_x", "reader"), "wrong")
    with pytest.raises(UnavailableError, match="does not answer"):
        look(f"mysql://root@127.0.0.1:{servers.free_port()}/shop")
    with pytest.raises(InvalidError, match="names no database"):
        look("mysql://root@localhost")
    with pytest.raises(InvalidError, match="password"):
        look("mysql://root:geheim@localhost/shop")
