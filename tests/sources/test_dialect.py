from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from shopward.errors import InvalidError, NotFoundError, ShopwardError
from shopward.sources import Format, Row, rows, sniff
from shopward.sources.dialect import shown
from tests.sources.conftest import CANARIES, Write

TEXT = "id,name\n1,Åsa\n2,Ποπη\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.replace("Ποπη", "Zoë €").encode("cp1252"), "cp1252"),
    ],
)
def test_an_encoding_is_found_and_read(write: Write, data: bytes, encoding: str) -> None:
    path = write(data)
    dialect = sniff(path)
    assert (dialect.encoding, dialect.header) == (encoding, ("id", "name"))
    first = next(rows(path, dialect))
    assert isinstance(first, Row)
    assert first.cells == {"id": "1", "name": "Åsa"}
    assert dialect.evidence


def test_mostly_utf8_stays_utf8(write: Write) -> None:
    dialect = sniff(write("id,name\n1,ÅÄÖ\n".encode() + b"2,\xe5\n"))
    assert dialect.encoding == "utf-8"
    assert "1 bytes that are not" in dialect.evidence


def test_bad_bytes_past_the_first_chunk_count(write: Write) -> None:
    dialect = sniff(write(b"id,name\n" + b"1,plain\n" * 60_000 + b"2,\xe5\xe4\n"))
    assert dialect.encoding == "cp1252"


def test_a_character_across_two_chunks_is_no_stray(write: Write) -> None:
    head = b"id,name\n1,"
    data = head + b"x" * (262_144 - len(head) - 1) + "å\n".encode()
    assert sniff(write(data)).encoding == "utf-8"


def test_a_given_encoding_is_taken(write: Write) -> None:
    assert sniff(write("id,näme\n"), encoding="cp1252").header == ("id", "nÃ¤me")
    marked = write(codecs.BOM_UTF8 + b"id,name\n")
    assert sniff(marked, encoding="utf-8").header == ("id", "name")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_found(write: Write, delimiter: str) -> None:
    dialect = sniff(write(f'"a, b;c"{delimiter}name{delimiter}mail\n'))
    assert dialect.delimiter == delimiter
    assert dialect.header == ("a, b;c", "name", "mail")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv", "\n\n id,name\n", Format.CSV),
        ("a.jsonl", '{"id":1}\n', Format.JSONL),
        ("a.txt", '\n  {"id":1}\n', Format.JSONL),
        ("a.ndjson", "nonsense\n", Format.JSONL),
    ],
)
def test_a_format_is_found(write: Write, name: str, data: str, expected: Format) -> None:
    assert sniff(write(data, name)).format is expected


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n \r\n\n", "only blank lines"),
        (b"PK\x03\x04\x00\x00", "NUL"),
        ("id,name\n".encode("utf-16-le"), "NUL"),
        ("id,name\n".encode("utf-32"), "NUL"),
        (b'[{"id": 1}]', "JSON array"),
        (b'"id,name\n1,2\n', "cannot be read as column names"),
        (b",,,\n1,2,3,4\n", "cannot be read as column names"),
        (b"x" * 2_000_000, "cannot be read as column names"),
        (b"Quetzalina,canary@example.com\n", "looks like data"),
        (b"Quetzalina,+44 20 7946 0999\n", "looks like data"),
        (b",".join([b"c"] * 2_001) + b"\n", "2,000 columns"),
    ],
)
def test_what_is_no_table_is_refused_without_a_value(write: Write, data: bytes, says: str) -> None:
    with pytest.raises(InvalidError, match=says) as caught:
        sniff(write(data))
    assert caught.value.hint
    assert not any(canary in str(caught.value) for canary in CANARIES)


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        sniff(tmp_path / "none.csv")
    with pytest.raises(InvalidError, match="regular file"):
        sniff(tmp_path)


def test_a_loop_of_links_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(ShopwardError):
        sniff(tmp_path / "loop.csv")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Kund-nr (gammalt)", True),
        ("Straße", True),
        ("canary@example.com", False),
        ("0790 12 34", False),
        ("a\x1b[31mb", False),
        ("a\u202eb", False),
        ("x" * 81, False),
    ],
)
def test_only_plain_names_are_printed(name: str, *, printed: bool) -> None:
    assert (shown(name) == name) is printed
