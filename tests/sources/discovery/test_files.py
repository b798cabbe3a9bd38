"""Files and folders: every format, packed or damaged, within bounds."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from shopward.errors import InvalidError, NotFoundError
from shopward.sources.discovery import Limits, Report
from shopward.sources.discovery.state import State
from tests.sources.discovery.conftest import Look

LOG = (
    '84.17.46.{0} - - [10/Oct/2026:13:55:36 +0000] "GET /cart?mail=ada{0}%40kunde.de HTTP/1.1" '
    '200 12 "https://shop.de/" "Mozilla/5.0 Chrome/120.0.0.0"\n'
)
DUMP = """CREATE TABLE `kunden` (
  `id` int NOT NULL,
  `mail` varchar(100) DEFAULT NULL,
  `notiz` text,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO `kunden` VALUES (1,'ada@kunde.de','it''s; (fine)'),(2,'bo@kunde.de',NULL),
(3,'eva\\\\'s@kunde.de','x');
INSERT INTO `artikel` (`sku`) VALUES ('A-1');
COPY public.leads (name, phone) FROM stdin;
Ada\t+49 30 901820
\\\\N\t+49 30 901821
\\\\.
"""


def kinds(report: Report) -> dict[tuple[str, str], str]:
    return {(one.table, one.column): one.kind for one in report.findings}


def test_an_access_log_is_read_by_its_structure(tmp_path: Path, look: Look) -> None:
    (tmp_path / "access.log").write_text("".join(LOG.format(n) for n in range(1, 60)))

    report = look(tmp_path / "access.log")

    assert kinds(report)["access.log", "client"] == "ip"
    request = next(one for one in report.findings if one.column == "request")
    assert (request.holds, request.side_copy) == (["email"], "log or history")
    assert report.complete


def test_json_lines_have_dotted_columns(tmp_path: Path, look: Look) -> None:
    lines = [json.dumps({"user": {"email": f"a{n}@kunde.de"}, "ms": n}) for n in range(30)]
    (tmp_path / "app.log").write_text("\n".join(lines) + "\nnot json, bo@kunde.de\n")

    report = look(tmp_path)

    assert kinds(report)["app.log", "user.email"] == "email"
    assert kinds(report)["app.log", "line"] == "note"
    assert report.tables[0].bad_rows == 1


def test_a_json_array_is_read_item_by_item(tmp_path: Path, look: Look) -> None:
    items = [{"name": "x", "iban": "DE75512108001245126199"} for _ in range(2000)]
    (tmp_path / "export.json").write_text(json.dumps(items, indent=1))

    report = look(tmp_path)

    assert kinds(report) == {("export.json", "iban"): "iban"}


def test_a_csv_file_is_read_whatever_its_delimiter_and_encoding(tmp_path: Path, look: Look) -> None:
    rows = "".join(f"{n};Jörg;j{n}@kunde.de;Straße {n}\n" for n in range(40))
    (tmp_path / "k.csv").write_bytes(f"Nr;Vorname;E-Mail;Straße\n{rows}".encode("cp1252"))

    found = kinds(look(tmp_path))

    assert found["k.csv", "Vorname"] == "first-name"
    assert found["k.csv", "E-Mail"] == "email"
    assert found["k.csv", "Straße"] == "street"


def test_a_csv_file_without_a_header_shows_no_value_as_a_name(tmp_path: Path, look: Look) -> None:
    (tmp_path / "k.csv").write_text("ada@kunde.de,Ada\nbo@kunde.de,Bo\n" * 10)

    assert kinds(look(tmp_path)) == {("k.csv", "1"): "email"}


def test_a_dump_gives_its_tables_and_columns(tmp_path: Path, look: Look) -> None:
    (tmp_path / "dump.sql").write_text(DUMP.replace("\\\\", "\\"))

    report = look(tmp_path)
    found = kinds(report)

    assert found["dump.sql:kunden", "mail"] == "email"
    assert found["dump.sql:leads", "phone"] == "phone"
    assert not [one for one in report.findings if one.table == "dump.sql:artikel"]
    assert next(one.type for one in report.findings if one.column == "mail") == "varchar(100)"


def test_a_table_that_is_defined_on_one_line_gives_its_columns(tmp_path: Path, look: Look) -> None:
    (tmp_path / "dump.sql").write_text(
        "CREATE TABLE u(id INTEGER PRIMARY KEY, mail VARCHAR(9) DEFAULT 'a,(b', x NUMERIC(5, 2), "
        "UNIQUE (mail), CHECK (x > 0));\nINSERT INTO u VALUES(1,'ada@kunde.de',2.5);\n"
    )

    report = look(tmp_path)

    assert kinds(report) == {("dump.sql:u", "mail"): "email"}
    assert report.tables[0].columns == 3


def test_a_statement_longer_than_a_line_is_read_on_in_pieces(tmp_path: Path, look: Look) -> None:
    rows = ",".join(f"({n},'a{n}@kunde.de','{'x' * 200}')" for n in range(12_000))
    with (tmp_path / "big.sql").open("w") as file:
        file.writelines(("INSERT INTO t (id, a, b) VALUES ", rows, ";\n"))

    report = look(tmp_path, Limits(rows=0, file_bytes=0))

    assert kinds(report) == {("big.sql:t", "a"): "email"}
    assert report.findings[0].evidence[0].count == 12_000


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.gz", gzip.compress), ("a.bz2", bz2.compress), ("a.xz", lzma.compress)],
)
def test_packed_files_are_unpacked(
    name: str, pack: Callable[[bytes], bytes], tmp_path: Path, look: Look
) -> None:
    (tmp_path / name).write_bytes(pack("".join(LOG.format(n) for n in range(1, 60)).encode()))

    assert kinds(look(tmp_path))[name, "client"] == "ip"


def test_every_member_of_a_zip_is_read(tmp_path: Path, look: Look) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/k.csv", "id,email\n" + "1,a@kunde.de\n" * 9)
        archive.writestr("pic.bin", bytes(range(256)))

    report = look(tmp_path)

    assert kinds(report) == {("a.zip!x/k.csv", "email"): "email"}
    assert [(one.name, one.why) for one in report.unknown] == [("a.zip!pic.bin", "binary")]


DAMAGED = {
    "cut gzip": gzip.compress(b"a@kunde.de\n" * 999, mtime=0)[:-20],
    "no zip": b"PK\x03\x04garbage",
    "no gzip": b"\x1f\x8bgarbage",
    "no bzip2": b"BZhgarbage",
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_cannot_be_read_is_unknown_and_never_clean(
    name: str, tmp_path: Path, look: Look
) -> None:
    (tmp_path / "a").write_bytes(DAMAGED[name])

    report = look(tmp_path)

    assert [row.state for row in report.tables] == ["unknown"]
    assert not report.complete
    assert report.clean == 0


def test_what_was_read_before_the_damage_counts(tmp_path: Path, look: Look) -> None:
    lines = b"".join(b"%d ada%d@kunde.de\n" % (n, n) for n in range(20_000))
    (tmp_path / "a.gz").write_bytes(gzip.compress(lines)[:-2000])

    report = look(tmp_path)

    assert kinds(report) == {("a.gz", "line"): "note"}
    assert not report.complete


def test_a_bomb_is_unpacked_to_the_limit_only(tmp_path: Path, look: Look) -> None:
    (tmp_path / "zeros.gz").write_bytes(gzip.compress(b"0" * 30_000_000))

    report = look(tmp_path, Limits(file_bytes=2_000_000))

    assert report.units == 1
    assert report.findings == []


def test_a_large_log_is_read_in_pieces_and_says_how_much(tmp_path: Path, look: Look) -> None:
    text = "".join(f"{n:08} nothing here\n" for n in range(200_000))
    (tmp_path / "app.log").write_text(text + "late: ada@kunde.de\n" * 20_000)

    report = look(tmp_path, Limits(file_bytes=400_000))

    assert kinds(report) == {("app.log", "line"): "note"}
    row = report.tables[0]
    assert row.how == "a part of it"
    assert 300_000 < row.seen < 600_000


def test_links_are_not_followed_and_loops_end(tmp_path: Path, look: Look) -> None:
    inside = tmp_path / "logs"
    inside.mkdir()
    (inside / "loop").symlink_to(inside)
    (inside / "a.log").write_text("ada@kunde.de\n" * 5)
    (inside / "out").symlink_to("/etc/hostname")
    (inside / "nowhere").symlink_to("missing")

    report = look(inside)

    assert kinds(report) == {("a.log", "line"): "email"}
    assert sorted(row.name for row in report.unknown) == ["nowhere", "out"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_is_unknown(tmp_path: Path, look: Look) -> None:
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "a.csv").chmod(0)

    assert [row.why for row in look(tmp_path).unknown] == ["Permission denied"]


def test_a_line_without_end_is_cut(tmp_path: Path, look: Look) -> None:
    (tmp_path / "a.txt").write_text("x" * 5_000_000 + " ada@kunde.de\nbo@kunde.de\n")

    report = look(tmp_path)

    assert kinds(report) == {("a.txt", "line"): "note"}
    assert report.tables[0].bad_rows == 1


def test_a_database_in_a_folder_is_read_table_by_table(tmp_path: Path, look: Look) -> None:
    connection = apsw.Connection(str(tmp_path / "shop.db"))
    connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)")
    connection.executemany(
        "INSERT INTO users (email) VALUES (?)", [(f"a{n}@kunde.de",) for n in range(20)]
    )
    connection.close()

    assert kinds(look(tmp_path)) == {("shop.db:users", "email"): "email"}


def test_names_that_are_values_are_not_shown(tmp_path: Path, look: Look) -> None:
    (tmp_path / "ada@kunde.de.jsonl").write_text('{"bo@kunde.de": "x@kunde.de"}\n' * 5)

    report = look(tmp_path)

    assert "kunde" not in str([(one.table, one.column) for one in report.findings])
    assert [(one.table, one.column) for one in report.findings] == [("<email>", "<email>")]


def test_keys_that_are_data_stand_as_a_star(tmp_path: Path, look: Look) -> None:
    line = '{"by": {"Ada Lovelace": {"4711": {"email": "x@kunde.de"}}}}\n'
    (tmp_path / "a.jsonl").write_text(line * 5)

    assert kinds(look(tmp_path)) == {("a.jsonl", "by.*.*.email"): "email"}


def test_the_next_run_reads_what_was_appended(tmp_path: Path, look: Look) -> None:
    log, state = tmp_path / "app.log", State()
    log.write_text("".join(f"{n} at 84.17.46.3\n" for n in range(1000)))
    look(tmp_path, state=state)

    assert [row.state for row in look(tmp_path, state=state).tables] == ["unchanged"]

    with log.open("a") as file:
        file.write("ada@kunde.de\n" * 10)
    report = look(tmp_path, state=state)
    assert kinds(report) == {("app.log", "line"): "email"}
    assert report.tables[0].how == "all of what was appended"


def test_a_file_that_was_replaced_is_read_again(tmp_path: Path, look: Look) -> None:
    log, state = tmp_path / "app.log", State()
    log.write_text("first\n" * 10)
    look(tmp_path, state=state)
    log.write_text("ada@kunde.de\n" * 100)

    assert kinds(look(tmp_path, state=state)) == {("app.log", "line"): "email"}


def test_what_is_not_there_is_an_error_with_a_hint(tmp_path: Path, look: Look) -> None:
    with pytest.raises(NotFoundError):
        look(tmp_path / "nothing")
    with pytest.raises(InvalidError, match="not known"):
        look("oracle://db/shop")
    with pytest.raises(InvalidError, match="password"):
        look("sqlite://ada:secret@/x.db")
