from __future__ import annotations

import pytest

from shopward.sources import BadRow, Reason, Row, rows, sniff
from shopward.sources.lines import MAX_LINE_CHARS
from tests.sources.conftest import Write


def read(write: Write, data: bytes | str, name: str = "people.csv") -> list[Row | BadRow]:
    path = write(data, name)
    return list(rows(path, sniff(path)))


def test_lines_are_counted_as_an_editor_does(write: Write) -> None:
    data = 'id,note\n1,"two\nlines"\n\n2,"three\r\nmore\r\nlines"\n3,x\n'
    assert [row.line for row in read(write, data)] == [2, 5, 8]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(write: Write, end: str) -> None:
    found = read(write, end.join(["id,note", "1,a", "2,b", ""]))
    assert [(row.line, row.cells) for row in found if isinstance(row, Row)] == [
        (2, {"id": "1", "note": "a"}),
        (3, {"id": "2", "note": "b"}),
    ]


def test_a_last_line_without_an_end_is_read(write: Write) -> None:
    assert read(write, 'id,note\n1,"a ""b"" c"')[0] == Row(2, {"id": "1", "note": 'a "b" c'})


def test_a_wrong_number_of_cells_is_one_bad_row(write: Write) -> None:
    found = read(write, "id,note\n1\n2,b,c\n3,d\n")
    assert found[:2] == [BadRow(2, Reason.COLUMNS, 2), BadRow(3, Reason.COLUMNS, 3)]
    assert found[2] == Row(4, {"id": "3", "note": "d"})


def test_text_in_a_cell_is_never_taken_for_a_row(write: Write) -> None:
    inside = "\n666,injected" * 20_000
    found = read(write, f'id,note\n1,"long{inside}"\n2,ok\n')
    assert found == [
        BadRow(2, Reason.LINE, 20_002),
        Row(20_003, {"id": "2", "note": "ok"}),
    ]


def test_after_a_stray_quote_reading_goes_on_where_the_quotes_pair(write: Write) -> None:
    found = read(write, 'id,note\n1,"a"b,"",c"\n666,injected\nend"\n2,ok\n')
    assert found == [BadRow(2, Reason.QUOTES, 4), Row(5, {"id": "2", "note": "ok"})]


def test_a_quote_that_is_never_closed_says_what_it_swallows(write: Write) -> None:
    found = read(write, 'id,note\n1,ok\n2,"open\n3,x\n4,y\n')
    assert found[1:] == [BadRow(3, Reason.QUOTES, 5)]


def test_a_quote_in_the_middle_of_a_plain_cell_is_text(write: Write) -> None:
    found = read(write, 'id,note\n1,5" pipe\n2,ok\n')
    assert found == [Row(2, {"id": "1", "note": '5" pipe'}), Row(3, {"id": "2", "note": "ok"})]


def test_a_line_too_long_is_cut_and_the_next_one_read(write: Write) -> None:
    found = read(write, "id,note\n1," + "x" * (MAX_LINE_CHARS * 2) + "\n2,ok\n")
    assert found == [BadRow(2, Reason.LINE, 2), Row(3, {"id": "2", "note": "ok"})]


def test_a_record_of_many_cells_too_long_is_one_bad_row(write: Write) -> None:
    cell = '"' + "x\n" * 50_000 + '"'
    found = read(write, f"id,note\n{','.join([cell] * 12)}\n2,ok\n")
    assert found == [BadRow(2, Reason.LINE, 600_002), Row(600_003, {"id": "2", "note": "ok"})]


def test_json_lines_keep_numbers_as_written(write: Write) -> None:
    found = read(write, '{"id": 12345678901234567890.10, "ok": true}\n\n{"id": 7}\n', "a.jsonl")
    assert found == [
        Row(1, {"id": "12345678901234567890.10", "ok": True}),
        Row(3, {"id": "7"}),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", Reason.JSON),
        ("nonsense", Reason.JSON),
        ('{"a": NaN}', Reason.JSON),
        ('{"a": 1, "a": 2}', Reason.JSON),
        ('{"a": ' + "[" * 200_000, Reason.JSON),
        ("[1]", Reason.OBJECT),
        ('"text"', Reason.OBJECT),
        ("null", Reason.OBJECT),
        ('{"a": "' + "x" * MAX_LINE_CHARS + '"}', Reason.LINE),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_line_that_is_no_object_is_one_bad_row(write: Write, line: str, reason: Reason) -> None:
    found = read(write, f'{{"id": 1}}\n{line}\n{{"id": 3}}\n', "a.jsonl")
    assert found == [Row(1, {"id": "1"}), BadRow(2, reason, 2), Row(3, {"id": "3"})]


def test_no_representation_shows_a_value(write: Write) -> None:
    assert "Quetzalina" not in repr(read(write, "id,name\n1,Quetzalina\n"))
