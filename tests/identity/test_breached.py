"""The file of breached passwords: made whole or not at all, and asked by binary search."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from shopward.errors import ConfigError, InvalidError
from shopward.identity.breached import MAGIC, BreachedPasswords, import_list

WORDS = [f"word number {n}" for n in range(500)]


def sha1(word: str) -> str:
    return hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()


def lines(words: list[str]) -> list[bytes]:
    digests = sorted(sha1(word).upper() for word in words)
    return [f"{digest}:{n}\r\n".encode() for n, digest in enumerate(digests, 1)]


def test_every_word_of_the_list_is_found_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "breached.bin"
    assert import_list(lines(WORDS), path) == 500
    with BreachedPasswords(path) as breached:
        assert breached.count == 500
        assert all(word in breached for word in WORDS)
        assert not any(f"other {n}" in breached for n in range(500))


def test_the_file_is_a_mark_and_eight_bytes_for_each(tmp_path: Path) -> None:
    path = tmp_path / "breached.bin"
    import_list(lines(WORDS), path)
    data = path.read_bytes()
    assert len(data) == len(MAGIC) + 8 * 500
    assert data[16:24].hex() == min(sha1(word)[:16] for word in WORDS)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([b"not a hash\n"], "Line 1 is not"),
        (list(reversed(lines(WORDS))), "Line 2 is out of order"),
        ([], "empty"),
    ],
)
def test_a_bad_list_is_refused_and_the_file_in_use_stays(
    tmp_path: Path, bad: list[bytes], said: str
) -> None:
    path = tmp_path / "breached.bin"
    import_list(lines(WORDS), path)
    before = path.read_bytes()
    with pytest.raises(InvalidError, match=said):
        import_list(bad, path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["breached.bin"]


@pytest.mark.parametrize("data", [b"", MAGIC + b"1234567", b"x" * 16 + b"12345678"])
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "breached.bin"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="breached"):
        BreachedPasswords(path)
