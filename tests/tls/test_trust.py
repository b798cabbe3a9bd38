"""Trusting the local authority and taking it back, in stores of the tests' own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from shopward.errors import ConfigError
from shopward.tls.local_ca import make_root
from shopward.tls.trust import BrowserStore, Store, SystemStore, label
from tests.debian import program

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROOT, OTHER = (make_root(name, NOW).leaf.public_bytes(Encoding.PEM) for name in ("one", "other"))


@pytest.fixture(params=["system", "browser"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "system":
        return SystemStore(tmp_path, command="true")
    program("certutil", "libnss3-tools")
    return BrowserStore(tmp_path / ".pki" / "nssdb")


def test_a_root_is_trusted_from_install_to_remove_and_no_other_is(store: Store) -> None:
    assert store.missing() == ""
    assert not store.has(ROOT)
    store.remove(ROOT)
    for _ in range(2):
        store.install(ROOT)
        assert store.has(ROOT)
        assert not store.has(OTHER)
    store.install(OTHER)
    store.remove(ROOT)
    assert (store.has(ROOT), store.has(OTHER)) == (False, True)


def test_a_store_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    assert "Debian: libnss3-tools" in BrowserStore(tmp_path, command="no-such-tool").missing()
    assert "Debian: ca-certificates" in SystemStore(tmp_path, command="no-such-tool").missing()
    assert "root only" in SystemStore(tmp_path / "absent", command="true").missing()


def test_a_tool_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`false` failed"):
        SystemStore(tmp_path, command="false").install(ROOT)


def test_the_label_names_the_root_and_nothing_else() -> None:
    assert label(ROOT) != label(OTHER)
    assert label(ROOT).startswith("shopward-")
