"""Who may ask, in memory, as of one count of the changes to the table of callers.

A look is prepared on what stands here and carries the count; its transaction refuses it when the
table has changed since. So a caller that was revoked or frozen in between is refused although this
process had not heard of it.

- A row that was not made with our keystore is nobody's; `forged` has the ids of such rows.
- An id that is not here, or is revoked, asks nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable

from shopward.policy import Freeze
from shopward.store import CallerRow, Store
from shopward.vault.caller import Caller, is_proven
from shopward.vault.frozen import read_freeze
from shopward.vault.keyring import Keyring


class Register:
    """The callers of one store. `rows` has the revoked too, `version` is the count."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._known: dict[str, tuple[Caller, Freeze | None]] = {}
        self.rows: dict[str, CallerRow] = {}
        self.forged: list[str] = []
        self.version = 0

    async def refresh(self, store: Store) -> None:
        """Reads the table again, unless it is as it was.

        The count is read first: rows that are newer than it make a look stale, never too free.
        """
        version = (await store.head()).callers
        if version != self.version:
            self.take(await store.callers(), version)

    def take(self, rows: Iterable[CallerRow], version: int) -> None:
        """Knows these callers and no others."""
        self.rows, self._known, self.forged, self.version = {}, {}, [], version
        for row in rows:
            if is_proven(self._keyring, row):
                self.add(row)
            else:
                self.forged.append(row.id)

    def add(self, row: CallerRow) -> None:
        """Knows one caller more; a revoked one only by its row."""
        self.rows[row.id] = row
        self._known.pop(row.id, None)
        if row.revoked_ms is None:
            caller = Caller(row.id, row.name, row.role, row.assurance, frozenset(row.clauses))
            self._known[row.id] = caller, read_freeze(row.freeze)

    def living(self, identifier: str) -> tuple[Caller | None, CallerRow | None]:
        """The caller of this id with its row; nothing when it is revoked or nobody's."""
        known = self._known.get(identifier)
        return (None, None) if known is None else (known[0], self.rows[identifier])

    def may_ask(self, caller: Caller) -> bool:
        """Whether it is still a caller; the operator always is."""
        return caller.is_operator or caller.credential in self._known

    def freeze_of(self, caller: Caller) -> Freeze | None:
        """The caller's freeze, run out or not; the operator has none."""
        known = self._known.get(caller.credential)
        return None if known is None or caller.is_operator else known[1]
