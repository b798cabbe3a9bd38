"""Doors: all of them or none, their owner's alone, and never in the place of something else."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shopward.api.sockets import take_doors
from shopward.errors import ConfigError
from shopward.settings import ListenSettings


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sw-", dir="/tmp") as made:
        yield Path(made)


def _listen(folder: Path, tcp: str = "") -> ListenSettings:
    return ListenSettings(tcp=tcp, socket=folder / "api", admin_socket=folder / "admin")


def test_the_doors_are_open_and_their_owners_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        doors = take_doors(_listen(folder, "127.0.0.1:0"))
        assert [door.is_tcp for door in doors] == [False, False, True]
        for path in (folder / "api", folder / "admin"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            with closing(socket.socket(socket.AF_UNIX)) as client:
                client.connect(str(path))
        assert os.umask(0) == 0
    finally:
        os.umask(before)
    for door in doors:
        door.close()
    assert list(folder.iterdir()) == []


def test_a_port_that_is_taken_opens_no_door(folder: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            take_doors(_listen(folder, f"127.0.0.1:{port}"))
    assert (caught.value.field, caught.value.reason) == ("listen.tcp", "port-taken")
    assert list(folder.iterdir()) == []


def test_a_socket_that_somebody_answers_on_is_not_taken(folder: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as other:
        other.bind(str(folder / "admin"))
        other.listen()
        with pytest.raises(ConfigError) as caught:
            take_doors(_listen(folder))
        assert (caught.value.field, caught.value.reason) == (
            "listen.admin_socket",
            "already-running",
        )
        assert (folder / "admin").is_socket()
    assert not (folder / "api").exists()


def test_a_socket_that_nobody_answers_on_is_replaced(folder: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind(str(folder / "api"))
    for door in take_doors(_listen(folder)):
        door.close()


@pytest.mark.parametrize("what", ["file", "folder", "link to a file"])
def test_what_is_no_socket_is_left_alone(folder: Path, what: str) -> None:
    path, precious = folder / "api", folder / "precious"
    precious.write_text("my only copy")
    if what == "folder":
        path.mkdir()
    elif what == "file":
        path.write_text("my only copy")
    else:
        path.symlink_to(precious)
    with pytest.raises(ConfigError) as caught:
        take_doors(_listen(folder))
    assert caught.value.field == "listen.socket"
    assert precious.read_text() == "my only copy"
    assert path.exists()


def test_a_folder_that_cannot_be_written_is_said(folder: Path) -> None:
    (folder / "file").write_text("in the way")
    with pytest.raises(ConfigError) as caught:
        take_doors(ListenSettings(tcp="", socket=folder / "file" / "api"))
    assert caught.value.field == "listen.socket"


def test_an_address_that_is_not_ours_is_said(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        take_doors(_listen(folder, "192.0.2.1:8731"))
    assert caught.value.field == "listen.tcp"
    assert list(folder.iterdir()) == []
