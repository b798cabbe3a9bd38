"""Whether a backup is of the ledger that is served: its checkpoint is a moment of that ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from shopward.errors import BackupError, IntegrityError
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.merkle import consistency_proof, verify_consistency
from shopward.signing import Verifier
from shopward.vault.backup.header import Header
from shopward.vault.book import Book, proved
from shopward.vault.past import open_past, past_vkey
from shopward.vault.service import Vault

Fetch = Callable[[int, int], Awaitable[bytes | None]]


async def check_continuity(vault: Vault, header: Header) -> str:
    """Shows that the serving ledger begins with the backup's; says which log it was.

    Raises:
        BackupError: It does not.
    """
    try:
        if header.origin == vault.log.origin:
            return await _in_present(vault, header)
        for log in await vault.store.past_logs():
            if log.origin == header.origin:
                return await _in_past(vault, log.number, header)
    except IntegrityError:
        pass
    raise BackupError(
        "The ledger that is served does not begin with the backup's.",
        hint="One of the two was changed: follow docs/operations/incident.md.",
        reason="drill-continuity",
    )


async def _in_present(vault: Vault, header: Header) -> str:
    now = open_checkpoint(vault.log.note, Verifier.parse(vault.log.vkey))
    then = open_checkpoint(header.checkpoint, Verifier.parse(vault.log.vkey))
    hashes = await Book(vault).consistency(then.size, now.size)
    verify_consistency(then.size, now.size, then.root, now.root, hashes)
    return f"entry {then.size} of {now.size}"


async def _in_past(vault: Vault, number: int, header: Header) -> str:
    past = (await open_past(vault, number)).log
    verifier = Verifier.parse(past_vkey(vault, past))
    kept = open_checkpoint(past.note, verifier)
    then = open_checkpoint(header.checkpoint, verifier)
    if then.size > kept.size:
        return f"entry {then.size} of a past log of which {kept.size} were kept"
    hashes = await proved(
        lambda level, index: vault.store.past_tile(number, level, index),
        lambda read: read,
        lambda node: consistency_proof(then.size, kept.size, node),
    )
    verify_consistency(then.size, kept.size, then.root, kept.root, hashes)
    return f"entry {then.size} of {kept.size} of a past log"
