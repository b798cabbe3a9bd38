"""SQLite databases: tables of any kind, bounded samples, and nothing written."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from shopward.errors import InvalidError, NotFoundError
from shopward.sources.discovery import Limits
from shopward.sources.discovery.state import State, load, save
from tests.sources.discovery.conftest import Look


@pytest.fixture
def database(tmp_path: Path) -> apsw.Connection:
    return apsw.Connection(str(tmp_path / "shop.db"))


def test_every_table_is_listed_also_without_findings(
    database: apsw.Connection, tmp_path: Path, look: Look
) -> None:
    database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT); CREATE TABLE x (a)")
    database.execute("INSERT INTO users (email) VALUES ('ada@kunde.de')")
    report = look(f"sqlite://{tmp_path}/shop.db")

    assert [(row.name, row.state, row.seen, row.of) for row in report.tables] == [
        ("users", "read", 1, 1),
        ("x", "read", 0, 0),
    ]
    assert report.complete


def test_names_of_any_kind_and_tables_without_row_ids_are_read(
    database: apsw.Connection, tmp_path: Path, look: Look
) -> None:
    database.execute('CREATE TABLE "we""ird; --" ("e mail" TEXT PRIMARY KEY) WITHOUT ROWID')
    database.execute("""INSERT INTO "we""ird; --" VALUES ('ada@kunde.de'), ('bo@kunde.de')""")

    report = look(f"sqlite://{tmp_path}/shop.db")

    assert [(one.column, one.kind) for one in report.findings] == [("e mail", "email")]
    assert report.tables[0].how == "all rows"


def test_a_large_table_is_sampled_over_its_whole_length(
    database: apsw.Connection, tmp_path: Path, look: Look
) -> None:
    database.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT)")
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT "
        "INTO log SELECT i, CASE WHEN i > 49500 THEN 'ada' || i || '@kunde.de' ELSE 'ok' END FROM n"
    )

    report = look(f"sqlite://{tmp_path}/shop.db", Limits(rows=1000))

    row = report.tables[0]
    assert (row.seen, row.of, row.how) == (1000, 50000, "a sample of key ranges")
    assert [one.holds for one in report.findings] == [["email"]]


def test_huge_and_binary_cells_are_bounded(
    database: apsw.Connection, tmp_path: Path, look: Look
) -> None:
    database.execute("CREATE TABLE x (photo, body)")
    database.execute("INSERT INTO x VALUES (zeroblob(50000000), ?)", ("ada@kunde.de " * 2_000_000,))

    report = look(f"sqlite://{tmp_path}/shop.db")

    assert [(one.column, one.holds) for one in report.findings] == [("body", ["email"])]


def test_the_next_run_reads_new_rows_only(
    database: apsw.Connection, tmp_path: Path, look: Look
) -> None:
    database.execute("CREATE TABLE x (id INTEGER PRIMARY KEY, a)")
    database.execute("INSERT INTO x (a) VALUES ('one'), ('two')")
    state = State()
    look(f"sqlite://{tmp_path}/shop.db", state=state)
    save(tmp_path / "state", state)
    database.execute("INSERT INTO x (a) VALUES ('ada@kunde.de')")

    report = look(f"sqlite://{tmp_path}/shop.db", state=load(tmp_path / "state"))

    assert [(row.seen, row.how) for row in report.tables] == [(1, "new rows: all rows")]
    assert [one.kind for one in report.findings] == ["email"]


def test_the_state_holds_digests_and_numbers_only(
    database: apsw.Connection, tmp_path: Path, look: Look
) -> None:
    database.execute("CREATE TABLE canary_table (id INTEGER PRIMARY KEY, canary_column)")
    database.execute("INSERT INTO canary_table VALUES (1, 'canary-value')")
    state = State()
    look(f"sqlite://{tmp_path}/shop.db", state=state)
    save(tmp_path / "state", state)

    assert "canary" not in (tmp_path / "state").read_text()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


def test_a_table_that_cannot_be_read_is_unknown(
    database: apsw.Connection, tmp_path: Path, look: Look
) -> None:
    database.execute("CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO a VALUES ('x')")
    database.execute("INSERT INTO b VALUES ('ada@kunde.de')")
    page = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'a'").fetchall()[0][0]
    database.close()
    with (tmp_path / "shop.db").open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)

    report = look(f"sqlite://{tmp_path}/shop.db")

    assert not report.complete
    assert [(row.name, row.why) for row in report.unknown] == [("a", "SQLite says CorruptError")]
    assert [one.table for one in report.findings] == ["b"]


@pytest.mark.parametrize("data", [b"", b"plain text that is long enough to be a header of a file"])
def test_what_is_no_database_is_refused(data: bytes, tmp_path: Path, look: Look) -> None:
    (tmp_path / "x.db").write_bytes(data)

    if data:
        with pytest.raises(InvalidError):
            look(f"sqlite://{tmp_path}/x.db")
    else:
        assert look(f"sqlite://{tmp_path}/x.db").units == 0
    with pytest.raises(NotFoundError):
        look(f"sqlite://{tmp_path}/missing.db")


def test_a_run_that_is_stopped_reports_what_it_saw(
    database: apsw.Connection, tmp_path: Path
) -> None:
    from shopward.sources.discovery import discover, open_source  # noqa: PLC0415

    database.execute("CREATE TABLE a (email); CREATE TABLE b (email)")
    database.execute("INSERT INTO a VALUES ('ada@kunde.de')")
    state = State()
    source = open_source(f"sqlite://{tmp_path}/shop.db", Limits(), state.key)

    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    report = discover(source, state, lambda: "now", stop)

    assert (report.stopped, report.complete, report.units) == (True, False, 1)
    assert [one.table for one in report.findings] == ["a"]
