"""A PostgreSQL store while it is opened or inspected, over one blocking connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.types.numeric import Int8

from shopward.errors import ConfigError, IntegrityError
from shopward.settings import StoreSettings
from shopward.store.port import HOUSE, Clock, Ledger
from shopward.store.postgres import (
    CALLERS,
    LEAF_ROWS,
    PAST_LEAVES,
    PAST_LOGS,
    PAST_TILE,
    TILE,
    PostgresStore,
    caller_row,
)
from shopward.store.postgres_line import Address, unavailable
from shopward.store.postgres_schema import migrate
from shopward.store.rows import CallerRow, ClassRow, Head, LeafRow, PastLog


class PostgresOpening:
    """Opens the database that the settings name, and brings its schema to the newest version."""

    def __init__(self, settings: StoreSettings, clock: Clock) -> None:
        self._address = Address(settings)
        self._clock = clock
        self._connection = self._address.connect()
        try:
            migrate(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def installation(self) -> tuple[bytes, str] | None:
        """(id of 16 bytes, origin of the log), or None in a store not yet initialised."""
        rows = self._read("SELECT id, origin FROM installation")
        return (rows[0][0], rows[0][1]) if rows else None

    def initialise(self, installation: bytes, origin: str, now_ms: int, house: ClassRow) -> None:
        """Writes the rows every store has, once, whoever comes first.

        Raises:
            ConfigError: The store has an identity already.
        """
        try:
            with self._connection.transaction():
                self._connection.execute(
                    "INSERT INTO installation VALUES (1, %s, %s, %s)",
                    (installation, origin, now_ms),
                )
                self._connection.execute(
                    "INSERT INTO head VALUES (1, 0, %s, '', '', 0, 0)", (now_ms,)
                )
                self._connection.execute("INSERT INTO subject VALUES (%s, 1, NULL, NULL)", (HOUSE,))
                self._connection.execute(
                    "INSERT INTO record VALUES (%s, %s, %s, %s, %s, %s, NULL)",
                    (HOUSE, house.name, house.version, house.epoch, house.wrapped, house.body),
                )
        except psycopg.errors.UniqueViolation:
            raise ConfigError("The store was initialised before.") from None
        except psycopg.Error as error:
            raise unavailable(error) from None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads within it see one moment, whatever others append meanwhile."""
        with self._connection.transaction():
            self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    def head_row(self) -> Head:
        """The head of the ledger.

        Raises:
            IntegrityError: There is none.
        """
        rows = self._read("SELECT size, time_ms, note, policy, callers FROM head")
        if not rows:
            raise IntegrityError("The store's ledger has no head.")
        return Head(*rows[0])

    def caller_rows(self) -> list[CallerRow]:
        """Every caller ever made."""
        return [caller_row(row) for row in self._read(CALLERS)]

    def class_row(self, subject: bytes, name: str) -> ClassRow | None:
        """One retention class of one subject."""
        rows = self._read(
            "SELECT class, version, epoch, wrapped, body FROM record"
            " WHERE subject = %b AND class = %b",
            subject,
            name,
        )
        return ClassRow(*rows[0]) if rows else None

    def leaf_rows(self, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves from a position on, in order."""
        return [LeafRow(*row) for row in self._read(LEAF_ROWS, Int8(start), Int8(count))]

    def leaf_bytes(self, start: int, count: int) -> list[bytes]:
        """As `leaf_rows`, the public leaves alone."""
        return [row.leaf for row in self.leaf_rows(start, count)]

    def leaf_count(self, log: int = 0) -> int:
        """Leaves that are stored, whatever the head says; of a past log by its number."""
        past = "SELECT count(*) FROM past_leaf WHERE log = %b"
        rows = self._read(past, Int8(log)) if log else self._read("SELECT count(*) FROM leaf")
        count: int = rows[0][0]
        return count

    def past_log_rows(self) -> list[PastLog]:
        """The logs before the present one, the oldest first."""
        return [PastLog(*row) for row in self._read(PAST_LOGS)]

    def past_leaf_rows(self, log: int, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves of a past log, in order."""
        return [LeafRow(*row) for row in self._read(PAST_LEAVES, *map(Int8, (log, start, count)))]

    def past_tile_bytes(self, log: int, level: int, position: int) -> bytes | None:
        """A tile of a past log; the last of each level may be partial."""
        rows = self._read(PAST_TILE, *map(Int8, (log, level, position)))
        return rows[0][0] if rows else None

    def tile_bytes(self, level: int, position: int) -> bytes | None:
        """A full tile of 8192 bytes."""
        rows = self._read(TILE, Int8(level), Int8(position))
        return rows[0][0] if rows else None

    def attach(self, ledger: Ledger) -> PostgresStore:
        """The store that takes commits, each leaf appended to this ledger."""
        self.abandon()
        return PostgresStore(self._address, ledger, self._clock)

    def abandon(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _read(self, sql: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, values, binary=True).fetchall()
        except psycopg.Error as error:
            raise unavailable(error) from None
