"""Puts the rows of a backup where they belong in the restored store.

The backup's present log becomes a past one; its own past logs stay what they are. Tiles are grown
from the leaves. A table that this version does not have, or has otherwise, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from shopward.errors import BackupError
from shopward.ledger.tiles import Tile
from shopward.store.copying import Row, Table, Target
from shopward.vault.backup.accounts import COPY
from shopward.vault.backup.recall import Recall
from shopward.vault.backup.regrow import Regrown

SINGLE: Final = frozenset({"installation", "head"})
"""Tables of one row, which the restored store writes anew."""

Fields = dict[str, Any]


class Filling:
    """One pass of a verified backup into a target."""

    def __init__(self, target: Target, recall: Recall, number: int) -> None:
        self._target = target
        self._recall = recall
        self._number = number
        self._known = {table.name: table for table in target.tables()}
        self._logs: defaultdict[int, Regrown] = defaultdict(Regrown)
        self.old: dict[str, Fields] = {}

    def take(self, table: Table, rows: list[Row]) -> None:
        """A part of one table, to where it belongs now; accounts belong elsewhere."""
        if table == COPY:
            return
        if table.name in SINGLE:
            for row in rows:
                self.old[table.name] = dict(zip(table.columns, row, strict=True))
        elif table.name == "leaf":
            columns = ("log", *table.columns)
            self._past_leaves(columns, [(self._number, *row) for row in rows])
        elif table.name == "past_leaf":
            self._past_leaves(table.columns, rows)
        else:
            self._insert(table.name, table.columns, self._recall.rows(table, rows))

    def close_logs(self) -> None:
        """Writes the right edges of the past logs, once all their leaves were taken."""
        for log, grown in self._logs.items():
            self._tiles(log, grown.edge_tiles())

    def add(self, name: str, row: Fields) -> None:
        """One row that is not the backup's; a column that only this engine has begins at 0."""
        if name in SINGLE and name in self._known:
            row = {column: row.get(column, 0) for column in self._known[name].columns}
        self._insert(name, tuple(row), [tuple(row.values())])

    def _past_leaves(self, columns: tuple[str, ...], rows: list[Row]) -> None:
        self._insert("past_leaf", columns, rows)
        at = [columns.index(name) for name in ("log", "position", "leaf")]
        for row in rows:
            log, position, leaf = (row[one] for one in at)
            self._logs[log].add(position, leaf)
            self._tiles(log, self._logs[log].take_tiles())

    def _tiles(self, log: int, tiles: Sequence[Tile]) -> None:
        for level, index, hashes in tiles:
            row = {"log": log, "level": level, "position": index, "hashes": hashes}
            self.add("past_tile", row)

    def _insert(self, name: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
        known = self._known.get(name)
        if known is None or set(columns) != set(known.columns):
            raise BackupError(
                f"The backup's table `{name}` is of another version of Shopward.",
                hint="Restore with the version that made it, then go on with this one.",
                reason="backup-version",
            )
        self._target.insert(Table(name, columns), rows)
