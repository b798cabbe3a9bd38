"""Finds customers: seeks, then settles the look and all it found in one group.

No receipt, no customer: who matched while it was sought is told only with an entry of her own.
"""

from __future__ import annotations

from msgspec import Struct

from shopward.policy import Deny, Reason
from shopward.vault.find import Find, Hit, Looking
from shopward.vault.operation import Operation, Settled
from shopward.vault.seek import Sought, seek
from shopward.vault.settle import Settler

NOBODY = Sought((), is_complete=True)


class Answer(Struct, frozen=True):
    """What came of a look: its own entry, those of the customers found, the best match first.

    `is_complete` says that nobody else matches.
    """

    look: Settled
    hits: tuple[Settled, ...]
    is_complete: bool


async def find(settler: Settler, looking: Looking, limit: int) -> Answer:
    """Up to `limit` customers.

    Raises:
        UnavailableError: The store cannot be read or written.
    """
    sought = await _sought(looking)
    asked = sought.subjects[:limit]
    operations: list[Operation] = [Find(looking, len(asked))]
    operations += [Hit(looking, subject) for subject in asked]
    look, *settled = await settler.settle(operations)
    hits = tuple(one for one in settled if one.error is None)
    held_back = any(one.error is not None and one.position >= 0 for one in settled)
    is_all = sought.is_complete and len(asked) == len(sought.subjects) and not held_back
    built = await settler.vault.store.built()
    return Answer(look, hits, is_all and looking.query.index.id in built)


async def _sought(looking: Looking) -> Sought:
    """Who matches; nobody is looked for on behalf of one who may not look."""
    vault = looking.base.vault
    now = vault.moment()
    verdict = vault.decide(looking.ask(None, None, now), now)
    is_named = looking.fact is not None
    if isinstance(verdict, Deny) and not (is_named and verdict.reason is Reason.FACT_UNKNOWN):
        return NOBODY
    return await seek(vault, looking.query)
