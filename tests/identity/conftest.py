"""A control plane of its own for each test: secret file, settings, notebook of events and mails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from argon2 import PasswordHasher
from django.conf import settings as django

from shopward.identity import hashing, secret_file
from shopward.identity.oidc.signing_keys import SigningKeys
from shopward.identity.web import keys
from shopward.identity.web.views import common
from shopward.settings import IdentitySettings, SmsSettings
from tests.identity import notebook, shelf

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
POLICY = Path(__file__).parents[2] / "policy.example.toml"


@pytest.fixture(scope="session")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("identity") / "identity.key"
    secret_file.ensure(path)
    return path


@pytest.fixture(scope="session")
def oidc_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key for all tests, since making one takes a moment."""
    path = tmp_path_factory.mktemp("oidc") / "keys"
    SigningKeys(path).add(datetime.now(UTC))
    return path


@pytest.fixture
def house(
    secret: Path, oidc_keys: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Settings with a secret; `house(staff_passwords="pci")` changes them.

    Hashes are cheap here: what they cost is tested in `test_hashing`.
    """
    monkeypatch.setattr(hashing, "_ARGON2", CHEAP)

    def change(sms: SmsSettings | None = None, **more: Any) -> None:
        identity = IdentitySettings(
            secret=secret,
            **{"breached_passwords": tmp_path / "breached.bin", "oidc_keys": oidc_keys, **more},
        )
        said = {"identity": identity, "policy": POLICY, "sms": sms or SmsSettings()}
        changed = msgspec.structs.replace(django.SHOPWARD, **said)
        settings.SHOPWARD = changed
        keys.breached.cache_clear()

    settings.RECORD_EVENT = "tests.identity.notebook.record"
    settings.QUEUE_MAIL = "tests.identity.notebook.queue"
    settings.QUEUE_SMS = "tests.identity.notebook.queue_text"
    settings.SMS_STATE = "tests.identity.notebook.text_state"
    settings.READ_FOR_SHOP = "tests.identity.shops.read"
    settings.VAULT_IN_ROLE = "tests.identity.shelf.in_role"
    settings.VAULT_OF_PERSON = "tests.identity.shelf.of_person"
    monkeypatch.setattr(common, "BEAT_S", 0.001)
    keys.keys.cache_clear()
    keys.hashing.cache_clear()
    change()
    notebook.EVENTS.clear()
    notebook.MAILS.clear()
    notebook.TEXTS.clear()
    shelf.empty()
    yield change
    keys.keys.cache_clear()
    keys.hashing.cache_clear()
    keys.breached.cache_clear()
