from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import InvalidError
from shopward.sources import Batch, FieldMap, Plan, Reason, batches, parse, understand
from tests.sources.conftest import FIELDS, Write

MAPPING = parse(b'external = "id"\n[fields]\nfirst_name = "name"\nnote = "note"\n')
DATA = "id,name,note\n" + "".join(
    f'{i},"N{i}","two\nlines {i}"\n' if i % 3 else f"{i},broken\n" for i in range(20)
)


@pytest.fixture
def plan(write: Write) -> Plan:
    return understand(write(DATA), MAPPING, FIELDS)


def flat(found: list[Batch]) -> list[object]:
    return [each for batch in found for each in (*batch.items, *batch.rejects)]


def test_batches_cover_every_row_once(plan: Plan) -> None:
    found = list(batches(plan, 0, 6))
    assert [(each.first_row, each.next_row) for each in found] == [
        (0, 6),
        (6, 12),
        (12, 18),
        (18, 20),
    ]
    assert (found[0].first_line, found[0].last_line) == (2, 10)
    assert [item.external for item in found[0].items] == ["1", "2", "4", "5"]
    assert [tuple(reject) for reject in found[0].rejects] == [
        (2, "", "wrong-column-count"),
        (7, "", "wrong-column-count"),
    ]
    assert len(flat(found)) == plan.rows == 20


@pytest.mark.parametrize("start", range(21))
def test_reading_taken_up_at_any_row_is_the_same(plan: Plan, start: int) -> None:
    whole = list(batches(plan, 0, 1))
    assert list(batches(plan, start, 1)) == whole[start:]
    lines = {batch.first_line for batch in whole[start:]}
    rest = flat(list(batches(plan, start, 7)))
    assert sorted(each.line for each in rest) == sorted(lines)


def test_past_the_end_there_is_nothing(plan: Plan) -> None:
    assert list(batches(plan, 20, 5)) == []
    assert list(batches(plan, 999, 5)) == []


@pytest.mark.parametrize(("start", "size"), [(-1, 5), (0, 0)])
def test_impossible_numbers_are_refused(plan: Plan, start: int, size: int) -> None:
    with pytest.raises(InvalidError):
        next(batches(plan, start, size))


def test_no_representation_shows_a_value(plan: Plan) -> None:
    assert "lines 1" not in repr(list(batches(plan, 0, 5)))


REASONS = {reason.value for reason in Reason}
HEADERS = st.sampled_from(
    [b"id,name,note\n", b"id;name;note\r\n", "\ufeffid,name,note\n".encode(), b'{"id":1}\n']
)
PIECES = st.one_of(
    st.binary(max_size=12),
    st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b'"', b'""', b",", b";", b"\n", b"\r\n", b"\r", b"1,a,b\n", b'1,"a\nb",c\n']),
    st.sampled_from([b'{"id":1,"name":"a"}\n', b"[", b"{", b'{"name":{"a":[1]}}\n', b"\\ud800"]),
)


def check(data: bytes, name: str, mapping: FieldMap) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            plan = understand(path, mapping, FIELDS, limits={"note": 8})
        except InvalidError:
            return
        found = list(batches(plan, 0, 3))
        assert sum(each.next_row - each.first_row for each in found) == plan.rows
        assert sum(len({r.line for r in each.rejects}) for each in found) == plan.rejected
        assert {reject.reason for each in found for reject in each.rejects} <= REASONS
        values = [value for each in found for item in each.items for value in item.fields.values()]
        assert all(value.encode() and "\x00" not in value for value in values)
        lines = [each.first_line for each in batches(plan, 0, 1)]
        assert lines == sorted(set(lines))


@given(HEADERS, st.lists(PIECES, max_size=12))
def test_any_file_is_batches_or_our_error(header: bytes, pieces: list[bytes]) -> None:
    check(header + b"".join(pieces), "people.csv", MAPPING)


@given(st.lists(PIECES, max_size=12))
def test_any_json_lines_are_batches_or_our_error(pieces: list[bytes]) -> None:
    check(b'{"id":1,"name":"x"}\n' + b"".join(pieces), "people.jsonl", MAPPING)


CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(
    lambda text: text.strip() or "x"
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_what_is_written_is_read_back(people: list[tuple[str, str]], delimiter: str) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    rows = [delimiter.join(map(quoted, (str(i), *each))) for i, each in enumerate(people)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_text("\n".join([delimiter.join(["id", "name", "note"]), *rows]), "utf-8")
        plan = understand(path, MAPPING, FIELDS)
        items = [item for batch in batches(plan, 0, 3) for item in batch.items]
    assert [(item.fields["first_name"], item.fields["note"]) for item in items] == people
