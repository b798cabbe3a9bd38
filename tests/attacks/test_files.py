"""Files that somebody else put where ours belong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from shopward.api.sockets import take_doors
from shopward.cli.tokens_file import TokensFile
from shopward.errors import ShopwardError
from shopward.settings import ListenSettings
from shopward.sources import Rejects


def test_a_socket_replaces_no_other_file(tmp_path: Path) -> None:
    store = tmp_path / "vault.db"
    store.write_bytes(b"all customers")
    listen = ListenSettings(tcp="", socket=store, admin_socket=tmp_path / "admin.sock")
    with pytest.raises(ShopwardError):
        take_doors(listen)
    assert store.read_bytes() == b"all customers"


@pytest.mark.parametrize("kind", [TokensFile, Rejects])
def test_an_output_that_others_may_read_is_refused_or_closed_to_them(
    tmp_path: Path, kind: type[TokensFile | Rejects]
) -> None:
    path = tmp_path / "out.csv"
    path.touch()
    path.chmod(0o666)
    try:
        with kind(path, last_line=0):
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077
    except ShopwardError:
        pass
