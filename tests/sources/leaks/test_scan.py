"""Where planted values are found in databases, mails, logs and archives, and what is unknown."""

from __future__ import annotations

import gzip
import os
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from shopward.errors import InvalidError
from shopward.sources.leaks import Canary, Place, Report, Search, scan
from shopward.sources.leaks.page import html
from shopward.sources.leaks.report import decode, encode
from shopward.sources.leaks.trees import BLOCK_BYTES

MARK = "qzkvwmtrpa"
CANARY = Canary("guest.email", (f"{MARK}@example.com", MARK))


def look(*places: Path | str, left_out: tuple[Path, ...] = ()) -> Report:
    named = [Place(f"place-{number}", str(one)) for number, one in enumerate(places)]
    report = scan(
        named, Search([CANARY]), lambda: "2026-11-25T02:00:00+00:00", planted="By hand",
        left_out=left_out,
    )  # fmt: skip
    assert MARK not in encode(report).decode().lower()
    assert MARK not in html(report).lower()
    assert decode(encode(report)) == report
    return report


def where(report: Report) -> set[str]:
    return {row.where for row in report.hits}


def test_a_place_without_it_passes(tmp_path: Path) -> None:
    (tmp_path / "shop.log").write_text("nothing to see\n" * 10)
    report = look(tmp_path)
    assert (report.outcome, report.hit_count, report.unknown_count) == ("pass", 0, 0)
    assert report.places[0].read == 1


def test_columns_of_a_database_are_named_and_cells_counted(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as shop:
        shop.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, note BLOB)")
        for number in range(3_000):
            mail = CANARY.values[0] if number % 1_000 == 7 else f"{number}@shop.example"
            shop.execute("INSERT INTO customer VALUES (?, ?, ?)", (number, mail, b"\xff\x00"))
        shop.commit()
    report = look(f"sqlite://{path}")
    assert [(row.where, row.count) for row in report.hits] == [("customer.email", 3)]
    assert report.places[0].seen == 3_000


def test_a_database_in_a_folder_is_read_by_tables_and_by_bytes(tmp_path: Path) -> None:
    path = tmp_path / "cache.bin"
    with closing(sqlite3.connect(path)) as shop:
        shop.execute("CREATE TABLE s (session_data TEXT)")
        shop.execute("INSERT INTO s VALUES (?)", (CANARY.values[0] + "x" * 200,))
        shop.commit()
    assert where(look(tmp_path)) == {"cache.bin", "cache.bin:s.session_data"}
    with closing(sqlite3.connect(path)) as shop:
        shop.execute("PRAGMA secure_delete = OFF")
        shop.execute("DELETE FROM s")
        shop.commit()
    assert where(look(tmp_path)) == {"cache.bin"}


def test_files_are_named_by_line_or_byte(tmp_path: Path) -> None:
    (tmp_path / "shop.log").write_text("one\ntwo\nuser=" + MARK + "\n")
    (tmp_path / "index.seg").write_bytes(b"\0" * 5_000 + MARK.upper().encode() + b"\0")
    rows = {row.where: row for row in look(tmp_path).hits}
    assert rows["shop.log"].at == ["line 3"]
    assert rows["index.seg"].at == ["byte 5,000"]
    assert rows["index.seg"].shape == "in other letters"


@pytest.mark.parametrize("shift", [-40, -5, 0, 5])
def test_nothing_is_lost_or_counted_twice_between_two_blocks(tmp_path: Path, shift: int) -> None:
    text = bytearray(b"a line of a log\n" * (2 * BLOCK_BYTES // 16 + 64))
    at = BLOCK_BYTES + shift
    text[at : at + len(MARK)] = MARK.encode()
    (tmp_path / "long.log").write_bytes(text)
    (row,) = look(tmp_path).hits
    assert (row.count, row.at) == (1, [f"line {text.count(10, 0, at) + 1:,}"])


def test_mails_are_opened(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = f"Grüße {MARK}"
    mail.set_content("Grüße an " + MARK + " in der Straße\n" * 30, cte="base64")
    mail.add_alternative(f"<p>{MARK.upper()} äöü</p>", subtype="html", cte="quoted-printable")
    (tmp_path / "1.eml").write_bytes(bytes(mail))
    assert {row.shape for row in look(tmp_path).hits} >= {"Base64"}


def test_archives_and_backups_are_opened(tmp_path: Path) -> None:
    (tmp_path / "dump.sql.gz").write_bytes(gzip.compress(f"INSERT ('{MARK}');".encode() * 2))
    with zipfile.ZipFile(tmp_path / "old.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", f"id,mail\n1,{MARK}@example.com\n")
    inner = tmp_path / "inner.txt"
    inner.write_text(MARK)
    with tarfile.open(tmp_path / "all.tar.xz", "w:xz") as archive:
        archive.add(inner, "inner.txt")
    inner.unlink()
    assert where(look(tmp_path)) == {"dump.sql.gz", "old.zip!orders.csv", "all.tar.xz"}


def test_a_file_name_is_a_hit_and_is_masked(tmp_path: Path) -> None:
    (tmp_path / f"{MARK}@example.com.txt").write_text("empty of it")
    (row,) = look(tmp_path).hits
    assert row.shape.startswith("file name")


def test_what_cannot_be_read_is_unknown_and_not_a_pass(tmp_path: Path) -> None:
    (tmp_path / "backup.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(600))
    (tmp_path / "sealed.bin").write_bytes(b"\0" + os.urandom(70_000))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(os.urandom(5_000))[:2_000])
    (tmp_path / "away").symlink_to("/nowhere")
    report = look(tmp_path)
    assert report.outcome == "unknown"
    assert {row.name for row in report.unknown} == {"backup.7z", "sealed.bin", "cut.gz", "away"}


def test_an_empty_folder_proves_nothing(tmp_path: Path) -> None:
    assert look(tmp_path).outcome == "unknown"


def test_a_value_that_is_seen_in_part_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as shop:
        shop.execute("CREATE TABLE t (x TEXT)")
        shop.execute("INSERT INTO t VALUES (?)", ("y" * 70_000 + MARK,))
        shop.commit()
    assert look(f"sqlite://{path}").outcome == "unknown"


def test_the_canaries_own_file_is_left_out_by_name(tmp_path: Path) -> None:
    file = tmp_path / "canaries.txt"
    file.write_text(f"guest.email={MARK}@example.com\n")
    (tmp_path / "shop.log").write_text("clean\n")
    report = look(tmp_path, left_out=(file,))
    assert report.outcome == "pass"
    assert [row.name for row in report.left_out] == ["canaries.txt"]


def test_places_have_names_of_their_own(tmp_path: Path) -> None:
    twice = [Place("logs", str(tmp_path)), Place("logs", str(tmp_path))]
    with pytest.raises(InvalidError):
        scan(twice, Search([CANARY]), lambda: "", planted="")
