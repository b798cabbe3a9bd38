"""The sealed fields of one subject, class by class, each class's key and body looked at once.

A field is kept in the class the policy named when it was sealed. When the policy names another
since, it is found where it still is, until an update moves it.
"""

from __future__ import annotations

from shopward.store import ClassRow, Snapshot
from shopward.vault import body
from shopward.vault.cipher import Dek
from shopward.vault.details import LEDGER_CLASS
from shopward.vault.service import Vault

_Opened = tuple[ClassRow, Dek, dict[str, bytes]]


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
        value = self._open_in(name, kept_in)
        if value is None:
            for other in self.classes():
                if value is None and other != kept_in:
                    value = self._open_in(name, other)
        return value

    def classes(self) -> list[str]:
        """The retention classes that hold fields."""
        return [name for name in self._snapshot.classes if name != LEDGER_CLASS]

    def fields(self, kept_in: str) -> dict[str, str]:
        """Everything in one class, opened.

        Raises:
            UndecryptableError: A value or its key does not open.
        """
        held = self._class(kept_in)
        names = held[2] if held else ()
        opened = {name: self._open_in(name, kept_in) for name in names}
        return {name: value for name, value in opened.items() if value is not None}

    def holding(self, name: str) -> list[str]:
        """The classes in which a field is kept now."""
        held = {one: self._class(one) for one in self.classes()}
        return [one for one, opened in held.items() if opened and name in opened[2]]

    def _open_in(self, name: str, kept_in: str) -> str | None:
        held = self._class(kept_in)
        sealed = held[2].get(name) if held else None
        if held is None or sealed is None:
            return None
        row, dek, _ = held
        subject = self._snapshot.subject
        bound = self._vault.keyring.field_context(kept_in, name, subject, row.version)
        return dek.open_(sealed, bound).decode()

    def _class(self, kept_in: str) -> _Opened | None:
        if kept_in not in self._opened:
            row = self._snapshot.classes.get(kept_in)
            self._opened[kept_in] = (
                None
                if row is None
                else (row, self._vault.dek(self._snapshot.subject, row), body.unpack(row.body))
            )
        return self._opened[kept_in]
