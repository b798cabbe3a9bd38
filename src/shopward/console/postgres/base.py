"""Django on PostgreSQL, connected as the store is, one transaction at a time.

Flows read and then write what follows from it: counts, last steps of an app, the last one who
manages people. On SQLite each of their transactions begins as a writer, so nothing comes between.
Here each begins with the same lock, so that what holds on one engine holds on the other.

- A statement outside of a transaction takes no such lock; it is atomic by itself.
- Address, password, time limits: those of `store.postgres_line`. No password is kept in settings.
- Nobody waits longer than 20 s for the lock.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.backends.postgresql import base

from shopward.store.postgres_line import Address

LOCK: Final = 0x73_77_63_64
"""The advisory lock of whoever writes; in a database of its own it meets no other."""
LIMITS: Final = (
    "-c lock_timeout=20s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
)
OURS: Final = frozenset({"autocommit", "prepare_threshold", "options"})
"""What Django decides itself, or what has other values here."""


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection."""

    def get_connection_params(self) -> dict[str, Any]:
        """What to connect with; holds the password, so it is made anew each time. Secret."""
        given: dict[str, Any] = super().get_connection_params()
        line = Address(given.pop("place")).arguments()
        kept = {name: value for name, value in line.items() if name not in OURS}
        return {**kept, "options": LIMITS, **given}

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's signature
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # the stubs do not know it
        if not autocommit:
            with self.wrap_database_errors:
                self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
