"""The file custodian: what it keeps, and everything that can happen to its file."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.clock import to_ms
from shopward.errors import KeystoreError, UndecryptableError
from shopward.vault import keyfile
from shopward.vault.custodian import EPOCH_DAYS, EPOCH_MS, Custodian, Kind
from shopward.vault.keyfile import read_private, replace_private
from shopward.vault.keystore import FileCustodian, create, open_keystore
from shopward.vault.keystore_document import Kdf, kdf_of, parse

PASSPHRASE = b"correct horse battery staple"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
WEEK = timedelta(days=EPOCH_DAYS)
DEK = bytes(range(32))

CHILD = """
import os, pathlib, signal, sys
from datetime import UTC, datetime
from shopward.vault.keystore import open_keystore

if sys.argv[2] == "killed":
    pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
custodian = open_keystore(pathlib.Path(sys.argv[1]), b"correct horse battery staple")
print("ready", flush=True)
sys.stdin.readline()
epoch = custodian.current_epoch(datetime(2026, 5, 1, tzinfo=UTC))
print(custodian.wrap(epoch, bytes(range(32)), b"bound").hex(), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keystore.json"


@pytest.fixture
def custodian(path: Path) -> FileCustodian:
    return create(path, PASSPHRASE, profile="test")


def _child(path: Path, how: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", CHILD, str(path), how]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _refusal(path: Path, passphrase: bytes = PASSPHRASE) -> KeystoreError:
    with pytest.raises(KeystoreError) as caught:
        open_keystore(path, passphrase)
    assert PASSPHRASE.decode() not in str(caught.value) + caught.value.hint
    return caught.value


def test_what_was_wrapped_opens_after_a_restart(custodian: FileCustodian, path: Path) -> None:
    epoch = custodian.current_epoch(NOW)
    wrapped = custodian.wrap(epoch, DEK, b"bound")
    opened = open_keystore(path, PASSPHRASE)

    assert epoch == 1
    assert opened.epochs() == (epoch,)
    assert opened.unwrap(epoch, wrapped, b"bound") == DEK
    assert opened.ledger_seed(1) == custodian.ledger_seed(1)
    assert opened.index_key("email", "unique", 1) == custodian.index_key("email", "unique", 1)


def test_it_is_a_custodian(custodian: FileCustodian) -> None:
    kept: Custodian = custodian

    assert kept.epoch_days == 7
    assert kept.epochs() == ()


def test_secrets_differ_from_each_other_and_between_keystores(tmp_path: Path) -> None:
    kept = [create(tmp_path / name, PASSPHRASE, profile="test") for name in "ab"]
    secrets = {one.ledger_seed(1) for one in kept}
    secrets |= {one.index_key("email", "unique", 1) for one in kept}
    secrets |= {one.name_key("@token", "unique") for one in kept}
    secrets |= {one.backup_key(1) for one in kept}

    assert len(secrets) == 8


def test_the_file_is_private_and_names_no_secret(custodian: FileCustodian, path: Path) -> None:
    custodian.current_epoch(NOW)
    text = path.read_text(encoding="utf-8")

    assert path.stat().st_mode & 0o777 == 0o600
    assert custodian.ledger_seed(1).hex() not in text
    assert custodian.ledger_seed(1).hex() not in repr(custodian) + repr(custodian._secrets)
    assert custodian._sealing_key.key.hex() not in text + repr(custodian._sealing_key)
    assert repr(custodian._sealing_key.key) not in repr(custodian._sealing_key)


def test_the_interactive_profile_is_rfc_9106s_second_choice() -> None:
    kdf = kdf_of("interactive", bytes(16))

    assert (kdf.memory_kib, kdf.iterations, kdf.lanes) == (64 * 1024, 3, 4)


@pytest.mark.parametrize(
    ("weeks", "expected"), [(-1, 0), (0, 0), (1, 1), (3, 1)], ids=["back", "now", "next", "later"]
)
def test_epochs_follow_the_clock_and_those_nobody_saw_are_left_out(
    custodian: FileCustodian, weeks: int, expected: int
) -> None:
    first = custodian.current_epoch(NOW)

    assert custodian.current_epoch(NOW + weeks * WEEK) == first + expected
    assert custodian.epochs() == tuple(sorted({first, first + expected}))


def test_a_clock_that_went_back_gets_the_newest_epoch(custodian: FileCustodian) -> None:
    first = custodian.current_epoch(NOW)
    newest = custodian.current_epoch(NOW + 500 * WEEK)

    assert newest == first + 1
    assert custodian.current_epoch(NOW + WEEK) == newest


def test_an_epoch_ends_a_week_after_it_began_however_late_the_next_is_seen(
    custodian: FileCustodian,
) -> None:
    custodian.current_epoch(NOW)
    custodian.current_epoch(NOW + 2.5 * WEEK)
    first, second = custodian.state("epoch").keys

    assert first.ends_ms == first.begins_ms + EPOCH_MS
    assert second.begins_ms == first.begins_ms + 2 * EPOCH_MS


def test_an_epoch_can_be_ended_before_its_week_is_over(custodian: FileCustodian) -> None:
    first = custodian.current_epoch(NOW)
    custodian.begin("epoch", first + 1, NOW + WEEK / 7)
    custodian.begin("epoch", first + 1, NOW + WEEK / 2)

    assert custodian.current_epoch(NOW + WEEK) == first + 1
    assert custodian.state("epoch").keys[0].ends_ms == to_ms(NOW + WEEK / 7)


@pytest.mark.parametrize("kind", ["epoch", "index", "ledger", "backup"])
def test_what_is_latched_out_opens_nothing_and_only_then_can_be_destroyed(
    path: Path, custodian: FileCustodian, kind: Kind
) -> None:
    epoch = custodian.current_epoch(NOW)
    wrapped = custodian.wrap(epoch, DEK, b"bound")
    use: dict[Kind, Callable[[FileCustodian], object]] = {
        "epoch": lambda it: it.unwrap(epoch, wrapped, b"bound"),
        "index": lambda it: it.index_key("email", "unique", 1),
        "ledger": lambda it: it.ledger_seed(1),
        "backup": lambda it: it.backup_key(1),
    }
    custodian.begin(kind, 2, NOW)
    use[kind](custodian)
    with pytest.raises(KeystoreError, match="still in use"):
        custodian.destroy(kind, 1, NOW)
    custodian.latch(kind, 2)
    for opened in (custodian, open_keystore(path, PASSPHRASE)):
        with pytest.raises(UndecryptableError):
            use[kind](opened)
    custodian.unlatch(kind)
    use[kind](open_keystore(path, PASSPHRASE))
    custodian.latch(kind, 2)
    custodian.destroy(kind, 1, NOW)
    custodian.destroy(kind, 1, NOW + WEEK)
    custodian.unlatch(kind)
    with pytest.raises(UndecryptableError):
        use[kind](open_keystore(path, PASSPHRASE))
    gone = custodian.state(kind).keys[0]
    assert gone.destroyed_ms == to_ms(NOW)
    assert (gone.public is not None) == (kind == "ledger")


def test_a_version_is_made_once_and_only_the_next(custodian: FileCustodian) -> None:
    custodian.begin("index", 2, NOW)
    key = custodian.index_key("email", "unique", 2)
    custodian.begin("index", 2, NOW)

    assert custodian.index_key("email", "unique", 2) == key
    with pytest.raises(KeystoreError, match="not the next"):
        custodian.begin("index", 4, NOW)
    with pytest.raises(KeystoreError, match="no key 5"):
        custodian.latch("index", 5)


def test_another_process_learns_what_was_rotated(path: Path, custodian: FileCustodian) -> None:
    other = open_keystore(path, PASSPHRASE)
    custodian.begin("backup", 2, NOW)

    assert other.backup_key(2) == custodian.backup_key(2)
    custodian.latch("backup", 2)
    other.refresh()
    with pytest.raises(UndecryptableError):
        other.backup_key(1)


def test_a_new_passphrase_makes_the_old_one_useless(path: Path, custodian: FileCustodian) -> None:
    custodian.current_epoch(NOW)
    old = path.read_bytes()
    custodian.change_passphrase(b"another long passphrase")
    custodian.begin("epoch", 2, NOW)

    assert "does not open" in str(_refusal(path))
    opened = open_keystore(path, b"another long passphrase")
    assert opened.epochs() == (1, 2)
    assert opened.name_key("@token", "unique") == custodian.name_key("@token", "unique")
    assert parse(old).kdf.salt != parse(path.read_bytes()).kdf.salt
    with pytest.raises(KeystoreError, match="shorter"):
        custodian.change_passphrase(b"short")
    assert open_keystore(path, b"another long passphrase").epochs() == (1, 2)


def test_an_epochs_key_is_in_the_file_before_it_is_used(
    custodian: FileCustodian, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    before = path.read_bytes()
    with pytest.raises(KeystoreError, match="cannot be written"):
        custodian.current_epoch(NOW)

    assert custodian.epochs() == ()
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        ".keystore.json.lock",
        "keystore.json",
    ]


def test_the_new_file_and_then_its_directory_are_synced(
    custodian: FileCustodian, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def noted_sync(handle: int) -> None:
        done.append("directory" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def noted_replace(old: Path, new: Path) -> Path:
        done.append("replace")
        return replace(old, new)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    custodian.current_epoch(NOW)

    assert done == ["file", "replace", "directory"]


def test_another_processs_epoch_is_found(custodian: FileCustodian, path: Path) -> None:
    other = open_keystore(path, PASSPHRASE)
    epoch = other.current_epoch(NOW)
    wrapped = other.wrap(epoch, DEK, b"bound")

    assert custodian.unwrap(epoch, wrapped, b"bound") == DEK


def test_an_epoch_that_nobody_keeps(custodian: FileCustodian) -> None:
    with pytest.raises(UndecryptableError):
        custodian.unwrap(1, bytes(77), b"")
    with pytest.raises(KeystoreError, match="no key for epoch 1"):
        custodian.wrap(1, DEK, b"")


def test_two_processes_agree_on_one_new_epoch(custodian: FileCustodian, path: Path) -> None:
    children = [_child(path, "works") for _ in range(3)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    outputs = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        outputs.append(child.communicate(timeout=30))
        assert child.returncode == 0, outputs[-1][1]

    epoch = 1
    for wrapped, _ in outputs:
        assert custodian.unwrap(epoch, bytes.fromhex(wrapped), b"bound") == DEK
    assert open_keystore(path, PASSPHRASE).epochs() == (epoch,)


def test_a_writer_killed_in_the_middle_leaves_the_old_file(path: Path) -> None:
    create(path, PASSPHRASE, profile="test")
    before = path.read_bytes()
    child = _child(path, "killed")
    child.communicate("go\n", timeout=30)
    left = [entry for entry in path.parent.iterdir() if entry.suffix == ".tmp"]

    assert child.returncode == -signal.SIGKILL
    assert len(left) == 1
    assert path.read_bytes() == before

    after = open_keystore(path, PASSPHRASE)
    epoch = after.current_epoch(NOW)
    assert not left[0].exists()
    assert open_keystore(path, PASSPHRASE).epochs() == (epoch,)


def test_a_lock_that_stays_taken_is_told(
    custodian: FileCustodian, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyfile, "_LOCK_TRIES", 2)
    with path.with_name(".keystore.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(KeystoreError, match="another process holds"):
            custodian.current_epoch(NOW)

    assert custodian.current_epoch(NOW) == 1


def test_a_wrong_passphrase(custodian: FileCustodian, path: Path) -> None:
    error = _refusal(path, b"correct horse battery stable")

    assert str(error) == "the passphrase does not open the keystore"
    assert "which passphrase" in error.hint


def test_a_missing_file(path: Path) -> None:
    error = _refusal(path)

    assert str(error) == f"there is no keystore at {path}"
    assert "Correct the path" in error.hint


def test_a_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="cannot be written"):
        create(tmp_path / "nowhere" / "keystore", PASSPHRASE, profile="test")


def test_a_symbolic_link(custodian: FileCustodian, path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)

    assert "symbolic link" in str(_refusal(link))


def test_a_lock_file_that_is_a_link(custodian: FileCustodian, path: Path, tmp_path: Path) -> None:
    lock = path.with_name(".keystore.json.lock")
    lock.unlink()
    lock.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeystoreError, match="cannot be written"):
        custodian.current_epoch(NOW)

    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o666])
def test_a_file_open_to_others(custodian: FileCustodian, path: Path, mode: int) -> None:
    path.chmod(mode)
    error = _refusal(path)

    assert "open to other users" in str(error)
    assert f"chmod 600 {path}" in error.hint


def test_a_directory_or_pipe_in_its_place(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    assert "not a plain file" in str(_refusal(tmp_path / "pipe"))
    assert "not a plain file" in str(_refusal(tmp_path))


def test_a_file_far_too_large(path: Path) -> None:
    path.touch(0o600)
    os.truncate(path, 2 << 20)

    assert "too large" in str(_refusal(path))


def test_an_unknown_format(custodian: FileCustodian, path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("keystore/v1", "keystore/v2")
    path.write_text(text, encoding="utf-8")
    error = _refusal(path)

    assert "format that this version does not know" in str(error)
    assert "shopward-keystore/v1" in error.hint


def test_a_truncated_file_at_every_length(custodian: FileCustodian, path: Path) -> None:
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        assert "damaged" in str(_refusal(path))


def test_every_altered_bit_of_the_sealed_part_is_noticed(
    custodian: FileCustodian, path: Path
) -> None:
    whole = path.read_bytes()
    start = whole.index(b'"sealed"')
    for at in range(start, len(whole) - 2):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert "damaged" in str(_refusal(path))


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 40},
        {"memory_kib": 1},
        {"iterations": 0},
        {"iterations": 1 << 31},
        {"lanes": 0},
        {"lanes": 17},
        {"salt": ""},
        {"salt": "zz" * 16},
        {"salt": 5},
        {"name": "argon2i"},
        {"surprise": 1},
    ],
)
def test_parameters_out_of_bounds_are_refused_before_they_are_used(
    custodian: FileCustodian, path: Path, change: dict[str, Any]
) -> None:
    document = json.loads(path.read_bytes())
    document["kdf"].update(change)
    path.write_text(json.dumps(document), encoding="utf-8")

    assert "damaged" in str(_refusal(path))


@pytest.mark.parametrize("change", [{"iterations": 2}, {"memory_kib": 16}, {"salt": "00" * 16}])
def test_altered_parameters_do_not_open(
    custodian: FileCustodian, path: Path, change: dict[str, Any]
) -> None:
    document = json.loads(path.read_bytes())
    document["kdf"].update(change)
    path.write_text(json.dumps(document), encoding="utf-8")

    assert "does not open" in str(_refusal(path))


def test_the_parameters_are_bound_to_the_secrets() -> None:
    kdf = kdf_of("test", bytes(16))
    others = [
        Kdf(memory_kib=16, iterations=1, lanes=1, salt=bytes(16).hex()),
        Kdf(memory_kib=8, iterations=2, lanes=1, salt=bytes(16).hex()),
        kdf_of("test", b"\x01" * 16),
    ]

    assert kdf.bound() not in [other.bound() for other in others]


@given(st.binary(max_size=200))
def test_no_bytes_upset_the_parser(noise: bytes) -> None:
    with pytest.raises(KeystoreError):
        parse(noise)


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_json_upsets_the_parser(value: object) -> None:
    document = {"format": "shopward-keystore/v1", "kdf": value, "key_id": value, "sealed": value}
    with pytest.raises(KeystoreError):
        parse(json.dumps(document).encode())


def test_a_keystore_is_never_overwritten(custodian: FileCustodian, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(KeystoreError, match="already"):
        create(path, PASSPHRASE, profile="test")

    assert path.read_bytes() == before


def test_a_dangling_link_is_not_written_through(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeystoreError, match="already"):
        create(path, PASSPHRASE, profile="test")

    assert not (tmp_path / "elsewhere").exists()


def test_a_short_passphrase_is_refused(path: Path) -> None:
    with pytest.raises(KeystoreError, match="shorter than 12 bytes"):
        create(path, b"hunter2", profile="test")

    assert not path.exists()


def test_a_file_replaced_under_another_passphrase_is_told(
    custodian: FileCustodian, path: Path, tmp_path: Path
) -> None:
    create(tmp_path / "other", b"another passphrase", profile="test")
    (tmp_path / "other").replace(path)
    with pytest.raises(KeystoreError, match="does not open"):
        custodian.current_epoch(NOW)


def test_another_private_file_is_named_as_what_it_is(tmp_path: Path) -> None:
    replace_private(tmp_path / "phrase", b"words")

    assert read_private(tmp_path / "phrase", "passphrase file") == b"words"
    with pytest.raises(KeystoreError, match="no passphrase file at"):
        read_private(tmp_path / "none", "passphrase file")
