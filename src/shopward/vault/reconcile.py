"""Brings customers' digests to what the policy and the index keys ask for, a batch at a time.

What is missing is added and what is not wanted goes: indexes that are new, dropped or defined
otherwise, and versions of the index keys that came or are refused. Each write holds only while the
customer is what was read, so that an update or erasure that came between wins.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec import Struct

from shopward.clock import from_ms, to_ms
from shopward.errors import UndecryptableError
from shopward.store import HOUSE, Op, PostingRow, Snapshot
from shopward.vault.bodies import Bodies
from shopward.vault.postings import rows_of
from shopward.vault.rotation import ROWS, SKEW
from shopward.vault.service import Vault
from shopward.vault.work import Write


class Batch(Struct, frozen=True):
    """What is to be written for the next customers; `last` is the last of them, or empty."""

    writes: tuple[Write, ...]
    last: bytes
    customers: int


async def reconcile(vault: Vault, after: bytes, since_ms: int) -> Batch:
    """The writes for the customers behind one (16 bytes) that were there at a moment.

    Those that came later are under what is asked for already.
    """
    newest = to_ms(from_ms(since_ms) + SKEW).to_bytes(6, "big")
    found = await vault.store.customers(max(after, HOUSE), ROWS)
    found = [one for one in found if one.subject[:6] <= newest]
    held: defaultdict[bytes, set[PostingRow]] = defaultdict(set)
    for row in await vault.store.postings([one.subject for one in found]):
        held[row.subject].add(row)
    writes = [write for one in found for write in _writes(vault, one, held[one.subject])]
    return Batch(tuple(writes), found[-1].subject if found else b"", len(found))


def _writes(vault: Vault, customer: Snapshot, held: set[PostingRow]) -> list[Write]:
    wanted = set() if customer.erased_ms is not None else _wanted(vault, customer)
    moment = customer.generation
    writes: list[Write] = [
        (Op.DROP_POSTING, (row.digest, row.subject, moment)) for row in held - wanted
    ]
    writes += [
        (Op.ADD_POSTING, (row.digest, row.subject, row.name, row.version, moment))
        for row in wanted - held
    ]
    return writes


def _wanted(vault: Vault, customer: Snapshot) -> set[PostingRow]:
    fields, bodies = vault.policy.fields, Bodies(vault, customer)

    def value(name: str) -> str | None:
        try:
            return bodies.open_(name, fields[name].retention)
        except UndecryptableError:
            return None

    return set(rows_of(vault, customer.subject, value, vault.policy.live))
