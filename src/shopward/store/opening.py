"""Opens the store that the settings name: PostgreSQL where there is a `store.url`, else SQLite."""

from __future__ import annotations

from shopward.settings import StoreSettings
from shopward.store.copying import Source, Target
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


def refuse_unsuitable(settings: StoreSettings) -> None:
    """Asks PostgreSQL whether it can hold what is acknowledged; changes nothing.

    Raises:
        ConfigError: It cannot.
        UnavailableError: It does not answer, or refuses the role.
    """
    from shopward.store.postgres_line import Address  # noqa: PLC0415 - one driver

    Address(settings).connect().close()


def open_source(settings: StoreSettings) -> Source:
    """A snapshot of the store, to be copied from beside whoever serves it.

    Raises:
        UnavailableError: It does not answer, or cannot be read.
    """
    if settings.url is not None:
        from shopward.store.postgres_copy import PostgresSource  # noqa: PLC0415 - one driver

        return PostgresSource(settings)
    from shopward.store.sqlite_copy import SqliteSource  # noqa: PLC0415 - as above

    return SqliteSource(settings.path)


def open_target(settings: StoreSettings) -> Target:
    """An empty store, to be filled; nothing of it is left unless it is finished.

    Raises:
        ConflictError: There is a store already.
        UnavailableError: It cannot be made.
    """
    if settings.url is not None:
        from shopward.store.postgres_copy import PostgresTarget  # noqa: PLC0415 - one driver

        return PostgresTarget(settings)
    from shopward.store.sqlite_copy import SqliteTarget  # noqa: PLC0415 - as above

    return SqliteTarget(settings.path)
