from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from shopward.sources import batches, parse, understand
from tests.sources.conftest import FIELDS

MIB = 1_048_576
MAPPING = parse(b'external = "id"\n[fields]\nfirst_name = "name"\nnote = "note"\n')


def peak_bytes(path: Path) -> tuple[int, int]:
    tracemalloc.start()
    try:
        plan = understand(path, MAPPING, FIELDS)
        rows = sum(len(batch.items) for batch in batches(plan, 0, 100))
        return rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def write(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("id,name,note\n")
        file.writelines(f'{i},Näme{i},"a note\nof two lines {i * 7}"\n' for i in range(rows))
    return path


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    few, small = peak_bytes(write(tmp_path / "small.csv", 10_000))
    many, large = peak_bytes(write(tmp_path / "large.csv", 100_000))
    assert (few, many) == (10_000, 100_000)
    assert large < small + MIB
    assert large < 16 * MIB


def test_one_endless_line_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("w") as file:
        file.write("id,name,note\n1,a,b\n")
        for _ in range(24):
            file.write("x" * MIB)
    rows, peak = peak_bytes(path)
    assert rows == 1
    assert peak < 16 * MIB
