from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import IntegrityError
from shopward.ledger.tiles import (
    node_reader,
    parse_tile_path,
    partial_widths,
    tile_path,
    tile_root,
)


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1_234_067, 256, "tile/0/x001/x234/067"),
        (1, 999, 17, "tile/1/999.p/17"),
        (63, 1000, 255, "tile/63/x001/000.p/255"),
    ],
)
def test_paths_are_those_of_the_specification(
    level: int, index: int, width: int, path: str
) -> None:
    assert tile_path(level, index, width) == path
    assert parse_tile_path(path) == (level, index, width)


@given(st.integers(0, 63), st.integers(0, 10**18), st.integers(1, 256))
def test_paths_round_trip(level: int, index: int, width: int) -> None:
    assert parse_tile_path(tile_path(level, index, width)) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/../000",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "/tile/0/000",
    ],
)
def test_any_other_spelling_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(IntegrityError):
        parse_tile_path(path)


@given(st.text() | st.from_regex(r"tile/\d{1,2}/(x\d{3}/){0,3}\d{3}(\.p/\d{1,3})?"))
def test_what_parses_is_exactly_what_is_written(path: str) -> None:
    try:
        parts = parse_tile_path(path)
    except IntegrityError:
        return
    assert tile_path(*parts) == path


@pytest.mark.parametrize(
    ("size", "widths"),
    [(0, []), (1, [1]), (255, [255]), (256, [0, 1]), (70_000, [112, 17, 1]), (2**16, [0, 0, 1])],
)
def test_partial_tiles_are_as_wide_as_the_specification_says(size: int, widths: list[int]) -> None:
    assert partial_widths(size) == widths


@pytest.mark.parametrize("tile", [None, b"", bytes(8191), bytes(8193)])
def test_a_tile_that_is_missing_or_has_another_length_has_no_root(tile: bytes | None) -> None:
    with pytest.raises(IntegrityError):
        tile_root(tile)


@pytest.mark.parametrize("tile", [None, b"", bytes(32 * 4 - 1)])
def test_a_node_beyond_what_is_stored_is_an_error_that_names_the_tile(tile: bytes | None) -> None:
    with pytest.raises(IntegrityError, match="tile/0/000"):
        node_reader(lambda _level, _index: tile)(2, 0)


def test_a_tile_is_read_once() -> None:
    asked: list[tuple[int, int]] = []

    def read_tile(level: int, index: int) -> bytes:
        asked.append((level, index))
        return bytes(8192)

    node = node_reader(read_tile)
    for height, index in ((0, 0), (0, 255), (7, 1), (8, 3), (8, 4), (0, 256)):
        node(height, index)
    assert asked == [(0, 0), (1, 0), (0, 1)]
