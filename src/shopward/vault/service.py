"""The vault: one store, one keyring, one policy and one ledger, and what operations ask of them.

It decides nothing by itself: `policy.decide` does; and it keeps nothing in clear. Verbs live in
their own modules (`reveal`, `search`, `keep`, `erase`, `facts`, `administer`), and `settle`
commits what they prepare.

- Time never goes back: a clock behind the ledger's last entry is read as that entry's time.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shopward.clock import from_ms, to_ms
from shopward.errors import ShopwardError, UndecryptableError
from shopward.ledger.entry import parse_leaf
from shopward.ledger.log import Log
from shopward.ledger.reader import UNOPENABLE, Opened
from shopward.policy import Ask, Deny, Permit, Policy, decide
from shopward.store import HOUSE, ClassRow, LeafRow, Snapshot, Store
from shopward.vault import body
from shopward.vault.budgets import Budgets
from shopward.vault.cipher import Dek
from shopward.vault.details import LEDGER_CLASS, TOKEN_FIELD, open_
from shopward.vault.keyring import Keyring
from shopward.vault.ledger_keys import (
    HOUSE_CLASS,
    house_keys,
    key_of,
    opening_key,
    signers,
)
from shopward.vault.normalise import normalise
from shopward.vault.register import Register
from shopward.vault.replay import Replays


@dataclass(slots=True)
class Vault:
    """Everything an operation works with; made by `opening.open_vault`.

    `house_keys` are the DEKs of entries that are no customer's, the newest first, more than one
    only while they are renewed; `installation` are 16 bytes that name this one, `region` the
    country of phone numbers without a prefix; `clock` is asked once a group.
    """

    store: Store
    keyring: Keyring
    log: Log
    house_keys: tuple[Dek, ...] = field(repr=False)
    policy: Policy
    installation: bytes
    region: str
    replay_keep: timedelta
    backup_window: timedelta
    clock: Callable[[], datetime]
    replays: Replays = field(init=False, repr=False)
    register: Register = field(init=False, repr=False)
    budgets: Budgets = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.register = Register(self.keyring)
        self.budgets = Budgets()
        keep_ms = int(self.replay_keep.total_seconds() * 1000)
        self.replays = Replays(
            lambda: self.house_keys, self.installation, keep_ms, lambda: to_ms(self.moment())
        )

    @property
    def house(self) -> Dek:
        """The DEK to seal under what is no customer's."""
        return self.house_keys[0]

    async def refresh(self) -> None:
        """Takes over what changed in the keystore and in the house's own keys.

        Raises:
            ShopwardError: The keystore or the house's keys cannot be read.
        """
        self.keyring.custodian.refresh()
        self.keyring.refresh()
        current = signers(self.keyring.custodian, self.log.origin)
        if tuple(signer.vkey for signer in current) != self.log.vkeys:
            self.log.use(*current)
        row = (await self.store.classes([HOUSE], HOUSE_CLASS))[HOUSE]
        self.house_keys = house_keys(self.keyring, row)

    def moment(self) -> datetime:
        """Now, but never before the last entry: a fact that expired stays expired."""
        now, last_ms = self.clock(), self.log.time_ms
        return now if to_ms(now) >= last_ms else from_ms(last_ms)

    def behind_s(self) -> float:
        """Seconds by which the clock is behind the ledger; 0 when it is not."""
        return max(0.0, (from_ms(self.log.time_ms) - self.clock()).total_seconds())

    def decide(self, ask: Ask, now: datetime) -> Permit | Deny:
        """The policy in force, asked."""
        return decide(self.policy, ask, now)

    def token_digest(self, name: str, reference: str) -> bytes:
        """The 32-byte digest of a token."""
        kind = "token" if name.startswith("token:") else name.lstrip("#")
        return self.keyring.name(f"@{kind}", "unique").digest(reference)

    def external_digest(self, reference: str, version: int | None = None) -> bytes:
        """The 32-byte index of the shop's own id, under a version of the index keys."""
        return self.keyring.index("@external", "unique", version).digest(reference)

    def index_digest(self, name: str, value: str, version: int | None = None) -> bytes:
        """The 32-byte unique index of a field's value, after its normalisation.

        Raises:
            InvalidError: The value has not the field's form.
        """
        known = self.policy.fields[name]
        normalised = normalise(known.type, value, field=name, region=self.region)
        return self.keyring.index(name, "unique", version).digest(normalised)

    def alias_proof(self, digest: bytes, subject: bytes, name: str, version: int) -> bytes:
        """16 bytes that bind an alias to its subject, so that two rows cannot be exchanged.

        Under the key of the digest itself; `version` 0 stands for the one of random names.
        """
        keyring = self.keyring
        index = (
            keyring.index("@alias", "row", version) if version else keyring.name("@alias", "row")
        )
        return index.digest(digest + subject + name.encode())[:16]

    def is_bound(self, digest: bytes | None, snapshot: Snapshot) -> bool:
        """Whether this alias was given to this subject by us."""
        if digest is None:
            return False
        try:
            proof = self.alias_proof(digest, snapshot.subject, snapshot.name, snapshot.version)
        except UndecryptableError:
            return False
        return hmac.compare_digest(proof, snapshot.proof)

    def ledger_dek(self, snapshot: Snapshot | None) -> tuple[bytes, Dek]:
        """(subject, DEK) that seal an entry: the customer's while it lives, else the house's.

        Raises:
            UndecryptableError: The customer's own does not open, so it may not be looked at.
        """
        if snapshot is None or snapshot.erased_ms is not None:
            return HOUSE, self.house
        return snapshot.subject, self.dek(snapshot.subject, _ledger_row(snapshot))

    def dek(self, subject: bytes, row: ClassRow) -> Dek:
        """The DEK of one class of one subject, from the cache or unwrapped."""
        return self.keyring.dek(subject, row.name, row.version, row.epoch, row.wrapped)

    def open_field(
        self, subject: bytes, row: ClassRow, fields: dict[str, bytes], name: str
    ) -> str | None:
        """One field's value, or None when it has none.

        Raises:
            UndecryptableError: Wrong key, altered bytes or another place's value.
        """
        sealed = fields.get(name)
        if sealed is None:
            return None
        bound = self.keyring.field_context(row.name, name, subject, row.version)
        return self.dek(subject, row).open_(sealed, bound).decode()

    def token_of(self, snapshot: Snapshot) -> str:
        """The customer's own token, which the database holds only sealed.

        Raises:
            UndecryptableError: It does not open, or is not there.
        """
        return self.token_in(snapshot.subject, _ledger_row(snapshot))

    def token_in(self, subject: bytes, row: ClassRow) -> str:
        """The token that a customer's ledger class holds.

        Raises:
            UndecryptableError: It does not open, or is not there.
        """
        token = self.open_field(subject, row, body.unpack(row.body), TOKEN_FIELD)
        if token is None:
            raise UndecryptableError
        return token

    async def open_entries(self, rows: Sequence[LeafRow]) -> list[Opened | None]:
        """What each entry commits to; None where its key is destroyed.

        `UNOPENABLE` stands where there is a key and the details do not open under it.
        """
        deks = await self.store.classes([row.subject for row in rows], LEDGER_CLASS)
        return [self._open_entry(row, deks.get(row.subject)) for row in rows]

    def _open_entry(self, row: LeafRow, key: ClassRow | None) -> Opened | None:
        if row.subject != HOUSE and key is None:
            return None
        try:
            dek = (
                key_of(self.house_keys, row.sealed)
                if row.subject == HOUSE or key is None
                else opening_key(self.keyring, row.subject, key, row.sealed)
            )
            promise = parse_leaf(row.leaf).commitment
            salt, said = open_(dek, self.installation, row.subject, promise, row.sealed)
        except ShopwardError:
            return UNOPENABLE
        return Opened(salt, said)


def _ledger_row(snapshot: Snapshot) -> ClassRow:
    row = snapshot.classes.get(LEDGER_CLASS)
    if row is None:
        raise UndecryptableError
    return row
