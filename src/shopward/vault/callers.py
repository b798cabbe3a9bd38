"""Callers are added, revoked, frozen and thawed.

Each change counts the table of callers up, and holds only while the count is the one it was
prepared on: of two that meet, the second is prepared again on what the first left. Every look in
flight is too, so none wins over a revocation or a freeze.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct, structs

from shopward.clock import to_ms
from shopward.errors import ConflictError, DeniedError, NotFoundError
from shopward.events import Kind
from shopward.policy import Freeze
from shopward.store import CallerRow, Found, Need, Op
from shopward.vault.caller import row_proof
from shopward.vault.details import Details
from shopward.vault.freeze import check_freeze, may_freeze, told
from shopward.vault.frozen import write_freeze
from shopward.vault.operation import Base, Lasting, Prepared


class AddCaller(Struct, frozen=True):
    """Make a caller; answers its row. Only the operator may."""

    verb: ClassVar[str] = "caller"
    changes: ClassVar[str] = "callers"

    base: Base
    row: CallerRow

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The row with its proof, if its name is free among living callers.

        Raises:
            DeniedError: Somebody else asked.
            ConflictError: The name is taken.
        """
        _only_operator(self.base)
        register = self.base.vault.register
        names = {one.name for one in register.rows.values() if one.revoked_ms is None}
        if self.row.name in names:
            raise ConflictError(
                "There is a caller of this name already.",
                hint="Revoke it first, or choose another name.",
                field="name",
            )
        row = structs.replace(self.row, proof=row_proof(self.base.vault.keyring, self.row))
        columns = structs.astuple(structs.replace(row, clauses=" ".join(row.clauses)))
        about = f"{row.id} {row.name} {row.role}"
        details = self.base.details(str(Kind.CALLER_ADDED), about=about)
        return _entered(self.base, Kind.CALLER_ADDED, details, (Op.PUT_CALLER, columns), row)


class RevokeCaller(Struct, frozen=True):
    """End a caller's credential at once and for good; answers its id. Only the operator may."""

    verb: ClassVar[str] = "caller"
    changes: ClassVar[str] = "callers"

    base: Base
    id: str

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The moment of the end, and the row's new proof.

        Raises:
            DeniedError: Somebody else asked.
            NotFoundError: There is no such caller, or it is revoked.
        """
        _only_operator(self.base)
        row = _living(self.base, self.id)
        ended = structs.replace(row, revoked_ms=to_ms(now))
        proof = row_proof(self.base.vault.keyring, ended)
        details = self.base.details(str(Kind.CALLER_REVOKED), about=self.id)
        write = (Op.REVOKE_CALLER, (ended.revoked_ms, proof, self.id))
        prepared = _entered(self.base, Kind.CALLER_REVOKED, details, write, self.id)
        prepared.lasting = Lasting("revoked", caller=self.id)
        return prepared


class FreezeCaller(Struct, frozen=True):
    """Freeze a caller, or thaw it when `freeze` is None; answers (id, freeze)."""

    verb: ClassVar[str] = "freeze"
    changes: ClassVar[str] = "callers"

    base: Base
    id: str
    freeze: Freeze | None
    note: str | None = None

    def need(self) -> Need:
        """Nothing."""
        return Need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The caller's row with the freeze; a later freeze takes the place of an earlier one.

        Raises:
            NotFoundError: There is no such caller.
        """
        base, freeze = self.base, self.freeze
        kind = Kind.CALLER_FROZEN if freeze else Kind.CALLER_THAWED
        about = " ".join(filter(None, (self.id, told(freeze, self.note))))
        details = base.details("freeze" if freeze else "thaw", about=about)
        if deny := may_freeze(base, now):
            return base.refuse(deny, details)
        if freeze is not None:
            check_freeze(freeze, now, is_of_customer=False)
        row = _living(base, self.id)
        kept = write_freeze(freeze) if freeze else None
        proof = row_proof(base.vault.keyring, structs.replace(row, freeze=kept))
        permitted = base.permit(details)
        write = (Op.FREEZE_CALLER, (kept, proof, self.id))
        prepared = _entered(base, kind, permitted, write, (self.id, freeze))
        prepared.lasting = Lasting("frozen", caller=self.id, freeze=kept)
        return prepared


def _only_operator(base: Base) -> None:
    if not base.caller.is_operator:
        raise DeniedError("Only the admin socket may do this.", reason="not-operator")


def _living(base: Base, identifier: str) -> CallerRow:
    _, row = base.vault.register.living(identifier)
    if row is None:
        raise NotFoundError("There is no active caller of this id.", field="id")
    return row


def _entered(
    base: Base, kind: Kind, details: Details, write: tuple[Op, tuple[Any, ...]], value: object
) -> Prepared:
    """The entry of a change of callers; no policy decides it unless a role asked."""
    change = base.entry(kind, details, writes=(write,))
    change.callers = base.vault.register.version
    if base.caller.is_operator:
        change.policy = None
    return Prepared(change, details, value)
