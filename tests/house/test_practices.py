from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from scripts import room
from shopward.practices import PRACTICES


def test_the_eleven_practices_are_numbered_in_order() -> None:
    assert [practice.number for practice in PRACTICES] == list(range(1, 12))
    assert len({practice.room for practice in PRACTICES}) == len(PRACTICES)


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda p: p.room)
def test_only_a_room_that_stands_is_called_built(practice: room.Practice) -> None:
    stands = importlib.util.find_spec(f"shopward.{practice.room}") is not None

    assert stands or not practice.built


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda p: p.room)
def test_a_promise_is_one_sentence(practice: room.Practice) -> None:
    assert practice.promise.endswith(".")
    assert practice.promise.count(".") == 1


def test_a_new_room_has_a_package_checks_and_a_test(tmp_path: Path) -> None:
    made = room.build("tls", tmp_path)

    assert [str(path.relative_to(tmp_path)) for path in made] == [
        "src/shopward/tls/__init__.py",
        "src/shopward/tls/checks.py",
        "tests/tls/test_checks.py",
    ]
    assert made[0].read_text(encoding="utf-8").startswith('"""Practice 1: TLS certificates.\n')
    for path in made:
        compile(path.read_text(encoding="utf-8"), path.name, "exec")


def test_a_room_is_never_overwritten(tmp_path: Path) -> None:
    room.build("tls", tmp_path)

    with pytest.raises(SystemExit, match="stands already"):
        room.build("tls", tmp_path)


@pytest.mark.parametrize("name", ["", "store", "../tls", "TLS"])
def test_only_a_practice_has_a_room(name: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no practice has the room"):
        room.build(name, tmp_path)

    assert list(tmp_path.iterdir()) == []
