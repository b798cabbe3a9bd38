"""The process's derived keys, its hashing and its list of breached passwords, opened once."""

from __future__ import annotations

import hmac
import unicodedata
from functools import cache

from django.conf import settings

from shopward.identity import secret_file
from shopward.identity.breached import BreachedPasswords
from shopward.identity.hashing import Gate, Hashing
from shopward.settings import Settings


def house() -> Settings:
    """The operator's settings."""
    found: Settings = settings.SHOPWARD  # type: ignore[misc]  # ours, not Django's
    return found


@cache
def keys() -> secret_file.Keys:
    """The keys derived from the control plane's secret. Secret.

    Raises:
        ConfigError: The file cannot be used.
    """
    return secret_file.load(house().identity.secret)


@cache
def hashing() -> Hashing:
    """Hashes passwords; one gate for the whole process."""
    return Hashing(keys().password, Gate())


@cache
def breached() -> BreachedPasswords | None:
    """The imported list, None when there is none.

    Raises:
        ConfigError: It is there and cannot be used.
    """
    path = house().identity.breached_passwords
    return BreachedPasswords(path) if path.exists() else None


def keyed_name(kind: str, name: str) -> str:
    """A name as it stands in the table of counts: nobody reads typed addresses there.

    Letters of other widths are the same name, as they are to the vault.
    """
    said = f"{kind}:{unicodedata.normalize('NFKC', name).casefold()}".encode()
    return f"{kind}:{hmac.digest(keys().names, said, 'sha256').hex()}"
