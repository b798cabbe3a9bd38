"""What is past its date dies like an erasure: its keys and indexes go at once.

One entry per customer, sealed for the house. When nothing is left of a customer but the token, the
whole customer is erased. A customer whose data came to life again in between (a fact moved its
term, a policy keeps it longer) is left alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.errors import ConflictError, UndecryptableError
from shopward.events import Kind
from shopward.store import Found, Need, Snapshot
from shopward.vault.details import LEDGER_CLASS
from shopward.vault.erase import dropping, erasing
from shopward.vault.operation import Base, Prepared
from shopward.vault.terms import terms_of

NOT_DUE = "not-due"


class Expire(Struct, frozen=True):
    """Erase what of a customer (16 bytes) is past its date; answers the classes that go."""

    verb: ClassVar[str] = "expire"
    changes: ClassVar[str] = ""

    base: Base
    subject: bytes

    def need(self) -> Need:
        """The customer."""
        return Need(subject=self.subject)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The rows that are over by the policy in force now.

        Raises:
            ConflictError: Nothing is; nothing is written.
        """
        base, snapshot = self.base, found.snapshot
        if snapshot is None or not snapshot.over:
            raise ConflictError("Nothing of this customer is due.", reason=NOT_DUE)
        going = tuple(sorted(snapshot.over))
        details = base.details("expire", subject=self._token(snapshot), classes=going)
        permitted = base.permit(details)
        if snapshot.classes.keys() - {LEDGER_CLASS}:
            writes = dropping(base.vault.policy, snapshot, going)
        else:
            writes = erasing(snapshot, now)
        change = base.entry(Kind.RECORD_EXPIRED, permitted, None, writes)
        change.guard, change.generation = snapshot.subject, snapshot.generation
        change.terms = terms_of(snapshot)
        return Prepared(change, permitted, going, gone=snapshot)

    def _token(self, snapshot: Snapshot) -> str | None:
        """The customer's token; an erased customer has none that we could know."""
        try:
            return None if snapshot.erased_ms is not None else self.base.vault.token_of(snapshot)
        except UndecryptableError:
            return None
