"""A vault with customers, its journal and its keystore, and backups of it in a folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from shopward.api.verbs import subject_digest
from shopward.policy import Freeze
from shopward.settings import StoreSettings
from shopward.store import CallerRow
from shopward.store.opening import open_source, open_target
from shopward.vault import keystore
from shopward.vault.backup.create import Made, write_backup
from shopward.vault.backup.header import Witness
from shopward.vault.backup.restore import Restored, Restoring, restore
from shopward.vault.caller import OPERATOR, row_proof
from shopward.vault.callers import AddCaller, FreezeCaller, RevokeCaller
from shopward.vault.freeze import FreezeSubject
from shopward.vault.journal import Journal, journal_of
from shopward.vault.keeper import Keeper
from tests.vault.service_world import PASSPHRASE, World

DAY = timedelta(days=1)
LOG = "shop.example/ledger"


class Bench(World):
    """A world that keeps an erasure journal, and can be backed up and restored."""

    def open(self) -> None:
        super().open()
        self.journal_path = self.folder / "erasures.journal"
        self.custodian = keystore.open_keystore(self.folder / "keystore.json", PASSPHRASE)
        self.journal = self.journal_for(self.vault.installation)
        self.keeper = Keeper(self.vault, self.journal)
        self.settler.keep = self.keeper.keep
        self._made = itertools.count()
        self.run(self.keeper.reconcile())

    def journal_for(self, installation: bytes) -> Journal:
        return journal_of(self.journal_path, self.custodian, installation)

    def backup(self, name: str = "a.backup") -> Made:
        standing = self.run(self.keeper.standing())
        witness = Witness(standing.number, standing.chain.hex())
        self.backup_size = self.vault.log.size
        return write_backup(
            self.folder / name,
            lambda: open_source(self.place),
            self.custodian,
            witness,
            self.now,
            lambda _done, _total: None,
        )

    def restore(self, backup: Path, into: Path | StoreSettings, **more: Any) -> Restored:
        place = into if isinstance(into, StoreSettings) else StoreSettings(into)
        with backup.open("rb") as file:
            job = Restoring(file, self.custodian, self.journal_for, LOG, self.now, **more)
            return restore(job, lambda: open_target(place))

    def move(self, backup: Path, place: StoreSettings) -> Restored:
        """Goes on with a backup in another place."""
        done = self.restore(backup, place)
        self.close()
        self.place = place
        self.open()
        return done

    def exchange(self, backup: Path, **more: Any) -> Restored:
        """Loses the store and goes on with a backup of it."""
        self.close()
        for name in ("vault.db", "vault.db-wal", "vault.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        done = self.restore(backup, self.folder / "vault.db", **more)
        self.open()
        return done

    def add_caller(self, name: str) -> CallerRow:
        row = CallerRow(name, name, "support", 1, (), name.encode().ljust(32), 1)
        settled = self.do(AddCaller(self.base(OPERATOR), row))
        made: CallerRow = settled.value
        return made

    def revoke(self, row: CallerRow) -> None:
        assert self.do(RevokeCaller(self.base(OPERATOR), row.id)).error is None

    def freeze(self, *, subject: str | None = None, caller: str | None = None) -> None:
        """Stops every look for a day."""
        freeze = Freeze(frozenset({"reveal"}), self.now, self.now + DAY, "stolen-key")
        self._freeze(freeze, subject, caller)

    def thaw(self, *, subject: str | None = None, caller: str | None = None) -> None:
        self._freeze(None, subject, caller)

    def _freeze(self, freeze: Freeze | None, subject: str | None, caller: str | None) -> None:
        base = self.base(OPERATOR)
        act: FreezeCaller | FreezeSubject
        if caller is not None:
            act = FreezeCaller(base, caller, freeze)
        else:
            alias, own = subject_digest(self.vault, subject or "")
            act = FreezeSubject(base, alias, own, freeze)
        assert self.do(act).error is None

    def is_frozen(self, row: CallerRow) -> bool:
        return any(
            one.id == row.id and one.freeze and one.proof == row_proof(self.vault.keyring, one)
            for one in self.run(self.vault.store.callers())
        )

    def is_known(self, row: CallerRow) -> bool:
        """Whether this caller's row is active and made by us."""
        for one in self.run(self.vault.store.callers()):
            if one.id == row.id:
                assert one.proof == row_proof(self.vault.keyring, one)
                return one.revoked_ms is None
        return False

    def city(self, subject: str) -> str | None:
        """What a look at a customer's city gives; None for an erased one."""
        settled = self.do(self.revealing(subject, "city"))
        return None if settled.error is not None else settled.value[1]["city"]


@contextmanager
def bench(folder: Path, place: StoreSettings | None = None) -> Iterator[Bench]:
    with Bench(folder, place=place) as made:
        yield made
