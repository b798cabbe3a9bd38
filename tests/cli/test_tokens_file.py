from __future__ import annotations

from pathlib import Path

import pytest

from shopward.cli.tokens_file import Token, TokensFile
from shopward.errors import ConflictError

ONE = Token(2, "500", "cus_a")
TWO = Token(7, "=1+1", "cus_b")


def test_tokens_are_on_the_disk_and_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "tokens.csv"
    with TokensFile(path, 0) as file:
        file.write([ONE, TWO])
        written = path.read_text()
    assert written.splitlines() == ["line,external,subject", "2,500,cus_a", "7,'=1+1,cus_b"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("torn", ["", "7,x", '9,"a', "99,late,cus_z\r\n"])
def test_what_came_after_the_journal_is_dropped(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "tokens.csv"
    with TokensFile(path, 0) as file:
        file.write([ONE, TWO])
    with path.open("a", newline="") as file:
        file.write(torn)
    with TokensFile(path, 2) as again:
        again.write([TWO])
    assert path.read_text().splitlines()[1:] == ["2,500,cus_a", "7,'=1+1,cus_b"]


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("do not lose me\n")
    with pytest.raises(ConflictError):
        TokensFile(path, 0)
    assert path.read_text() == "do not lose me\n"
