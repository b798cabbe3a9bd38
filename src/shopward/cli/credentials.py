"""Callers' credentials on this machine: one file each, for the command line alone.

    callers/shop.json   {"name": "shop", "role": "shop-backend", "credential": "swc_…"}

The folder lies beside `shopward.toml`. It does not make or revoke credentials; the data plane does.

- A file is made with mode 0600 and never replaced in part.
- A file that others may read is refused: its credential has to be taken as known.
- The credential stays in a `Secret`; no message holds it.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path

from shopward import settings
from shopward.errors import ConfigError
from shopward.settings import Secret, Settings

FOLDER = "callers"


@dataclass(frozen=True, slots=True)
class Credential:
    """Who we are when we ask the data plane; the role is None when only the secret is known."""

    name: str
    secret: Secret
    role: str | None = None


def path_of(house: Settings, name: str) -> Path:
    """The file that holds a caller's credential."""
    return house.home / FOLDER / f"{name}.json"


def choose(house: Settings, name: str | None, usual: str) -> Credential:
    """The credential of `name`, else of SHOPWARD_CREDENTIAL, else of the usual local caller.

    Raises:
        ConfigError: There is none, or its file cannot be trusted.
    """
    variable = settings.variable("SHOPWARD_CREDENTIAL")
    if name is None and variable:
        return Credential("the caller of SHOPWARD_CREDENTIAL", Secret(variable))
    return load(path_of(house, name or usual))


def is_there(house: Settings, usual: str) -> bool:
    """Whether `choose` would find a credential for the usual local caller."""
    return bool(settings.variable("SHOPWARD_CREDENTIAL")) or path_of(house, usual).exists()


def load(path: Path) -> Credential:
    """The credential in a file.

    Raises:
        ConfigError: It is missing, readable by others, or not such a file.
    """
    try:
        mode = path.stat().st_mode
        members = json.loads(path.read_text("utf-8"))
        credential = Credential(
            str(members["name"]), Secret(str(members["credential"])), str(members["role"])
        )
    except FileNotFoundError:
        raise ConfigError(
            f"There is no caller {path.stem} on this machine.",
            hint="Name one with --caller; `shopward caller add` makes one.",
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"{path} cannot be read as a caller's credential.",
            hint="Revoke that caller and make it again.",
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            f"{path} can be read by others on this machine.",
            hint=f"Run `chmod 600 {path}`; if it was so for long, revoke the caller.",
        )
    return credential


def save(path: Path, name: str, role: str, credential: Secret) -> None:
    """Write a credential's file; what stood there before is replaced as a whole."""
    from shopward.sources.durable import replace_durably

    members = {"name": name, "role": role, "credential": credential.reveal()}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_durably(path, json.dumps(members).encode() + b"\n")


def forget(path: Path, caller: str) -> bool:
    """Remove a credential's file if it is this caller's; whether it was.

    Args:
        path: Where it would be.
        caller: The caller's id, the first part of its credential.
    """
    if not path.exists() or not load(path).secret.reveal().startswith(f"swc_{caller}_"):
        return False
    path.unlink()
    return True
