"""What must not come back: the erasure journal's lines that a backup does not know of yet.

Pure: lines and contents in, a plan out, and rows through the plan.

- A whole customer or a caller stays gone whenever it went: nobody gets their random id again.
- Classes of a customer may have been filled again since, and who was frozen may have been thawed:
  that is done again only where the backup is older.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from shopward.policy.indexes import JOINS
from shopward.store import CallerRow
from shopward.store.copying import Row, Table
from shopward.vault.backup.inspect import Contents
from shopward.vault.caller import row_proof
from shopward.vault.details import TOKEN_FIELD
from shopward.vault.journal import Erased, Frozen, Line, Revoked, Told
from shopward.vault.keyring import Keyring

KEPT: Final = frozenset({"subject", "leaf", "past_leaf"})
"""Tables whose rows stay when their customer goes; rows of every other one go with it."""

NOT_RESUMED: Final = frozenset({"backup", "restore-drill"})
"""Jobs that belong to the store that was backed up, not to the one that is made of it."""

Fields = dict[str, Any]


@dataclass(slots=True)
class Recall:
    """What a restore does to the rows of a backup; `told` are the lines that made it, in order."""

    keyring: Keyring
    erased: dict[bytes, int] = field(default_factory=dict)
    stays: dict[bytes, frozenset[str]] = field(default_factory=dict)
    classes: dict[bytes, set[str]] = field(default_factory=dict)
    revoked: dict[str, int] = field(default_factory=dict)
    frozen: dict[bytes | str, str | None] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    names: dict[bytes, set[str]] = field(default_factory=dict)

    @property
    def _touched(self) -> Container[bytes]:
        """Customers of whom a row changes or goes."""
        return ChainMap[Any, Any](self.erased, self.classes, self.frozen)

    def rows(self, table: Table, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows of one table as they may come back."""
        if table.name == "caller":
            yield from self._callers(table, rows)
        elif table.name == "job":
            at = table.columns.index("name")
            yield from (row for row in rows if row[at] not in NOT_RESUMED)
        elif "subject" not in table.columns:
            yield from rows
        else:
            at, touched = table.columns.index("subject"), self._touched
            for row in rows:
                if row[at] not in touched:
                    yield row
                elif (kept := self._kept(table, row, row[at])) is not None:
                    yield kept

    def _kept(self, table: Table, row: Row, subject: bytes) -> Row | None:
        values = dict(zip(table.columns, row, strict=True))
        if table.name == "subject":
            return self._moved(values, subject)
        is_whole = subject in self.erased
        if table.name == "posting":
            over = set(values["name"].partition(":")[2].split(JOINS))
            return None if is_whole or over & self.names.get(subject, set()) else row
        if table.name == "alias":
            gone = (
                values["name"] != TOKEN_FIELD
                if is_whole
                else values["name"] in self.names.get(subject, ())
            )
            return None if gone else row
        if is_whole and table.name == "record" and values["class"] in self.stays[subject]:
            return self._held(values, subject)
        if is_whole:
            return row if table.name in KEPT else None
        gone = table.name == "record" and values["class"] in self.classes.get(subject, ())
        return None if gone else row

    def _held(self, values: Fields, subject: bytes) -> Row:
        """A row that a law keeps; one whose term did not count yet counts from the erasure."""
        if values["since_ms"] is None:
            values["since_ms"] = self.erased[subject]
        return tuple(values.values())

    def _moved(self, values: Fields, subject: bytes) -> Row:
        """A customer's own row: its generation moves, and it is erased if it was."""
        values["generation"] += 1
        if subject in self.erased and values["erased_ms"] is None:
            freeze = values["freeze"] if self.stays[subject] else None
            values |= {"erased_ms": self.erased[subject], "freeze": freeze}
        elif subject in self.frozen:
            values["freeze"] = self.frozen[subject]
        return tuple(values.values())

    def _callers(self, table: Table, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            values = dict(zip(table.columns, row, strict=True))
            identifier, before = values["id"], tuple(values.values())
            if values["revoked_ms"] is None:
                values["revoked_ms"] = self.revoked.get(identifier)
                values["freeze"] = self.frozen.get(identifier, values["freeze"])
            if tuple(values.values()) != before:
                told = CallerRow(**{**values, "clauses": tuple(values["clauses"].split())})
                values["proof"] = row_proof(self.keyring, told)
            yield tuple(values.values())


def plan(lines: Iterable[Line], contents: Contents, keyring: Keyring) -> Recall:
    """What these lines of the journal mean for this backup."""
    recall = Recall(keyring)
    settled = {origin for origin, _ in contents.pasts.values()}
    origin, size = contents.header.origin, contents.header.size

    def is_later(what: Told) -> bool:
        """Whether the backup was made before it."""
        return what.origin not in settled and (what.origin != origin or what.index >= size)

    for line in lines:
        what = line.what
        if isinstance(what, Revoked):
            _revoke(recall, contents, what, line.at)
        elif isinstance(what, Erased) and what.classes is None:
            _erase(recall, contents, what, line.at)
        elif isinstance(what, Told) and is_later(what):
            _again(recall, contents, what)
    return recall


def _again(recall: Recall, contents: Contents, what: Told) -> None:
    if isinstance(what, Erased):
        _erase_classes(recall, contents, what)
    elif isinstance(what, Frozen):
        _freeze(recall, contents, what)


def asked(lines: Iterable[Line]) -> tuple[set[bytes], set[str]]:
    """(customers, callers) that these lines name."""
    subjects, callers = set[bytes](), set[str]()
    for line in lines:
        what = line.what
        if isinstance(what, Erased | Frozen) and what.subject is not None:
            subjects.add(bytes.fromhex(what.subject))
        elif isinstance(what, Revoked | Frozen) and what.caller is not None:
            callers.add(what.caller)
    return subjects, callers


def _revoke(recall: Recall, contents: Contents, what: Revoked, at_ms: int) -> None:
    if what.caller in contents.callers and what.caller not in recall.revoked:
        recall.revoked[what.caller] = at_ms
        recall.told.append(what)


def _erase(recall: Recall, contents: Contents, what: Erased, at_ms: int) -> None:
    subject = bytes.fromhex(what.subject)
    if subject in contents.lives and subject not in recall.erased:
        recall.erased[subject] = at_ms
        recall.stays[subject] = frozenset(what.stays)
        recall.told.append(what)


def _freeze(recall: Recall, contents: Contents, what: Frozen) -> None:
    """The last freeze, or thaw, is the one that stands."""
    if what.caller is not None and what.caller in contents.callers:
        recall.frozen[what.caller] = what.freeze
        recall.told.append(what)
    elif what.subject is not None and (one := bytes.fromhex(what.subject)) in contents.lives:
        recall.frozen[one] = what.freeze
        recall.told.append(what)


def _erase_classes(recall: Recall, contents: Contents, what: Erased) -> None:
    subject = bytes.fromhex(what.subject)
    going = {name for name in what.classes or () if (subject, name) in contents.names}
    if subject not in contents.lives or not going:
        return
    recall.classes.setdefault(subject, set()).update(going)
    found = recall.names.setdefault(subject, set())
    for name in going:
        fields = contents.names[subject, name]
        found |= fields | {f"token:{one}" for one in fields}
    recall.told.append(what)
