"""One file, chunk by chunk: whole it opens, and in no other state."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward import clock
from shopward.errors import BackupError, UndecryptableError
from shopward.store.copying import Table
from shopward.vault import keystore
from shopward.vault.backup.create import Writer, chunks_of
from shopward.vault.backup.header import VAULT, Database, Header, Witness, encode_head, read_head
from shopward.vault.backup.place import backups_in, being_written, keep_newest, newest_in, sweep
from shopward.vault.backup.read import Reader
from shopward.vault.cipher import key_id

KEY = bytes(range(32))
PEOPLE = [(bytes([number]) * 16, f"name {number}", number, None) for number in range(200)]
PLACES = [(f"place {number}" * 2_000,) for number in range(40)]
TABLES = (Table("people", ("id", "name", "age", "gone")), Table("places", ("name",)))


class OneKey:
    """A custodian that has nothing but a backup key."""

    def __init__(self, key: bytes = KEY) -> None:
        self._key = key

    def backup_key(self, version: int) -> bytes:
        if version != 1:
            raise UndecryptableError
        return self._key


def header(salt: bytes = bytes(32), **more: Any) -> Header:
    told: dict[str, Any] = {
        "installation": "00" * 16,
        "origin": "shop.example/ledger",
        "size": 3,
        "checkpoint": "note",
        "time_ms": 1,
        "key_version": 1,
        "key_id": key_id(KEY).hex(),
        "salt": salt.hex(),
        "journal": Witness(0, "00" * 32),
        "databases": (Database(VAULT, TABLES),),
    }
    return Header(**{**told, **more})


def written(salt: bytes = bytes(32), people: Any = PEOPLE) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, KEY, header(salt))
    writer.add(people, lambda _rows: None)
    writer.add(PLACES, lambda _rows: None)
    writer.finish()
    return file.getvalue()


def read(data: bytes, key: bytes = KEY) -> dict[str, list[tuple[Any, ...]]]:
    reader = Reader(io.BytesIO(data), OneKey(key))  # type: ignore[arg-type]
    found: dict[str, list[tuple[Any, ...]]] = {"people": [], "places": []}
    for table, rows in reader.parts():
        found[table.name] += rows
    if reader.totals is None:
        raise AssertionError("it came to its end without totals")
    return found


def chunks(data: bytes) -> tuple[bytes, list[bytes]]:
    """The head, and each chunk with its length before it."""
    file = io.BytesIO(data)
    _, head = read_head(file)
    rest, parts = data[len(head) :], []
    while rest:
        end = 4 + int.from_bytes(rest[:4], "big")
        parts.append(rest[:end])
        rest = rest[end:]
    return head, parts


WHOLE = written()


def test_what_was_written_is_read() -> None:
    assert read(WHOLE) == {"people": PEOPLE, "places": PLACES}
    assert len(chunks(WHOLE)[1]) > 5


@pytest.mark.parametrize("people", [[], PEOPLE[:1]])
def test_small_and_empty_tables_are_read(people: Any) -> None:
    assert read(written(people=people))["people"] == people


@given(st.lists(st.tuples(st.binary(max_size=40), st.text(max_size=9), st.integers(-5, 2**62))))
def test_rows_of_every_kind_come_back(rows: list[tuple[Any, ...]]) -> None:
    given_rows = [(*row, None) for row in rows]
    assert read(written(people=given_rows))["people"] == given_rows


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused(at: int, bit: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= 1 << bit
    with pytest.raises(BackupError):
        read(bytes(damaged))


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_off_anywhere_is_refused(size: int) -> None:
    with pytest.raises(BackupError):
        read(WHOLE[:size])


def test_a_file_cut_off_between_two_chunks_is_refused() -> None:
    head, parts = chunks(WHOLE)
    for count in range(len(parts)):
        with pytest.raises(BackupError):
            read(head + b"".join(parts[:count]))


def test_chunks_exchanged_left_out_or_doubled_are_refused() -> None:
    head, parts = chunks(WHOLE)
    first, second, *others = parts
    for bent in (
        [second, first, *others],
        [second, *others],
        [first, first, second, *others],
        [*parts, parts[-1]],
        [*parts[:-1], parts[0], parts[-1]],
    ):
        with pytest.raises(BackupError):
            read(head + b"".join(bent))


def test_chunks_of_another_backup_are_refused() -> None:
    head, parts = chunks(WHOLE)
    _, strange = chunks(written(bytes([1]) * 32))
    for at in range(len(parts)):
        with pytest.raises(BackupError):
            read(head + b"".join([*parts[:at], strange[at], *parts[at + 1 :]]))
    with pytest.raises(BackupError):
        read(encode_head(header(bytes([1]) * 32)) + b"".join(parts))


def test_a_header_that_says_something_else_opens_nothing() -> None:
    _, parts = chunks(WHOLE)
    for more in ({"size": 4}, {"origin": "other"}, {"time_ms": 2}, {"journal": Witness(1, "")}):
        with pytest.raises(BackupError):
            read(encode_head(header(**more)) + b"".join(parts))


def test_what_follows_the_end_is_refused() -> None:
    for more in (b"\x00", b"\x00\x00\x00\x00", b"\x00" * 9):
        with pytest.raises(BackupError):
            read(WHOLE + more)


def test_another_keystore_is_told_from_damage() -> None:
    with pytest.raises(BackupError) as refused:
        read(WHOLE, bytes(32))
    assert refused.value.reason == "backup-foreign"


def test_a_newer_format_is_told_from_a_strange_file() -> None:
    for data, reason in (
        (b"shopward-backup/v2\n" + WHOLE[19:], "backup-newer"),
        (b"PK\x03\x04 and so on, which is no backup", "backup-none"),
        (b"", "backup-none"),
    ):
        with pytest.raises(BackupError) as refused:
            read(data)
        assert refused.value.reason == reason


def test_chunks_are_bounded_by_their_rows_alone() -> None:
    sizes = [len(part) for part in chunks_of((bytes(1000),) for _ in range(1000))]
    assert sum(sizes) == 1000
    assert max(sizes) < 140
    assert [len(part) for part in chunks_of([(bytes(1 << 20),), (b"",)])] == [1, 1]


def test_a_file_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    to = tmp_path / "a.backup"

    def half() -> None:
        with being_written(to) as file:
            file.write(b"half")
            assert not to.exists()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    assert list(tmp_path.iterdir()) == []
    with being_written(to) as file:
        file.write(b"whole")
    assert to.read_bytes() == b"whole"
    assert to.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError), being_written(to):
        pass


def test_what_a_killed_writer_left_is_removed_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    left = tmp_path / ".a.backup.0123.part"
    left.write_bytes(b"half")
    with being_written(tmp_path / "b.backup"):
        sweep(tmp_path)
        assert not left.exists()
        assert len(list(tmp_path.iterdir())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["b.backup"]


def test_the_newest_backups_are_kept_and_others_files_too(tmp_path: Path) -> None:
    for number in range(5):
        head = encode_head(header(time_ms=number))
        (tmp_path / f"shopward-{number}.backup").write_bytes(head)
    (tmp_path / "mine.backup").write_bytes(encode_head(header(time_ms=0)))
    (tmp_path / "broken.backup").write_bytes(b"nothing")
    assert newest_in(tmp_path) == tmp_path / "shopward-4.backup"
    keep_newest(tmp_path, 2)
    names = [path.name for path, _ in backups_in(tmp_path)]
    assert names == ["broken.backup", "mine.backup", "shopward-3.backup", "shopward-4.backup"]


def test_the_keystore_gives_every_version_its_own_backup_key(tmp_path: Path) -> None:
    made = keystore.create(tmp_path / "k", b"a passphrase for tests", profile="test")
    again = keystore.open_keystore(tmp_path / "k", b"a passphrase for tests")
    made.begin("backup", 2, clock.now())
    assert made.backup_key(1) == again.backup_key(1) != made.backup_key(2)
