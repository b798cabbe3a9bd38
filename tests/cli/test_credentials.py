from __future__ import annotations

import json
from pathlib import Path

import pytest

from shopward import settings
from shopward.cli import credentials
from shopward.errors import ConfigError
from shopward.settings import Secret, Settings

CREDENTIAL = "swc_0123456789ab_secret-canary"


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    return settings.parse({}, tmp_path, {})


@pytest.fixture
def saved(house: Settings) -> Path:
    path = credentials.path_of(house, "shop")
    credentials.save(path, "shop", "shop-backend", Secret(CREDENTIAL))
    return path


def test_a_credential_is_kept_for_its_owner_alone(saved: Path) -> None:
    kept = credentials.load(saved)
    assert (kept.name, kept.role, kept.secret.reveal()) == ("shop", "shop-backend", CREDENTIAL)
    assert saved.stat().st_mode & 0o777 == 0o600
    assert saved.parent.stat().st_mode & 0o777 == 0o700
    assert "canary" not in repr(kept)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_credential_that_others_may_read_is_refused(saved: Path, mode: int) -> None:
    saved.chmod(mode)
    with pytest.raises(ConfigError, match="read by others"):
        credentials.load(saved)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"name": "shop"}', CREDENTIAL, '"swc_canary"', "\x00"]
)
def test_another_file_is_refused_without_showing_it(saved: Path, content: str) -> None:
    saved.write_text(content)
    with pytest.raises(ConfigError) as wrong:
        credentials.load(saved)
    assert "canary" not in wrong.value.detail


def test_the_caller_named_comes_before_the_variable_and_the_usual(
    house: Settings, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert saved.exists()
    assert credentials.choose(house, None, "shop").name == "shop"
    monkeypatch.setenv("SHOPWARD_CREDENTIAL", "swc_other_x")
    assert credentials.choose(house, None, "shop").secret.reveal() == "swc_other_x"
    assert credentials.choose(house, "shop", "support").name == "shop"
    with pytest.raises(ConfigError, match="no caller support"):
        credentials.choose(house, "support", "shop")


def test_only_the_revoked_callers_file_is_removed(saved: Path) -> None:
    assert not credentials.forget(saved, "ffffffffffff")
    assert saved.exists()
    assert credentials.forget(saved, "0123456789ab")
    assert not saved.exists()
    assert not credentials.forget(saved, "0123456789ab")


def test_what_is_kept_is_plain_json(saved: Path) -> None:
    assert set(json.loads(saved.read_text())) == {"name", "role", "credential"}
