"""Bring store, keystore, policy and ledger together, or refuse clearly.

`create` makes what is not there; `open_vault` opens what is, checks that the parts belong together
and that the stored ledger is the one its key signed, and enters the start.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shopward import clock
from shopward.errors import ConfigError, IntegrityError, UndecryptableError
from shopward.events import Kind
from shopward.ledger.edge import Edge, resume
from shopward.ledger.log import Log
from shopward.ledger.merkle import leaf_hash
from shopward.policy import Policy
from shopward.settings import StoreSettings
from shopward.signing import Signer
from shopward.store import HOUSE, ClassRow, OpenStore
from shopward.store.opening import open_store
from shopward.vault.cipher import Dek
from shopward.vault.custodian import Custodian
from shopward.vault.keyring import Keyring
from shopward.vault.ledger_keys import HOUSE_CLASS, house_keys, signers
from shopward.vault.origin import base_of
from shopward.vault.service import Vault


@dataclass(frozen=True, slots=True)
class Opening:
    """What a vault is opened with. `now` is asked for each request, and only there."""

    store: StoreSettings
    custodian: Custodian
    policy: Policy
    origin: str
    region: str = "DE"
    replay_keep: timedelta = timedelta(hours=24)
    backup_window: timedelta = timedelta(days=30)
    now: Callable[[], datetime] = clock.now


def open_vault(opening: Opening) -> Vault:
    """The vault over a store, created if it is new.

    Raises:
        ConfigError: The store is of a newer version, or of another log origin.
        KeystoreError: The keystore is not the one this store was made with.
        IntegrityError: The stored ledger is not the one its key signed.
        UnavailableError: Another process has the store open.
    """
    store = open_store(opening.store, lambda: clock.to_ms(opening.now()))
    try:
        return _assemble(opening, store)
    except BaseException:
        store.abandon()
        raise


def _assemble(opening: Opening, store: OpenStore) -> Vault:
    known = store.installation()
    if known is None:
        known = (secrets.token_bytes(16), opening.origin)
        keyring = Keyring(opening.custodian, known[0])
        row = _mint_house(keyring, opening.now())
        store.initialise(*known, clock.to_ms(opening.now()), row)
    installation, origin = known
    if base_of(origin) != opening.origin:
        raise ConfigError(
            "The store's ledger has another origin than the settings.",
            hint="Set `log` back; a ledger keeps its name for ever.",
            field="log",
        )
    keyring = Keyring(opening.custodian, installation)
    house = _house(keyring, store)
    with store.snapshot():
        log = _log(store, *signers(opening.custodian, origin))
        count, callers = store.head_row().callers, store.caller_rows()
    log.heard = lambda kinds: keyring.clear() if Kind.RECORD_ERASED in kinds else None
    vault = Vault(
        store.attach(log),
        keyring,
        log,
        house,
        opening.policy,
        installation=installation,
        region=opening.region,
        replay_keep=opening.replay_keep,
        backup_window=opening.backup_window,
        clock=opening.now,
    )
    vault.register.take(callers, count)
    return vault


def _mint_house(keyring: Keyring, now: datetime) -> ClassRow:
    _, epoch, wrapped = keyring.mint(HOUSE, HOUSE_CLASS, 1, now)
    return ClassRow(HOUSE_CLASS, 1, epoch, wrapped, b"\x80")


def _house(keyring: Keyring, store: OpenStore) -> tuple[Dek, ...]:
    row = store.class_row(HOUSE, HOUSE_CLASS)
    try:
        if row is not None:
            return house_keys(keyring, row)
    except UndecryptableError:
        pass
    raise ConfigError(
        "This keystore does not belong to this store.",
        hint="Restore the keystore that was made with the store; no other opens its values.",
        field="custodian.keystore",
        reason="keystore-foreign",
    )


def _log(store: OpenStore, signer: Signer, *others: Signer) -> Log:
    head = store.head_row()
    if store.leaf_bytes(head.size, 1) or (head.size == 0 and head.policy):
        raise IntegrityError("The store's entries are not those that the ledger's head counts.")
    if head.size == 0:
        log = Log(signer, signer.name, Edge.empty())
        log.use(signer, *others)
        return log
    edge = resume(
        head.size,
        head.time_ms,
        store.tile_bytes,
        lambda start, count: [leaf_hash(leaf) for leaf in store.leaf_bytes(start, count)],
    )
    log = Log(signer, signer.name, edge)
    log.use(signer, *others)
    log.verify_head(head.note)
    return log
