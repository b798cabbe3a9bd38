"""A table that is being moved, as its rows lie in the database: no model converts their values.

Rows come by key, a part at a time. A row is changed only where it still holds what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from shopward_client.django.fields import Swapped, protected_in
from shopward_client.django.tokens import CHARS
from shopward_client.errors import ConflictError

SIZE = 100
"""Rows of one part: what one call to the vault takes easily."""
_LOCK = 0x5348_4F50
Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a row held and is to hold, column by column."""

    pk: Any
    before: Values
    after: Values


class Table:
    """The protected columns of a model's own table.

    Args:
        model: The model.
        using: The alias of the database.
    """

    def __init__(self, model: Any, using: str) -> None:
        self.model, self.using = model, using
        self.connection = connections[using]
        self.name: str = model._meta.db_table
        local = set(model._meta.local_concrete_fields)
        self.fields = [one for one in protected_in(model) if one in local]
        self._columns = [self._quoted(one.column) for one in self.fields]
        self._key = self._quoted(model._meta.pk.column)

    def _quoted(self, name: str) -> str:
        return self.connection.ops.quote_name(name)

    def count(self) -> int:
        """How many rows there are."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {self._quoted(self.name)}")  # noqa: S608 - quoted
            return int(cursor.fetchone()[0])

    def parts(self) -> Iterator[list[tuple[Any, Values]]]:
        """All rows, by key: each its key and its values."""
        last: list[Any] = []
        while rows := self._after(last):
            yield [(row[0], tuple(row[1:])) for row in rows]
            last = [rows[-1][0]]

    def _after(self, last: Sequence[Any]) -> list[Any]:
        where = f" WHERE {self._key} > %s" if last else ""
        sql = (
            f"SELECT {', '.join([self._key, *self._columns])} FROM {self._quoted(self.name)}"  # noqa: S608 - quoted
            f"{where} ORDER BY {self._key} LIMIT {SIZE}"
        )
        with self.connection.cursor() as cursor:
            cursor.execute(sql, last)
            return list(cursor.fetchall())

    def change(self, changes: Sequence[Change]) -> list[Any]:
        """Write rows in one transaction; gives those that were changed meanwhile, and stay."""
        missed = []
        with transaction.atomic(using=self.using), self.connection.cursor() as cursor:
            for one in changes:
                columns = [
                    (name, before, after)
                    for name, before, after in zip(
                        self._columns, one.before, one.after, strict=True
                    )
                    if before != after
                ]
                assigned = ", ".join(f"{name} = %s" for name, _, _ in columns)
                same = " AND ".join(f"{name} = %s" for name, _, _ in columns)
                cursor.execute(
                    f"UPDATE {self._quoted(self.name)} SET {assigned}"  # noqa: S608 - quoted
                    f" WHERE {self._key} = %s AND {same}",
                    [*(after for _, _, after in columns), one.pk, *(old for _, old, _ in columns)],
                )
                if cursor.rowcount == 0:
                    missed.append(one.pk)
        return missed

    def widen(self) -> list[str]:
        """Make columns wide enough for tokens; gives those that were too narrow."""
        return self._alter(is_wide=True)

    def narrow(self) -> list[str]:
        """Make columns as wide as the shop's models say."""
        return self._alter(is_wide=False)

    def _alter(self, *, is_wide: bool) -> list[str]:
        if self.connection.vendor == "sqlite":
            return []  # it does not limit the length of a text
        altered = []
        for field in self.fields:
            chars = CHARS[field.column_map.token]
            if not issubclass(type(field), Swapped) or (field.max_length or chars) >= chars:
                continue
            plain, wide = _plain(field, field.max_length), _plain(field, chars)
            with self.connection.schema_editor() as editor:
                editor.alter_field(self.model, *((plain, wide) if is_wide else (wide, plain)))
            altered.append(field.column)
        return altered


def _plain(field: Any, chars: int) -> Any:
    """The field as the shop's migrations know it, but of this length."""
    plain = field.clone()
    plain.max_length = chars
    plain.set_attributes_from_name(field.name)
    plain.model = field.model
    return plain


@contextmanager
def alone(using: str) -> Iterator[None]:
    """Keep others from moving tables of this database; a killed process holds nothing.

    Raises:
        ConflictError: Another one is at work.
    """
    connection = connections[using]
    busy = ConflictError(
        "Tables of this database are being moved already.",
        hint="Wait for the other shopward_attach or shopward_detach to end.",
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                raise busy
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        return
    name = str(connection.settings_dict["NAME"])
    path = Path(f"{name}.moving" if connection.vendor == "sqlite" else f"/tmp/{name}.moving")  # noqa: S108 - a lock
    with path.open("w") as held:
        try:
            flock(held, LOCK_EX | LOCK_NB)
        except OSError:
            raise busy from None
        yield
