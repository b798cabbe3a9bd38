"""Take a new customer's fields in, and change them later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.errors import UndecryptableError
from shopward.events import Kind
from shopward.policy.retention import after_contact
from shopward.store import Found, Need, Op, Snapshot
from shopward.vault.bodies import Bodies
from shopward.vault.bound import unwritable
from shopward.vault.details import LEDGER_CLASS, TOKEN_FIELD
from shopward.vault.operation import Base, Prepared
from shopward.vault.seal import Sealing, check_fields, check_indexes
from shopward.vault.terms import aliases_in, terms_of
from shopward.vault.tokens import new_subject_id, new_token

EXTERNAL = "#external"


class Store(Struct, frozen=True):
    """Seal a new customer; answers (token, field tokens)."""

    verb: ClassVar[str] = "store"
    changes: ClassVar[str] = ""

    base: Base
    fields: Mapping[str, str]
    external: str | None
    tokens: tuple[str, ...]

    def need(self) -> Need:
        """Nothing but an earlier answer to the same idempotency key."""
        return self.base.replay_need()

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """A fresh subject with a DEK per class; unique values are checked when it is written."""
        base, policy = self.base, self.base.vault.policy
        details = base.details("store", fields=tuple(self.fields))
        if deny := base.barred("store", now):
            return base.refuse(deny, details)
        check_fields(policy, self.fields, self.tokens)
        subject, token = new_subject_id(now), new_token("cus")
        sealing = Sealing(base.vault, subject, now)
        classes: dict[str, dict[str, str]] = {LEDGER_CLASS: {TOKEN_FIELD: token}}
        if self.external is not None:
            classes[LEDGER_CLASS][EXTERNAL] = self.external
        for name, value in self.fields.items():
            classes.setdefault(policy.fields[name].retention, {})[name] = value
        for name in self.tokens:
            classes[policy.fields[name].retention][f"token:{name}"] = sealing.new_token(name)
            sealing.alias(f"token:{name}", sealing.tokens[name])
        deks = {
            name: sealing.seal_class(name, 1, values, sealing.term(name, None))
            for name, values in classes.items()
        }
        self._find_by(sealing, token)
        sealing.writes.append((Op.PUT_SUBJECT, (subject, 1, None, None)))
        permitted = base.permit(details, subject=token)
        lock = (subject, deks[LEDGER_CLASS])
        change = base.sealed(Kind.RECORD_STORED, permitted, lock, tuple(sealing.writes))
        base.remember(change, (token, sealing.tokens))
        return Prepared(change, permitted, (token, sealing.tokens))

    def _find_by(self, sealing: Sealing, token: str) -> None:
        for name, value in self.fields.items():
            sealing.index(name, value, is_new=True)
        if sealing.vault.policy.live:
            sealing.post(self.fields.get, self.fields.keys(), is_new=True)
        sealing.alias(TOKEN_FIELD, token)
        if self.external is not None:
            sealing.external(EXTERNAL, self.external)


class Update(Struct, frozen=True):
    """Replace or remove fields of a customer; answers (token, field tokens)."""

    verb: ClassVar[str] = "update"
    changes: ClassVar[str] = "subject"

    base: Base
    alias: bytes
    fields: Mapping[str, str | None]
    tokens: tuple[str, ...]

    def need(self) -> Need:
        """The customer, and an earlier answer to the same idempotency key."""
        return Need(self.alias, replay=self.base.replay_need().replay)

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """Seal every touched class anew, with its other fields, under a new DEK.

        The form is judged before the customer is: what is malformed says nothing of who is there.
        """
        base, policy, snapshot = self.base, self.base.vault.policy, found.snapshot
        details = base.details("update", fields=tuple(self.fields))
        if deny := base.barred("update", now) or unwritable(base, self.fields, now):
            return base.refuse(deny, details)
        check_fields(policy, self.fields, self.tokens)
        check_indexes(base.vault, self.fields)
        if snapshot is None or snapshot.erased_ms is not None:
            return base.absent(details, snapshot)
        if deny := base.barred("update", now, snapshot):
            return base.refuse(deny, details, snapshot)
        sealing = Sealing(base.vault, snapshot.subject, now)
        try:
            token = base.vault.token_of(snapshot)
            self._seal(sealing, snapshot)
        except UndecryptableError as error:
            return base.fail(error, details, snapshot)
        row = (snapshot.subject, snapshot.generation + 1, None, snapshot.freeze)
        sealing.writes.append((Op.PUT_SUBJECT, row))
        permitted = base.permit(details, subject=token)
        change = base.entry(Kind.RECORD_UPDATED, permitted, snapshot, tuple(sealing.writes))
        change.terms = terms_of(snapshot)
        base.remember(change, (token, sealing.tokens))
        return Prepared(change, permitted, (token, sealing.tokens), gone=snapshot)

    def _seal(self, sealing: Sealing, snapshot: Snapshot) -> None:
        policy, bodies = sealing.vault.policy, Bodies(sealing.vault, snapshot)
        homes = {name: policy.fields[name].retention for name in self.fields}
        touched = set(homes.values()).union(*(bodies.holding(name) for name in homes))
        for kept_in in sorted(touched):
            values = bodies.fields(kept_in)
            for name, value in self.fields.items():
                self._apply(sealing, values, name, value if homes[name] == kept_in else None)
            row = snapshot.classes.get(kept_in)
            gone = snapshot.over.get(kept_in)
            version = max(one.version + 1 if one else 1 for one in (row, gone))
            if values:
                sealing.seal_class(kept_in, version, values, sealing.term(kept_in, row))
            else:
                sealing.remove_class(kept_in)
            for name in aliases_in(policy, [gone] if gone else []):
                sealing.writes.append((Op.DELETE_ALIAS, (sealing.subject, name)))
                sealing.writes.append((Op.DELETE_POSTINGS_BY, (sealing.subject, name)))
        self._stay(sealing, snapshot, touched)
        for name, value in self.fields.items():
            self._point(sealing, name, value)

        def now(name: str) -> str | None:
            known = policy.fields.get(name)
            if name in self.fields or known is None:
                return self.fields.get(name)
            return bodies.open_(name, known.retention)

        sealing.post(now, self.fields.keys())

    def _stay(self, sealing: Sealing, snapshot: Snapshot, touched: set[str]) -> None:
        """Lets the other classes count from now, where any contact with the customer counts."""
        for name, row in snapshot.classes.items():
            kept = sealing.vault.policy.classes.get(name)
            if kept is None or name in touched:
                continue
            since_ms = after_contact(kept, row.since_ms, sealing.today_ms)
            if since_ms != row.since_ms:
                sealing.writes.append((Op.MOVE_TERM, (sealing.subject, name, since_ms)))

    def _apply(
        self, sealing: Sealing, values: dict[str, str], name: str, value: str | None
    ) -> None:
        """Puts one field, and its token, into a class or takes them out of it."""
        kept = values.pop(f"token:{name}", None)
        values.pop(name, None)
        if value is None:
            return
        values[name] = value
        if name in self.tokens:
            values[f"token:{name}"] = sealing.tokens.get(name) or sealing.new_token(name)
        elif kept is not None:
            values[f"token:{name}"] = kept

    def _point(self, sealing: Sealing, name: str, value: str | None) -> None:
        """Index and token of one field point at this subject, or at nobody."""
        sealing.index(name, value)
        if value is None or name in self.tokens:
            sealing.writes.append((Op.DELETE_ALIAS, (sealing.subject, f"token:{name}")))
        if name in sealing.tokens:
            sealing.alias(f"token:{name}", sealing.tokens[name])
