"""The shop's database that an address names.

postgresql://shop@db.internal/shop   mysql://shop@db.internal/shop   sqlite:///srv/shop.db
"""

from __future__ import annotations

from pathlib import Path

from shopward.errors import InvalidError
from shopward.sources.discovery.target import MYSQL, POSTGRES, parts_of
from shopward.sources.protect.shop import Shop


def open_shop(address: str, password: str | None = None) -> Shop:
    """Open a shop's database for changing rows.

    Args:
        address: Without a password.
        password: The database user's.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: The address cannot be understood, or has a password in it.
        UnavailableError: The server does not answer, or does not let us in.
    """
    parts = parts_of(address)
    if parts.scheme == "sqlite":
        from shopward.sources.protect.sqlite import SqliteShop  # noqa: PLC0415 - as the next

        return SqliteShop(Path(parts.path))
    if parts.scheme in POSTGRES:
        from shopward.sources.protect.postgres import PostgresShop  # noqa: PLC0415 - 0.1 s

        return PostgresShop(parts, password)
    if parts.scheme in MYSQL:
        from shopward.sources.protect.mysql import MysqlShop  # noqa: PLC0415 - as above

        return MysqlShop(parts, password)
    raise InvalidError(
        "This is no database's address",
        hint="Begin with postgresql://, mysql:// or sqlite://.",
    )
