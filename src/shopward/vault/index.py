"""Job `index`: puts every customer into the indexes that the policy names, and out of the others.

Begun by itself when the policy that is in force names others than are built. Until it has ended a
search says that it may be incomplete; whoever is stored or updated meanwhile is in at once.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import structs

from shopward.errors import InvalidError
from shopward.events import Kind
from shopward.store import JobRow, Op
from shopward.vault.reconcile import reconcile
from shopward.vault.rotation import Cursor
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step, Write


class BuildIndexes:
    """Builds what is missing and clears what is not wanted, pass after pass."""

    name = "index"
    about = "puts every customer into the search indexes of the policy"

    async def plan(self, vault: Vault, argument: str) -> int:
        """One record each, though customers are what it counts: there are fewer.

        Raises:
            InvalidError: There is an argument.
        """
        if argument:
            raise InvalidError("This job takes no argument.", field="argument")
        return await vault.store.count_records()

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """The next customers; from the beginning when another policy came in force."""
        cursor = Cursor.parse(row.cursor)
        if cursor is not None and cursor.phase == "done":
            return Finished(f"{len(vault.policy.live)} indexes hold every customer")
        if cursor is None or cursor.name != vault.policy.sha256:
            begun = structs.replace(Cursor(0).at("build", now), name=vault.policy.sha256)
            return Step(Kind.INDEX_BUILT, "a pass begins", begun.text)
        await vault.refresh()
        batch = await reconcile(vault, bytes.fromhex(cursor.subject), cursor.since_ms)
        if batch.customers:
            found = cursor.found + len(batch.writes)
            moved = structs.replace(cursor, subject=batch.last.hex(), found=found)
            said = f"{len(batch.writes)} changed"
            return Step(Kind.INDEX_BUILT, said, moved.text, batch.writes, done=batch.customers)
        if cursor.found:
            again = structs.replace(cursor.at("build", now), name=cursor.name)
            return Step(Kind.INDEX_BUILT, "a pass is complete", again.text, total=row.total * 2)
        ended = structs.replace(cursor, phase="done")
        said = "nothing is missing"
        return Step(Kind.INDEX_BUILT, said, ended.text, await _marks(vault))


async def _marks(vault: Vault) -> tuple[Write, ...]:
    """What is built from now on, if the policy is still the one it was built for."""
    live = {one.id for one in vault.policy.live}
    gone = await vault.store.built() - live
    put: list[Write] = [(Op.PUT_BUILT, (one, vault.policy.sha256)) for one in sorted(live)]
    return (*put, *((Op.DELETE_BUILT, (one,)) for one in sorted(gone)))
