"""What a person may name to look through, and the source it becomes.

    sqlite:///srv/shop.db   /var/log/nginx   dump.sql.gz

A password in an address is refused: other users of the machine see it, and shells remember it.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from shopward.errors import InvalidError
from shopward.sources.discovery.files import FileSource
from shopward.sources.discovery.port import Limits, Source
from shopward.sources.discovery.sqlite import SqliteSource


def open_source(target: str, limits: Limits, key: bytes) -> Source:
    """The source that a target names.

    Args:
        target: A database's address, a file or a folder.
        limits: How much to read.
        key: For digests of files' beginnings, 32 bytes.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: The address cannot be understood.
    """
    if "://" not in target:
        return FileSource(Path(target), limits, key)
    parts = _parts(target)
    if parts.scheme == "sqlite":
        return SqliteSource(Path(parts.path), limits)
    raise InvalidError(
        f"Addresses that begin with {parts.scheme[:20]}:// are not known",
        hint="Begin with sqlite://, or name a file or folder.",
    )


def _parts(target: str) -> SplitResult:
    try:
        parts = urlsplit(target)
        has_password = parts.password is not None
    except ValueError:
        raise InvalidError(
            "The address cannot be understood", hint="Write it like sqlite:///path/to/shop.db."
        ) from None
    if has_password or "password=" in parts.query.lower():
        raise InvalidError(
            "The address has a password in it",
            hint="Leave it out.",
        )
    return parts
