"""The report: its schema, its page, and that no value is in it or left on the disk."""

from __future__ import annotations

import json
import re
from pathlib import Path

import apsw
import jsonschema_rs
import pytest

from shopward.sources.discovery import Report
from shopward.sources.discovery.page import html
from shopward.sources.discovery.report import decode, encode, schema
from tests.sources.discovery.conftest import Look

SCHEMA = Path(__file__).parents[3] / "docs" / "spec" / "discovery-report.schema.json"
CANARIES = ("canary-mail-7f3a", "canary-note-91bb", "5425233430109903", "DE75512108001245126199")


@pytest.fixture
def report(tmp_path: Path, look: Look) -> Report:
    folder = tmp_path / "shop"
    folder.mkdir()
    rows = "".join(
        f"{n},canary-mail-7f3a{n}@kunde.de,canary-note-91bb,5425233430109903,"
        "DE75512108001245126199\n"
        for n in range(20)
    )
    (folder / "k.csv").write_text(f"id,email,note,card,iban\n{rows}")
    (folder / "<script>.bin").write_bytes(bytes(range(256)))
    return look(folder)


def test_the_schema_that_is_published_is_the_one_that_is_written(report: Report) -> None:
    published = json.loads(SCHEMA.read_text("utf-8"))

    assert published == schema()
    jsonschema_rs.validate(published, json.loads(encode(report)))
    assert decode(encode(report)) == report


def test_the_page_asks_for_nothing_and_runs_nothing(report: Report) -> None:
    page = html(report)

    assert "<script" not in page
    assert not re.search(r"\b(?:src|href|on\w+|style)=", page)
    assert "default-src 'none'" in page
    assert "&lt;script&gt;.<wbr>bin" in page


def test_no_value_is_in_a_report(report: Report) -> None:
    text = encode(report).decode() + html(report) + repr(report)

    assert not [canary for canary in CANARIES if canary in text]


def test_no_value_is_on_the_disk_after_a_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli import shop  # noqa: PLC0415 - only this test types a command

    source, home, temporary = (tmp_path / name for name in ("source", "home", "tmp"))
    for folder in (source, home, temporary):
        folder.mkdir()
    connection = apsw.Connection(str(source / "shop.db"))
    connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email, note, card, iban)")
    row = ("canary-mail-7f3a@kunde.de", "canary-note-91bb", "5425233430109903", CANARIES[3])
    connection.executemany("INSERT INTO users VALUES (NULL,?,?,?,?)", [row] * 500)
    connection.close()
    before = (source / "shop.db").read_bytes()
    installation = shop.Shop(home, {**shop.environment(home), "TMPDIR": str(temporary)})

    done = installation.type(
        "discover", f"sqlite://{source / 'shop.db'}", "--out", "found", "--since-state", "state"
    )

    assert done.returncode == 0, done.stderr
    assert {path.name for path in (home / "found").iterdir()} == {
        "columns.toml",
        "policy.toml",
        "report.html",
        "report.json",
    }
    assert list(temporary.iterdir()) == []
    assert [path.name for path in source.iterdir()] == ["shop.db"]
    assert (source / "shop.db").read_bytes() == before
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    texts = [*written, done.stdout.encode(), done.stderr.encode()]
    assert len(written) >= 3
    assert not [one for one in CANARIES for text in texts if one.encode() in text]
