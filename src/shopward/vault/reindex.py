"""Job `reindex`: new keys for every blind index, while customers are looked for all the time.

    begin   the next version is made; from now on writes go under both
    build   what is missing under the new version is added, from opened values; passes repeat
    post    so are the digests of indexes beside unique values
    prove   callers' rows get their proof under the new version
    turn    lookups ask the new version: at any moment they ask exactly one
    latch   the older version is refused, and written no more
    clear   its rows go, pass after pass
    unpost  so do its digests, and then its root

- Uniqueness holds throughout: until `latch` a value is taken if it is taken under either version.
- An alias is added only while the record it was read from is the same, so that a correction or an
  erasure that came between wins.
- Tokens are looked up under a key of their own that never changes: what was erased is known by
  its token alone, and nobody has that token any more to index it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import structs

from shopward.errors import InvalidError, UndecryptableError
from shopward.events import Kind
from shopward.store import ClassRow, JobRow, Op
from shopward.vault import body
from shopward.vault.caller import is_proven, row_proof
from shopward.vault.details import LEDGER_CLASS
from shopward.vault.keep import EXTERNAL
from shopward.vault.reconcile import reconcile
from shopward.vault.rotation import ROWS, Cursor, rows_after, settling
from shopward.vault.service import Vault
from shopward.vault.work import Finished, Pause, Step, Write

Alias = tuple[bytes, str]


class Reindex:
    """Moves every index to new keys."""

    name = "reindex"
    about = "builds every search index anew under new keys"

    async def plan(self, vault: Vault, argument: str) -> int:
        """One record each.

        Raises:
            InvalidError: There is an argument.
        """
        if argument:
            raise InvalidError("This job takes no argument.", field="argument")
        return await vault.store.count_records()

    async def step(self, vault: Vault, row: JobRow, now: datetime) -> Step | Pause | Finished:
        """One batch of the phase that the cursor names."""
        cursor = Cursor.parse(row.cursor)
        if cursor is None:
            return await self._begin(vault, now)
        if cursor.phase == "done":
            return Finished(f"every index is under version {cursor.target}")
        await vault.refresh()
        if (pause := settling(vault, cursor, now)) is not None:
            return pause
        phases = {
            "build": self._build,
            "post": self._post,
            "unpost": self._post,
            "prove": self._prove,
            "turn": self._advance,
            "latch": self._advance,
            "clear": self._clear,
        }
        return await phases[cursor.phase](vault, cursor, now)

    async def _begin(self, vault: Vault, now: datetime) -> Step:
        custodian = vault.keyring.custodian
        state = custodian.state("index")
        target = state.min + 1 if state.current > state.min else state.current + 1
        custodian.begin("index", target, now)
        await vault.refresh()
        cursor = Cursor(target).at("build", now)
        return Step(Kind.INDEX_BUILT, f"version {target} is begun", cursor.text)

    async def _build(self, vault: Vault, cursor: Cursor, now: datetime) -> Step:
        rows = await rows_after(vault, cursor)
        if not rows:
            following = "build" if cursor.found else "post"
            said = "a pass is complete" if cursor.found else "nothing is missing"
            return Step(Kind.INDEX_BUILT, said, cursor.at(following, now).text)
        wanted = {
            alias: (subject, record, name)
            for subject, record in rows
            for alias, name in _aliases(vault, subject, record, cursor.target)
        }
        known = await vault.store.owners(list(wanted))
        writes: list[Write] = []
        for digest, (subject, record, name) in wanted.items():
            if digest not in known:
                proof = vault.alias_proof(digest, subject, name, cursor.target)
                held = (record.name, record.wrapped)
                values = (digest, subject, name, proof, cursor.target, *held)
                writes.append((Op.ADD_ALIAS, values))
        last, record = rows[-1]
        found = cursor.found + len(writes)
        moved = structs.replace(cursor, subject=last.hex(), name=record.name, found=found)
        done = 0 if cursor.passes else len(rows)
        return Step(Kind.INDEX_BUILT, f"{len(writes)} added", moved.text, tuple(writes), done=done)

    async def _post(self, vault: Vault, cursor: Cursor, now: datetime) -> Step:
        """Digests under the versions that are written, and no others."""
        batch = await reconcile(vault, bytes.fromhex(cursor.subject), cursor.since_ms)
        if batch.customers:
            found = cursor.found + len(batch.writes)
            moved = structs.replace(cursor, subject=batch.last.hex(), found=found)
            said = f"{len(batch.writes)} digests changed"
            return Step(Kind.INDEX_BUILT, said, moved.text, batch.writes)
        if cursor.found:
            again = cursor.at(cursor.phase, now)
            return Step(Kind.INDEX_BUILT, "a pass over digests is complete", again.text)
        if cursor.phase == "post":
            return Step(Kind.INDEX_BUILT, "no digest is missing", cursor.at("prove", now).text)
        return self._destroy(vault, cursor, now)

    async def _prove(self, vault: Vault, cursor: Cursor, now: datetime) -> Step:
        """Callers are few: all in one step. A row that was not ours stays what it is."""
        writes: list[Write] = []
        for row in await vault.store.callers():
            proof = row_proof(vault.keyring, row, cursor.target)
            if is_proven(vault.keyring, row) and proof != row.proof:
                writes.append((Op.PROVE_CALLER, (proof, row.id, row.proof)))
        said = f"{len(writes)} callers proven"
        following = cursor.at("prove" if writes else "turn", now)
        return Step(Kind.INDEX_BUILT, said, following.text, tuple(writes))

    async def _advance(self, vault: Vault, cursor: Cursor, now: datetime) -> Step:
        custodian, target = vault.keyring.custodian, cursor.target
        if cursor.phase == "turn":
            custodian.turn("index", target)
            said, following = "lookups ask the new version", "latch"
        else:
            custodian.latch("index", target)
            said, following = "the older version is refused", "clear"
        await vault.refresh()
        after = cursor.at(following, now)
        return Step(Kind.INDEX_TURNED, f"version {target}: {said}", after.text)

    async def _clear(self, vault: Vault, cursor: Cursor, now: datetime) -> Step:
        rows = await vault.store.scan_aliases(bytes.fromhex(cursor.digest), ROWS)
        if not rows:
            if cursor.found:
                return Step(Kind.INDEX_CLEARED, "a pass is complete", cursor.at("clear", now).text)
            said = "no alias is left of it"
            return Step(Kind.INDEX_CLEARED, said, cursor.at("unpost", now).text)
        old = [(digest, version) for digest, version in rows if 0 < version < cursor.target]
        writes = tuple((Op.DROP_ALIAS, alias) for alias in old)
        moved = structs.replace(cursor, digest=rows[-1][0].hex(), found=cursor.found + len(old))
        return Step(Kind.INDEX_CLEARED, f"{len(old)} gone", moved.text, writes)

    def _destroy(self, vault: Vault, cursor: Cursor, now: datetime) -> Step:
        for version in vault.keyring.custodian.state("index").kept:
            if version < cursor.target:
                vault.keyring.custodian.destroy("index", version, now)
        said = f"versions before {cursor.target} are destroyed"
        return Step(Kind.KEY_DESTROYED, f"index: {said}", cursor.at("done", now).text)


def _aliases(vault: Vault, subject: bytes, record: ClassRow, version: int) -> Iterator[Alias]:
    """(digest, name) of everything in this record that an index leads to."""
    fields = vault.policy.fields
    for name in _indexed(vault, record):
        try:
            value = vault.open_field(subject, record, body.unpack(record.body), name)
            if value is None:
                continue
            if name == EXTERNAL:
                yield vault.external_digest(value, version), name
            elif name in fields:
                yield vault.index_digest(name, value, version), name
        except (UndecryptableError, InvalidError):
            continue


def _indexed(vault: Vault, record: ClassRow) -> list[str]:
    try:
        names = list(body.unpack(record.body))
    except UndecryptableError:
        return []
    if record.name == LEDGER_CLASS:
        return [name for name in names if name == EXTERNAL]
    fields = vault.policy.fields
    return [name for name in names if name in fields and "unique" in fields[name].indexes]
