"""The sealed fields of one subject, class by class, each class's key and body looked at once.

A field is kept in the class the policy named when it was sealed. When the policy names another
since, it is found where it still is, until an update moves it.
"""

from __future__ import annotations

from msgspec import Struct

from shopward.store import Snapshot
from shopward.vault import body
from shopward.vault.cipher import Dek
from shopward.vault.details import LEDGER_CLASS
from shopward.vault.keyring import FieldTails
from shopward.vault.service import Vault


class _Opened(Struct, frozen=True, gc=False):
    """One class: its key, its sealed fields, and the bound context of each in two parts."""

    dek: Dek
    sealed: dict[str, bytes]
    head: bytes
    tails: FieldTails

    def open_(self, name: str) -> str | None:
        sealed = self.sealed.get(name)
        if sealed is None:
            return None
        return self.dek.open_(sealed, self.head + self.tails[name]).decode()


class Bodies:
    """Opens fields of one snapshot, under the keys it holds."""

    __slots__ = ("_opened", "_snapshot", "_vault")

    def __init__(self, vault: Vault, snapshot: Snapshot) -> None:
        self._vault = vault
        self._snapshot = snapshot
        self._opened: dict[str, _Opened | None] = {}

    def open_(self, name: str, kept_in: str) -> str | None:
        """One field's value, None when the subject has none.

        Args:
            name: The field.
            kept_in: The retention class to look in first.

        Raises:
            UndecryptableError: Wrong key, altered bytes or another place's value.
        """
        held = self._opened.get(kept_in) or self._class(kept_in)
        value = held.open_(name) if held is not None else None
        if value is not None:
            return value
        others = (self._class(other) for other in self.classes() if other != kept_in)
        found = (other.open_(name) for other in others if other is not None)
        return next((value for value in found if value is not None), None)

    def classes(self) -> list[str]:
        """The retention classes that hold fields."""
        return [name for name in self._snapshot.classes if name != LEDGER_CLASS]

    def fields(self, kept_in: str) -> dict[str, str]:
        """Everything in one class, opened.

        Raises:
            UndecryptableError: A value or its key does not open.
        """
        held = self._class(kept_in)
        opened = {name: held.open_(name) for name in held.sealed} if held is not None else {}
        return {name: value for name, value in opened.items() if value is not None}

    def holding(self, name: str) -> list[str]:
        """The classes in which a field is kept now."""
        held = {one: self._class(one) for one in self.classes()}
        return [one for one, opened in held.items() if opened and name in opened.sealed]

    def _class(self, kept_in: str) -> _Opened | None:
        if kept_in not in self._opened:
            self._opened[kept_in] = self._open_class(kept_in)
        return self._opened[kept_in]

    def _open_class(self, kept_in: str) -> _Opened | None:
        row, subject = self._snapshot.classes.get(kept_in), self._snapshot.subject
        if row is None:
            return None
        head, tails = self._vault.keyring.field_contexts(kept_in, subject, row.version)
        return _Opened(self._vault.dek(subject, row), body.unpack(row.body), head, tails)
