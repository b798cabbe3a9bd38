"""What a person may name to look through, and the source it becomes.

    postgresql://reader@db.internal/shop   mysql://reader@db.internal/shop
    sqlite:///srv/shop.db                  /var/log/nginx   dump.sql.gz

A password in an address is refused: other users of the machine see it, and shells remember it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from shopward.errors import InvalidError
from shopward.sources.discovery.files import FileSource
from shopward.sources.discovery.port import Limits, Source
from shopward.sources.discovery.sqlite import SqliteSource

POSTGRES: Final = frozenset({"postgresql", "postgres"})
MYSQL: Final = frozenset({"mysql", "mariadb"})


def open_source(target: str, limits: Limits, key: bytes, password: str | None = None) -> Source:
    """The source that a target names.

    Args:
        target: A database's address, a file or a folder.
        limits: How much to read.
        key: For digests of files' beginnings, 32 bytes.
        password: For a database's server.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: The address cannot be understood.
        UnavailableError: The server does not answer, or does not let us in.
    """
    if "://" not in target:
        return FileSource(Path(target), limits, key)
    parts = parts_of(target)
    if parts.scheme == "sqlite":
        return SqliteSource(Path(parts.path), limits)
    if parts.scheme in POSTGRES:
        from shopward.sources.discovery.postgres import PostgresSource  # noqa: PLC0415 - 0.1 s

        return PostgresSource(parts, limits, password)
    if parts.scheme in MYSQL:
        from shopward.sources.discovery.mysql import MysqlSource  # noqa: PLC0415 - as above

        return MysqlSource(parts, limits, password)
    raise InvalidError(
        f"Addresses that begin with {parts.scheme[:20]}:// are not known",
        hint="Begin with postgresql://, mysql:// or sqlite://, or name a file or folder.",
    )


def parts_of(target: str) -> SplitResult:
    """An address in parts.

    Raises:
        InvalidError: It cannot be understood, or has a password in it.
    """
    try:
        parts = urlsplit(target)
        has_password = parts.password is not None
    except ValueError:
        raise InvalidError(
            "The address cannot be understood", hint="Write it like postgresql://user@host/name."
        ) from None
    if has_password or "password=" in parts.query.lower():
        raise InvalidError(
            "The address has a password in it",
            hint="Leave it out, and give it with --password-file.",
        )
    return parts
