"""The local authority's files: made once, renewed when due, never half-written."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shopward.errors import ConfigError
from shopward.tls.files import ROOT, ROOT_KEY, SERVER, ensure, root_pem
from shopward.tls.local_ca import DOMAIN, ROOT_DAYS, make_root
from shopward.tls.pair import parse_pair
from shopward.tls.serving import ServingContext

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = (DOMAIN, f"console.{DOMAIN}")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_everything_and_the_second_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    path = ensure(folder, NAMES, NOW)
    made = {file.name: file.read_bytes() for file in folder.iterdir()}

    assert ensure(folder, NAMES, NOW + timedelta(days=30)) == path
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == made
    assert set(made) == {ROOT, ROOT_KEY, SERVER}
    assert (mode(folder / ROOT_KEY), mode(path), mode(folder)) == (0o600, 0o600, 0o700)
    assert b"PRIVATE" not in root_pem(folder)


@pytest.mark.parametrize("why", ["due", "other names", "damaged", "another root", "gone"])
def test_a_certificate_that_does_not_fit_is_issued_anew(why: str, tmp_path: Path) -> None:
    path = ensure(tmp_path, NAMES, NOW)
    before, now, names = parse_pair(path.read_bytes()), NOW, NAMES
    if why == "due":
        now += timedelta(days=61)
    elif why == "other names":
        names = (DOMAIN,)
    elif why == "damaged":
        path.write_bytes(path.read_bytes()[:100])
    elif why == "another root":
        (tmp_path / ROOT_KEY).write_bytes(make_root("other", NOW).dump())
    else:
        path.unlink()

    after = parse_pair(ensure(tmp_path, names, now).read_bytes())

    assert after.leaf != before.leaf
    assert after.names == names
    after.leaf.verify_directly_issued_by(parse_pair((tmp_path / ROOT_KEY).read_bytes()).leaf)


def test_a_valid_root_is_kept_and_an_expired_one_is_said(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    root = root_pem(tmp_path)
    ensure(tmp_path, NAMES, NOW + timedelta(days=ROOT_DAYS - 1))
    assert root_pem(tmp_path) == root

    with pytest.raises(ConfigError, match="expired") as said:
        ensure(tmp_path, NAMES, NOW + timedelta(days=ROOT_DAYS))
    assert "trust remove" in said.value.hint


def test_without_a_root_nothing_can_be_trusted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no local certificate authority"):
        root_pem(tmp_path)


def test_a_new_certificate_is_taken_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = ensure(tmp_path, NAMES, NOW)
    serving = ServingContext(path, field="tls.folder")
    context = serving.context

    assert not serving.look()
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ConfigError, match="cannot be used"):
        serving.look()
    assert not serving.look()  # the same broken file is not tried again and again
    ensure(tmp_path, NAMES, NOW)
    assert serving.look()
    assert serving.context is context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
