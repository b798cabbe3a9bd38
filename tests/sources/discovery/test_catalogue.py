"""What is proposed: a policy that holds, a map of columns, and what no line speaks about."""

from __future__ import annotations

import tomllib
from pathlib import Path

import apsw
import pytest

from shopward.errors import InvalidError
from shopward.policy.parse import parse
from shopward.policy.taxonomy import CATEGORIES
from shopward.sources.detect import ABOUT, Kind
from shopward.sources.discovery import Report
from shopward.sources.discovery.catalogue import TERMS, proposals
from shopward.sources.discovery.columns_file import columns_toml, places, unmapped
from shopward.sources.discovery.policy_draft import policy_toml
from shopward.sources.discovery.report import FORMAT, FindingRow, TableRow
from tests.sources.discovery.conftest import Look


@pytest.fixture
def report(tmp_path: Path, look: Look) -> Report:
    connection = apsw.Connection(str(tmp_path / "shop.db"))
    connection.execute(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email, first_name, password, street, vat_id);"
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, email, data);"
        "CREATE TABLE mail_log (id INTEGER PRIMARY KEY, body)"
    )
    for number in range(30):
        mail = f"ada{number}@kunde.de"
        connection.execute(
            "INSERT INTO users VALUES (?, ?, 'Ada', ?, 'Weg 1', 'DE136695976')",
            (number, mail, "pbkdf2_sha256$1$salt$c2VjcmV0c2VjcmV0c2Vj"),
        )
        connection.execute(
            "INSERT INTO orders VALUES (?, ?, ?)", (number, mail, f'{{"m":"{mail}"}}')
        )
        connection.execute("INSERT INTO mail_log VALUES (?, ?)", (number, f"Hello {mail}"))
    connection.close()
    return look(f"sqlite://{tmp_path}/shop.db")


def test_every_kind_has_a_category_of_the_policys_words() -> None:
    assert set(ABOUT) == set(Kind)
    assert {about.category for about in ABOUT.values()} <= CATEGORIES
    for kind, about in ABOUT.items():
        assert bool(about.field) == (kind in TERMS)
        assert about.field or about.advice or kind is Kind.URL


def test_the_drafted_policy_is_accepted_as_it_is(report: Report) -> None:
    policy = parse(policy_toml(proposals(report)).encode())

    assert set(policy.fields) == {"email", "first_name", "address1", "vat_id"}
    assert policy.fields["email"].token == "mail"
    assert set(policy.purposes) == {"account", "fulfil", "tax"}


def test_a_policy_of_everything_that_can_be_proposed_is_accepted() -> None:
    rows = [_finding(kind, f"column{number}") for number, kind in enumerate(TERMS)]
    table = TableRow("t", "table", "read", "", 1, 1, "rows", "all rows", 1, 0, 0)
    everything = Report(FORMAT, "x", "", "", True, False, 1, 0, rows, [table])  # noqa: FBT003

    policy = parse(policy_toml(proposals(everything)).encode())

    assert set(policy.fields) == {ABOUT[kind].field for kind in TERMS}


def _finding(kind: Kind, column: str) -> FindingRow:
    about = ABOUT[kind]
    return FindingRow(
        "t", column, str(kind), str(about.group), about.title, about.category, 0.9, "certain", [],
        [], "", 0.0, "text", about.advice,
    )  # fmt: skip


def test_the_map_has_each_column_once_and_confirms_none(report: Report) -> None:
    document = tomllib.loads(columns_toml(report))
    mapped = {(one["table"], one["column"]): one for one in document["column"]}

    assert mapped["users", "email"]["field"] == "email"
    assert mapped["users", "email"]["token"] == "mail"
    assert mapped["orders", "email"]["field"] == "email"
    assert not any(one["confirmed"] for one in mapped.values())
    assert {(one["table"], one["column"]) for one in document["leave"]} == {("users", "password")}
    assert {(one["table"], one["column"], one["what"]) for one in document["copy"]} == {
        ("mail_log", "body", "stored mail: free text"),
        ("orders", "data.m", "inside another value: e-mail address"),
    }


def test_a_column_that_is_new_stands_in_no_line_of_the_map(report: Report, tmp_path: Path) -> None:
    (tmp_path / "columns.toml").write_text(columns_toml(report))
    known = places(tmp_path / "columns.toml")

    assert unmapped(report, known) == []
    assert [one.column for one in unmapped(report, known - {("users", "email")})] == ["email"]


@pytest.mark.parametrize("text", ["[[column]]\ntable = 1", "not toml", "column = 3"])
def test_what_is_no_map_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "columns.toml").write_text(text)

    with pytest.raises(InvalidError):
        places(tmp_path / "columns.toml")
    with pytest.raises(InvalidError):
        places(tmp_path / "missing.toml")


def test_names_of_any_kind_stay_one_line_of_the_map(tmp_path: Path, look: Look) -> None:
    connection = apsw.Connection(str(tmp_path / "shop.db"))
    connection.execute('CREATE TABLE "a""b\\c = 1 #" ("e mail]" TEXT)')
    connection.execute("""INSERT INTO "a""b\\c = 1 #" VALUES ('ada@kunde.de')""")
    connection.close()

    document = tomllib.loads(columns_toml(look(f"sqlite://{tmp_path}/shop.db")))

    assert [(one["table"], one["column"]) for one in document["column"]] == [
        ('a"b\\c = 1 #', "e mail]")
    ]
