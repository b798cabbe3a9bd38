"""The control plane's secret: made once, its owner's alone, never replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from shopward.errors import ConfigError
from shopward.identity.secret_file import Keys, ensure, load


def test_it_is_made_once_and_then_read(tmp_path: Path) -> None:
    path = tmp_path / "identity.secret"
    keys = ensure(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert ensure(path) == keys == load(path)
    assert [one.name for one in tmp_path.iterdir()] == ["identity.secret"]


def test_each_use_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = ensure(tmp_path / "one")
    assert len({keys.password, keys.recovery, keys.totp, keys.names}) == 4
    assert keys != ensure(tmp_path / "other")
    assert repr(keys) == "Keys()"


def test_the_keys_are_those_of_hkdf_expand() -> None:
    expand = HKDFExpand(SHA256(), 32, b"shopward/identity/password/v1")
    assert Keys.derive(b"s" * 32).password == expand.derive(b"s" * 32)


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    ensure(path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="read by others"):
        load(path)


@pytest.mark.parametrize("data", [b"", b"ab\n", b"z" * 64 + b"\n", b"a" * 65 + b"\n"])
def test_a_damaged_one_is_refused_and_not_replaced(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "secret"
    path.touch(0o600)
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="damaged"):
        ensure(path)
    assert path.read_bytes() == data


def test_none_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none")
    with pytest.raises(ConfigError, match="cannot be made"):
        ensure(tmp_path / "no" / "such" / "folder")
