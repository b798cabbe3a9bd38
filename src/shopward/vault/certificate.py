"""The certificate of an erasure: what went, when, and by which day every remnant of it is dead.

It is a signed note of the ledger's key over two lines, and the receipt of the erasure's entry::

    {"format": "shopward-erasure-certificate/v1", "statement": note, "receipt": {…}}

    shopward-erasure/v1
    {"log":…,"entry":…,"leaf_hash":…,"kind":…,"erased":…,"subject":…,"classes":[…],"stays":[…],
     "epoch":…,"epoch_ends":…,"dead_by":…,"destroyed":…,"made":…,"assumptions":[…],"words":{"en":…,"de":…}}

- It holds no value: a token, names of classes, dates.
- The first line is no origin, so that a statement can never pass for a checkpoint.
- The date is that of the newest key a remnant can be under: older copies are under older keys,
  which go before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from shopward.clock import from_ms, to_ms
from shopward.errors import NotFoundError, UndecryptableError
from shopward.events import Kind
from shopward.ledger.entry import Leaf, parse_leaf
from shopward.ledger.merkle import leaf_hash
from shopward.ledger.receipt import Receipt
from shopward.signing import encode_base64
from shopward.vault.custodian import EPOCH_MS, Held
from shopward.vault.details import Details
from shopward.vault.service import Vault

FORMAT: Final = "shopward-erasure-certificate/v1"
STATEMENT: Final = "shopward-erasure/v1"
KINDS: Final = frozenset({Kind.RECORD_ERASED, Kind.RECORD_EXPIRED})
PAGE: Final = 500
ASSUMPTIONS: Final = (
    "No copy of the keystore from before the destruction was kept anywhere.",
    "The storage under the keystore keeps no readable remnant of what was replaced in it.",
    "The data plane runs on the day named, or is started later: the key is destroyed then.",
)
_ENCODE: Final = msgspec.json.Encoder().encode


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed. Times are RFC 3339 in UTC; `destroyed` is None while a key is still kept."""

    log: str
    entry: int
    leaf_hash: str
    kind: str
    erased: str
    subject: str | None
    classes: tuple[str, ...]
    stays: tuple[str, ...]
    epoch: int
    epoch_ends: str
    dead_by: str
    destroyed: str | None
    made: str
    assumptions: tuple[str, ...]
    words: dict[str, str]


class Certificate(msgspec.Struct, frozen=True):
    """The document; `receipt` is that of the erasure's entry."""

    format: str
    statement: str
    receipt: msgspec.Raw


async def find(vault: Vault, token: str) -> int:
    """The entry of the last erasure of a customer, by the token it had.

    Raises:
        NotFoundError: There is none.
    """
    for start in range(vault.log.size - 1, -1, -PAGE):
        first = max(0, start - PAGE + 1)
        rows = await vault.store.leaves(first, start - first + 1)
        erasures = [row for row in rows if parse_leaf(row.leaf).kind in KINDS]
        opened = await vault.open_entries(erasures)
        for row, told in reversed(list(zip(erasures, opened, strict=True))):
            if told is not None and told.details and _details(told.details).subject == token:
                return row.position
    raise NotFoundError("There is no erasure of this customer.", field="subject")


def certify(vault: Vault, receipt: Receipt, now: datetime) -> Certificate:
    """The certificate of the erasure that this receipt is of, signed now.

    Raises:
        NotFoundError: The entry is of something else.
        UndecryptableError: Its details do not open.
    """
    leaf = parse_leaf(receipt.leaf)
    if leaf.kind not in KINDS:
        raise NotFoundError("This entry is no erasure.", field="index")
    if receipt.opened is None or not receipt.opened.details:
        raise UndecryptableError("The details of this entry do not open.", field="index")
    statement = _statement(vault, receipt, leaf, now)
    text = f"{STATEMENT}\n{_ENCODE(statement).decode()}\n"
    return Certificate(FORMAT, vault.log.sign(text), msgspec.Raw(receipt.to_json()))


def _statement(vault: Vault, receipt: Receipt, leaf: Leaf, now: datetime) -> Statement:
    opened = receipt.opened
    details = _details(opened.details if opened else b"")
    keys = vault.keyring.custodian.state("epoch").keys
    epoch = _epoch_of(keys, leaf.time_ms)
    ends_ms = epoch.begins_ms + EPOCH_MS if epoch.ends_ms is None else epoch.ends_ms
    dead_by = from_ms(ends_ms) + vault.backup_window
    gone = [key.destroyed_ms for key in keys if key.number <= epoch.number]
    destroyed_ms = max((at for at in gone if at is not None), default=0)
    destroyed = _moment(destroyed_ms) if None not in gone else None
    return Statement(
        vault.log.origin,
        receipt.proof.index,
        encode_base64(leaf_hash(receipt.leaf)),
        leaf.kind,
        _moment(leaf.time_ms),
        details.subject,
        details.classes,
        details.stays,
        epoch.number,
        _moment(ends_ms),
        _moment(to_ms(dead_by)),
        destroyed,
        _moment(to_ms(now)),
        ASSUMPTIONS,
        words(
            vault.policy.shop.name,
            (leaf.time_ms, to_ms(dead_by)),
            is_dead=destroyed is not None,
            is_whole=not details.stays,
        ),
    )


def words(shop: str, times_ms: tuple[int, int], *, is_dead: bool, is_whole: bool) -> dict[str, str]:
    """What to tell the customer, by language; `times_ms` are of the erasure and of the end."""
    erased, dead = (from_ms(one) for one in times_ms)
    german, english = "%d.%m.%Y", "%Y-%m-%d"
    en = f"{shop} erased the data listed here on {erased:{english}}"
    de = f"{shop} hat die hier genannten Daten am {erased:{german}} gelöscht"
    en += ". " if is_whole else ", except what a law makes it keep. "
    de += ". " if is_whole else ", außer was ein Gesetz aufzubewahren verlangt. "
    if is_dead:
        return {
            "en": en + "Nobody can read any copy of it any more, us included.",
            "de": de + "Niemand kann eine Kopie davon noch lesen, auch wir nicht.",
        }
    return {
        "en": en + f"Copies in backups become unreadable for everyone by {dead:{english}}.",
        "de": de + f"Kopien in Sicherungen sind ab {dead:{german}} für niemanden mehr lesbar.",
    }


def _epoch_of(keys: tuple[Held, ...], time_ms: int) -> Held:
    """The epoch that was current at this moment: the newest that had begun."""
    begun = [key for key in keys if key.begins_ms <= time_ms]
    return begun[-1] if begun else keys[0]


def _details(raw: bytes) -> Details:
    return msgspec.json.decode(raw, type=Details)


def _moment(milliseconds: int) -> str:
    return from_ms(milliseconds).isoformat(timespec="seconds").replace("+00:00", "Z")
