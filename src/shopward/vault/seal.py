"""Seal a customer's fields, class by class: what `store` and `update` write.

Each retention class has its own DEK. An update makes a new DEK for every class it touches and
seals what stays again, so the old value and the old key leave the database together and what
remains of them elsewhere dies with the epoch (ADR 0009).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from shopward.errors import InvalidError
from shopward.policy import Policy
from shopward.policy.retention import after_write
from shopward.store import ClassRow, Op
from shopward.vault import body
from shopward.vault.cipher import NONCE_BYTES, Dek
from shopward.vault.normalise import check
from shopward.vault.postings import Values, rows_of
from shopward.vault.service import Vault
from shopward.vault.terms import today_ms
from shopward.vault.tokens import Shape, new_shaped_token

Write = tuple[Op, tuple[Any, ...]]


def check_fields(policy: Policy, fields: Mapping[str, str | None], tokens: tuple[str, ...]) -> None:
    """Refuses unknown fields, values of the wrong shape and tokens the policy does not give.

    Raises:
        InvalidError: Names the field and the remedy, never the value.
    """
    for name, value in fields.items():
        known = policy.fields.get(name)
        if known is None:
            raise InvalidError(
                f"The policy has no field `{name}`.",
                hint="Add it to policy.toml, or correct the name; nothing was written.",
                field=name,
            )
        if value is not None:
            check(known.type, name, value, known.max_chars)
    for name in tokens:
        if fields.get(name) is None or policy.fields[name].token is None:
            raise InvalidError(
                f"`{name}` cannot have a token of its own here.",
                hint="Send the field with a value, and set `token` for it in policy.toml.",
                field="tokens",
            )


def check_indexes(vault: Vault, fields: Mapping[str, str | None]) -> None:
    """Refuses a value of an indexed field that has no normal form.

    Raises:
        InvalidError: Names the field and the remedy, never the value.
    """
    for name, value in fields.items():
        if value is not None and "unique" in vault.policy.fields[name].indexes:
            vault.index_digest(name, value)


@dataclass(slots=True)
class Sealing:
    """Collects the writes for one subject (16 bytes)."""

    vault: Vault
    subject: bytes
    now: datetime
    writes: list[Write] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    today_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self.today_ms = today_ms(self.vault.policy, self.now)

    def remove_class(self, name: str) -> None:
        """Takes the class and its key away."""
        self.writes.append((Op.DELETE_CLASS, (self.subject, name)))

    def seal_class(
        self, name: str, version: int, values: Mapping[str, str], since_ms: int | None = None
    ) -> Dek:
        """Writes the class under a fresh DEK, which it returns; its term counts from `since_ms`."""
        keyring = self.vault.keyring
        dek, epoch, wrapped = keyring.mint(self.subject, name, version, self.now)
        head, tails = keyring.field_contexts(name, self.subject, version)
        nonces = os.urandom(NONCE_BYTES * len(values))
        starts = range(0, len(nonces), NONCE_BYTES)
        sealed = {
            key: dek.seal_with_nonce(
                nonces[start : start + NONCE_BYTES], value.encode(), head + tails[key]
            )
            for start, (key, value) in zip(starts, values.items(), strict=True)
        }
        row = (self.subject, name, version, epoch, wrapped, body.pack(sealed), since_ms)
        self.writes.append((Op.PUT_CLASS, row))
        return dek

    def term(self, name: str, row: ClassRow | None) -> int | None:
        """What a class counts from once it is written now; `row` is as it was."""
        kept, since_ms = self.vault.policy.classes.get(name), row.since_ms if row else None
        return since_ms if kept is None else after_write(kept, since_ms, self.today_ms)

    def index(self, name: str, value: str | None, *, is_new: bool = False) -> None:
        """Points the field's unique index at this subject, or at nobody."""
        if "unique" in self.vault.policy.fields[name].indexes:
            if not is_new:
                self.writes.append((Op.DELETE_ALIAS, (self.subject, name)))
            for version in () if value is None else self.vault.keyring.writes:
                self._point(self.vault.index_digest(name, value or "", version), name, version)

    def post(self, values: Values, touched: AbstractSet[str], *, is_new: bool = False) -> None:
        """Puts this subject into every index over a touched field; what it held there goes."""
        if not is_new:
            self.writes += [(Op.DELETE_POSTINGS_BY, (self.subject, name)) for name in touched]
        over = [one for one in self.vault.policy.live if not touched.isdisjoint(one.fields)]
        for row in rows_of(self.vault, self.subject, values, over):
            self.writes.append((Op.PUT_POSTING, (row.digest, row.subject, row.name, row.version)))

    def new_token(self, name: str) -> str:
        """A new token for a field, in the shape the policy names."""
        shape = self.vault.policy.fields[name].token
        token = self.tokens[name] = new_shaped_token(cast("Shape", shape or "opaque"))
        return token

    def alias(self, name: str, token: str) -> None:
        """Lets the subject be found by this token."""
        self._point(self.vault.token_digest(name, token), name, 0)

    def external(self, name: str, reference: str) -> None:
        """Lets the subject be found by the shop's own id."""
        for version in self.vault.keyring.writes:
            self._point(self.vault.external_digest(reference, version), name, version)

    def _point(self, digest: bytes, name: str, version: int) -> None:
        proof = self.vault.alias_proof(digest, self.subject, name, version)
        self.writes.append((Op.PUT_ALIAS, (digest, self.subject, name, proof, version)))
