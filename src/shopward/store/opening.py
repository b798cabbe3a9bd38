"""Opens the store that the settings name: PostgreSQL where there is a `store.url`, else SQLite."""

from __future__ import annotations

from shopward.settings import StoreSettings
from shopward.store.port import Clock, OpenStore


def open_store(settings: StoreSettings, clock: Clock) -> OpenStore:
    """The store, with its schema at the newest version.

    Raises:
        ConfigError: It is of a newer Shopward, or cannot hold what we acknowledge.
        UnavailableError: It does not answer, or another process has the file open.
    """
    if settings.url is not None:
        from shopward.store.postgres_opening import PostgresOpening  # noqa: PLC0415 - one driver

        return PostgresOpening(settings, clock)
    from shopward.store.sqlite import SqliteStore  # noqa: PLC0415 - as above

    return SqliteStore(settings.path, clock)


def is_there(settings: StoreSettings) -> bool:
    """Whether a store was ever made there; asks PostgreSQL, and changes nothing.

    Raises:
        ConfigError: The server cannot hold what we acknowledge.
        UnavailableError: It does not answer.
    """
    if settings.url is None:
        return settings.path.exists()
    from shopward.store.postgres_schema import is_initialised  # noqa: PLC0415 - as above

    return is_initialised(settings)
