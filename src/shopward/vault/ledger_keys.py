"""The keys of the ledger: who signs it, and under which DEK an entry's details open.

A customer's ledger DEK (and the house's) can be renewed while entries are still sealed under the
one before. Until those are sealed anew, the older key lies in the row beside the new one, as a
member `#past:<version>` sealed under it; sealed details name their key, so none is ever tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shopward.errors import UndecryptableError
from shopward.signing import Signer, Verifier
from shopward.store import HOUSE, ClassRow
from shopward.vault import body
from shopward.vault.cipher import Dek, key_id_in
from shopward.vault.custodian import Custodian
from shopward.vault.keyring import Keyring

HOUSE_CLASS: Final = "_house"
PAST: Final = "#past:"


def signers(custodian: Custodian, origin: str) -> tuple[Signer, ...]:
    """Whoever signs checkpoints now, the oldest first; two while the key is handed over."""
    state = custodian.state("ledger")
    versions = range(state.min, state.current + 1)
    return tuple(Signer(origin, custodian.ledger_seed(version)) for version in versions)


def verifiers(custodian: Custodian, origin: str) -> tuple[Verifier, ...]:
    """Every key that ever signed a log of this name, the destroyed ones too."""
    keys = custodian.state("ledger").keys
    return tuple(Verifier(origin, bytes.fromhex(key.public)) for key in keys if key.public)


def house_keys(keyring: Keyring, row: ClassRow) -> tuple[Dek, ...]:
    """The DEKs of the house, the newest first.

    Raises:
        UndecryptableError: The row was wrapped by another keystore, or is damaged.
    """
    newest = keyring.dek(HOUSE, row.name, row.version, row.epoch, row.wrapped)
    return newest, *past_keys(keyring, HOUSE, row, newest)


def past_keys(keyring: Keyring, subject: bytes, row: ClassRow, newest: Dek) -> list[Dek]:
    """The DEKs that came before, while they are still needed.

    Raises:
        UndecryptableError: The row is damaged.
    """
    found = []
    for name, sealed in body.unpack(row.body).items():
        if name.startswith(PAST):
            bound = keyring.field_context(row.name, name, subject, row.version)
            found.append(Dek(bytes.fromhex(newest.open_(sealed, bound).decode())))
    return found


def key_of(keys: Iterable[Dek], sealed: bytes) -> Dek:
    """The one of these keys that sealed bytes name.

    Raises:
        UndecryptableError: None of them.
    """
    named = key_id_in(sealed)
    for key in keys:
        if key.key_id == named:
            return key
    raise UndecryptableError


def opening_key(keyring: Keyring, subject: bytes, row: ClassRow, sealed: bytes) -> Dek:
    """The DEK under which details of this subject were sealed.

    Raises:
        UndecryptableError: There is none, or the row is damaged.
    """
    newest = keyring.dek(subject, row.name, row.version, row.epoch, row.wrapped)
    if newest.key_id == key_id_in(sealed):
        return newest
    return key_of(past_keys(keyring, subject, row, newest), sealed)
