"""What the shop's settings say under `SHOPWARD`, and the one client of this process.

| key | is | unless given |
|---|---|---|
| `url` | the vault | `http://127.0.0.1:8731` |
| `credential_file` | a file with the caller's credential | must be given |
| `map` | the map of columns | none: explicit fields only |
| `purpose` | why the shop looks, where no block says otherwise | must be given |
| `ca_file` | certificates to trust instead of the system's | the system's |
| `timeout_s` | seconds for each wait | 10 |
| `erase_deleted` | erase a customer of the vault when her row is deleted | True |
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from shopward_client.client import Client
from shopward_client.endpoint import DEFAULT_URL
from shopward_client.errors import ConfigError
from shopward_client.retry import Retry

KEYS = frozenset(
    {"url", "credential_file", "map", "purpose", "ca_file", "timeout_s", "erase_deleted"}
)
PLACEHOLDER = "•••"
_CLIENTS: dict[int, Client] = {}


def options() -> Mapping[str, Any]:
    """The settings under `SHOPWARD`.

    Raises:
        ConfigError: There are none, one is unknown, or one that must be given is missing.
    """
    given: Mapping[str, Any] = getattr(settings, "SHOPWARD", {})
    unknown = sorted(set(given) - KEYS)
    missing = [name for name in ("credential_file", "purpose") if not given.get(name)]
    if unknown or missing:
        word, name = ("unknown", unknown[0]) if unknown else ("missing", missing[0])
        raise ConfigError(f"SHOPWARD[{name!r}] is {word} in the shop's settings.", field=name)
    return given


def purpose() -> str:
    """Why the shop looks, where no block says otherwise."""
    return str(options()["purpose"])


def client() -> Client:
    """The client of this process; a process that was forked from one with a client gets its own."""
    own = os.getpid()
    if own not in _CLIENTS:
        _CLIENTS.clear()
        _CLIENTS[own] = _connect(options())
        atexit.register(use, None)
    return _CLIENTS[own]


def use(vault: Client | None) -> None:
    """Use this client from now on and close the one before; None makes one from the settings."""
    before = _CLIENTS.pop(os.getpid(), None)
    if before is not None:
        before.close()
    if vault is not None:
        _CLIENTS[os.getpid()] = vault


def _connect(given: Mapping[str, Any]) -> Client:
    path = Path(given["credential_file"])

    def credential() -> str:
        try:
            return path.read_text("utf-8").strip()
        except OSError:
            raise ConfigError(
                f"The credential file {path} cannot be read.",
                hint="Write the caller's credential there, readable by the shop alone.",
                field="credential_file",
            ) from None

    return Client(
        given.get("url", DEFAULT_URL),
        credential=credential,
        ca_file=given.get("ca_file"),
        timeout_s=given.get("timeout_s", 10.0),
        retry=Retry(attempts=2),
    )
