"""What keeps a data plane from starting: it says so in two lines, and touches nothing."""

from __future__ import annotations

import hashlib
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from shopward.vault import keystore
from tests.scenarios.people import person
from tests.scenarios.plane import PASSPHRASE, DataPlane, free_port


def _assert_refused(plane: DataPlane, *words: str, status: int = 1) -> str:
    """It ends with two lines that say what and what to do, and leaves the store as it was."""
    before = _fingerprint(plane)
    ended, said = plane.refuses_to_start()
    assert ended == status, said
    lines = said.strip().splitlines()
    assert lines[0].startswith("shopward: error: ")
    assert lines[-1].startswith("shopward: hint: ")
    for word in words:
        assert word in said, said
    assert "Traceback" not in said
    assert PASSPHRASE not in said
    assert _fingerprint(plane) == before
    return said


def _fingerprint(plane: DataPlane) -> dict[str, str]:
    """What is in the store and the keystore; WAL and lock come and go."""
    with _opened(plane) as connection:
        rows = [
            (table, list(connection.execute(f"SELECT * FROM {table}")))  # noqa: S608 - our names
            for table in ("head", "leaf", "record", "alias", "installation")
        ]
    told = {"rows": repr(rows)}
    for path in (plane.home / "keys").glob("*.json"):
        told[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return told


@contextmanager
def _opened(plane: DataPlane) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(plane.home / "store" / "vault.db"))
    try:
        yield connection
    finally:
        connection.close()


def _edit(plane: DataPlane, sql: str, *values: object) -> None:
    with _opened(plane) as connection:
        connection.execute(sql, values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def used(file_plane: DataPlane) -> DataPlane:
    """A data plane with customers and entries that was stopped; not to be changed."""
    with file_plane.caller("shop-backend") as shop:
        for _ in range(3):
            shop.store(person())
    assert file_plane.stop() == 0
    return file_plane


@pytest.fixture
def stopped(used: DataPlane) -> Iterator[DataPlane]:
    """A copy of it, to break."""
    with used.copied() as copy:
        yield copy


def test_a_wrong_passphrase_does_not_open_it(stopped: DataPlane) -> None:
    (stopped.home / "keys" / "passphrase").write_text("another passphrase altogether")
    said = _assert_refused(stopped, "passphrase does not open the keystore")
    assert "another passphrase altogether" not in said


def test_without_its_keystore_it_does_not_start(stopped: DataPlane) -> None:
    (stopped.home / "keys" / "keystore.json").rename(stopped.home / "keys" / "elsewhere.json")
    _assert_refused(stopped, "keystore")
    assert not (stopped.home / "keys" / "keystore.json").exists()


def test_another_stores_keystore_is_told_from_a_damaged_ledger(stopped: DataPlane) -> None:
    path = stopped.home / "keys" / "keystore.json"
    path.unlink()
    keystore.create(path, PASSPHRASE.encode(), profile="test")
    _assert_refused(stopped, "keystore does not belong to this store")


def test_a_keystore_that_others_can_read_is_refused(stopped: DataPlane) -> None:
    (stopped.home / "keys" / "keystore.json").chmod(0o644)
    _assert_refused(stopped, "open to other users", "chmod 600")


def test_a_damaged_keystore_is_refused(stopped: DataPlane) -> None:
    path = stopped.home / "keys" / "keystore.json"
    path.write_bytes(path.read_bytes()[:-40])
    _assert_refused(stopped, "damaged")


def test_a_policy_with_mistakes_names_each_of_them(stopped: DataPlane) -> None:
    stopped.edit_policy(lambda text: text.replace("rate_per_minute = 60\n", "rate = 60\n"))
    stopped.edit_policy(lambda text: text + '\n[fields.shoe]\ntitle = "shoe"\n')
    said = _assert_refused(stopped, "policy.toml has ")
    assert "rate_per_minute" in said
    assert "fields.shoe.category" in said


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('log = "shop.example/ledger"', 'log = "shop.example/other"', "log"),
        ("[limits]", "[limits]\nrequests = 7", "limits.requests"),
        ("127.0.0.1:", "0.0.0.0:", "listen.tcp"),
        ('"admin.sock"', '"api.sock"', "listen.admin_socket"),
        ('socket = "api.sock"', f'socket = "{"long/" * 30}api.sock"', "listen.socket"),
        ("drain_s = 3", 'drain_s = "3"', "limits.drain_s"),
        ('policy = "policy.toml"', 'policy = "no-policy.toml"', "policy"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    stopped: DataPlane, before: str, after: str, named: str
) -> None:
    path = stopped.home / "shopward.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    _assert_refused(stopped, named)


def test_a_port_in_use_is_named_and_no_door_is_left_behind(stopped: DataPlane) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", stopped.port))
        other.listen()
        _assert_refused(stopped, "listen.tcp", "in use")
    assert not list(stopped.home.glob("*.sock"))
    stopped.start()


def test_a_second_server_with_the_same_settings_leaves_the_first_alone(
    own_plane: DataPlane,
) -> None:
    status, said = own_plane.refuses_to_start()
    assert status in {1, 3}
    assert "listen.socket" in said
    with own_plane.caller("shop-backend") as shop:
        shop.store(person())


def test_a_second_server_on_one_store_is_refused_whatever_its_doors(own_plane: DataPlane) -> None:
    path = own_plane.home / "shopward.toml"
    text = path.read_text()
    path.write_text(
        text.replace(str(own_plane.port), str(free_port()))
        .replace('"api.sock"', '"api2.sock"')
        .replace('"admin.sock"', '"admin2.sock"')
    )
    status, said = own_plane.refuses_to_start()
    assert status == 3
    assert "Another Shopward process has this store open" in said
    assert not list(own_plane.home.glob("*2.sock"))
    with own_plane.caller("shop-backend") as shop:
        shop.store(person())


def test_sockets_left_by_a_process_that_died_are_replaced(own_plane: DataPlane) -> None:
    own_plane.kill()
    assert len(list(own_plane.home.glob("*.sock"))) == 2
    own_plane.start()
    with own_plane.caller("shop-backend") as shop:
        shop.store(person())


def test_a_file_in_the_place_of_a_socket_is_not_removed(stopped: DataPlane) -> None:
    precious = stopped.home / "api.sock"
    precious.write_text("my only copy")
    _assert_refused(stopped, "listen.socket")
    assert precious.read_text() == "my only copy"


def test_what_it_makes_is_its_owners_alone(own_plane: DataPlane) -> None:
    own_plane.caller("shop-backend").store(person())
    paths = [*own_plane.home.glob("*.sock"), *(own_plane.home / "store").iterdir()]
    paths += list((own_plane.home / "keys").glob("*"))
    assert len(paths) >= 7
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


# ------------------------------------------------------------------------------- The store


def test_without_a_store_it_does_not_start_unless_told_to_make_one(bare_plane: DataPlane) -> None:
    status, said = bare_plane.refuses_to_start()
    assert status == 1
    assert "no store" in said
    assert "--create" in said
    assert not list((bare_plane.home / "store").iterdir())


def test_a_file_that_is_no_store_is_refused_and_left_alone(bare_plane: DataPlane) -> None:
    path = bare_plane.home / "store" / "vault.db"
    content = b"These are the notes of a shop owner. " * 200
    path.write_bytes(content)
    status, said = bare_plane.refuses_to_start()
    assert status == 1
    assert "store.path" in said
    assert "Traceback" not in said
    assert path.read_bytes() == content


def test_a_store_of_a_newer_version_is_refused(stopped: DataPlane) -> None:
    _edit(stopped, "PRAGMA user_version = 99")
    _assert_refused(stopped, "newer Shopward")


def _flip(connection: apsw.Connection) -> None:
    ((at, data),) = connection.execute("SELECT max(position), leaf FROM leaf")
    flipped = data[:40] + bytes([data[40] ^ 1]) + data[41:]
    connection.execute("UPDATE leaf SET leaf = ? WHERE position = ?", (flipped, at))


def _sql(*statements: str) -> Callable[[apsw.Connection], None]:
    def run(connection: apsw.Connection) -> None:
        for statement in statements:
            connection.execute(statement).fetchall()

    return run


DROP = "DELETE FROM leaf WHERE position = (SELECT max(position) FROM leaf)"
DAMAGES: dict[str, Callable[[apsw.Connection], None]] = {
    "the last entry was removed": _sql(DROP),
    "the last two entries were removed": _sql(DROP, DROP),
    "entries and the count of them": _sql(DROP, "UPDATE head SET size = size - 1"),
    "the first entry was removed": _sql("DELETE FROM leaf WHERE position = 0"),
    "an entry was changed": _flip,
    "an entry was added": _sql(
        "INSERT INTO leaf SELECT max(position) + 1, leaf, subject, sealed FROM leaf"
    ),
    "two entries changed places": _sql(
        "UPDATE leaf SET position = -1 WHERE position = 1",
        "UPDATE leaf SET position = 1 WHERE position = 2",
        "UPDATE leaf SET position = 2 WHERE position = -1",
    ),
    "the signature was removed": _sql("UPDATE head SET note = ''"),
    "the signature was changed": _sql("UPDATE head SET note = substr(note, 1, 130) || 'AAAA\n'"),
    "the count was changed": _sql("UPDATE head SET size = size + 1"),
    "the count is nothing": _sql("UPDATE head SET size = 0"),
    "the head was removed": _sql("DELETE FROM head"),
    "every entry was removed": _sql("DELETE FROM leaf"),
    "every entry was removed, and the count is nothing": _sql(
        "DELETE FROM leaf", "UPDATE head SET size = 0"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_ledger_that_is_not_the_signed_one_does_not_start(
    stopped: DataPlane, damage: str
) -> None:
    with _opened(stopped) as connection:
        DAMAGES[damage](connection)
    said = _assert_refused(stopped)
    assert any(word in said for word in ("ledger", "checkpoint", "sign", "entries")), said


def test_a_store_whose_pages_were_overwritten_does_not_crash_it(stopped: DataPlane) -> None:
    path = stopped.home / "store" / "vault.db"
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = bytes([0xA5]) * 200
    Path(path).write_bytes(data)
    status, said = stopped.refuses_to_start()
    assert status in {1, 3}
    assert said.startswith("shopward: error: ")
    assert "Traceback" not in said
    assert "should not have happened" not in said
