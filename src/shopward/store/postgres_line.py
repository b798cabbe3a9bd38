"""A connection to PostgreSQL: how it is made, what it must promise, what its failures mean.

- Nothing of a session is relied on but what is asked for when it begins; behind a pooler in
  transaction mode nothing at all: timeouts are set in each transaction, no statement is prepared
  by name.
- The password travels apart from the address, and no message holds either.
- A server that may acknowledge a commit before it is on disk is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg import errors

from shopward.errors import ConfigError, UnavailableError
from shopward.settings import StoreSettings, read_store_password
from shopward.store import postgres_arrays

OLDEST = 15
TIMEOUTS: Final = {
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "10s",
    "statement_timeout": "60s",
}
"""A process that stops in the middle of a commit is cut off before those that wait give up."""
BY_KEY: Final = {
    "jit": "off",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Whoever serves asks for a few rows by their keys. Until a new table has been analysed, PostgreSQL
would rather read all of it, and compile how."""
SET_SESSION = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)" for name, value in (TIMEOUTS | BY_KEY).items()
)
DURABLE = (
    "current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'"
    " AND current_setting('synchronous_commit') <> 'off'"
)
PROMISES = ("fsync", "full_page_writes", "synchronous_commit")
ENDED = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.DatabaseDropped,
    errors.IdleInTransactionSessionTimeout,
)
"""The last words of a connection that the server ends."""


class Address:
    """Where the database is, and how to connect to it."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self.is_pooled = settings.pooler == "transaction"

    def arguments(self, plans: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What `connect` takes; holds the password, so it is made anew each time. Secret."""
        settings = self._settings
        asked = {} if self.is_pooled else {**TIMEOUTS, **(plans or {})}
        options = " ".join(f"-c {name}={value}" for name, value in asked.items())
        password = read_store_password(settings)
        return {
            "conninfo": settings.url,
            "password": None if password is None else password.reveal(),
            "autocommit": True,
            "prepare_threshold": None if self.is_pooled else 0,
            "application_name": "shopward",
            "client_encoding": "UTF8",
            "options": options or None,
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
        }

    def connect(self) -> psycopg.Connection[Any]:
        """A connection for opening and migrating.

        Raises:
            ConfigError: The server refuses us, or does not promise what we need.
            UnavailableError: It does not answer.
        """
        try:
            made = psycopg.connect(**self.arguments())
        except psycopg.Error as error:
            raise unavailable(error) from None
        try:
            postgres_arrays.register(made)
            check(made, self._settings.url_key)
        except BaseException:
            made.close()
            raise
        return made

    async def connect_async(
        self, plans: Mapping[str, str] | None = None
    ) -> psycopg.AsyncConnection[Any]:
        """A connection for serving.

        Args:
            plans: How the server is to plan what it is asked on this one (`BY_KEY`).

        Raises:
            psycopg.Error: There is none to be had.
        """
        made = await psycopg.AsyncConnection.connect(**self.arguments(plans))
        postgres_arrays.register(made)
        return made


def check(connection: psycopg.Connection[Any], key: str) -> None:
    """Refuses a server that cannot hold what we acknowledge.

    Raises:
        ConfigError: It is too old, does not wait for the disk, or does not store UTF-8.
    """
    try:
        told = {
            name: connection.execute("SELECT current_setting(%s)", (name,)).fetchall()[0][0]
            for name in (*PROMISES, "server_encoding", "server_version_num")
        }
    except psycopg.Error as error:
        raise unavailable(error) from None
    if int(told["server_version_num"]) < OLDEST * 10_000:
        raise _refusal(key, f"PostgreSQL is older than {OLDEST}.", "Upgrade it.", "too-old")
    for name in PROMISES:
        if told[name] == "off":
            raise _refusal(
                key,
                f"PostgreSQL runs with {name} = off, so what it acknowledges can be lost.",
                f"Set {name} = on for this server, database and role.",
                "not-durable",
            )
    if told["server_encoding"] != "UTF8":
        raise _refusal(
            key,
            "The database's encoding is not UTF8.",
            "Make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
            "encoding",
        )


def _refusal(key: str, detail: str, hint: str, reason: str) -> ConfigError:
    return ConfigError(detail, hint=hint, field=key, reason=reason)


REASONS: Mapping[type[psycopg.Error], tuple[str, str]] = {
    errors.DiskFull: ("disk-full", "Free some space; the vault goes on by itself."),
    errors.ReadOnlySqlTransaction: (
        "read-only",
        "This server takes no writes: name the primary in the settings.",
    ),
    errors.LockNotAvailable: ("busy", "Another process holds the ledger; try again."),
    errors.QueryCanceled: ("busy", "PostgreSQL took too long; look at its load and its disk."),
    errors.DataCorrupted: ("corrupt", "Stop, and keep a copy of the cluster as it is."),
    errors.IndexCorrupted: ("corrupt", "Stop, and keep a copy of the cluster as it is."),
    errors.IoError: ("disk-error", "Look at the disk; nothing was acknowledged."),
    errors.TooManyConnections: ("store-full", "Raise max_connections, or use fewer workers."),
    errors.InsufficientPrivilege: ("forbidden", "Grant the role what docs/operations lists."),
    errors.InvalidPassword: ("refused", "Check the user and password in the settings."),
    errors.InvalidAuthorizationSpecification: ("refused", "Check the user in the settings."),
    errors.InvalidCatalogName: ("refused", "Make the database that the settings name."),
}


GONE = "See that PostgreSQL runs and takes our role with its password; we go on by ourselves."
ANY = UnavailableError.hint


def unavailable(error: psycopg.Error) -> UnavailableError:
    """What a failing server means to whoever asked; names no value."""
    for kind, (reason, hint) in REASONS.items():
        if isinstance(error, kind):
            return _told(error, reason, hint)
    is_refused = error.sqlstate is None or isinstance(error, ENDED)
    return _told(error, "store-gone", GONE) if is_refused else _told(error, "store", ANY)


def is_lost(error: BaseException, connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the connection ended, so that another one may do better."""
    return isinstance(error, ENDED) or connection.closed


def _told(error: psycopg.Error, reason: str, hint: str) -> UnavailableError:
    detail = f"The store could not do this ({error.sqlstate or type(error).__name__})."
    return UnavailableError(detail, reason=reason, hint=hint)
