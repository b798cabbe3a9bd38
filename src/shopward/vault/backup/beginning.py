"""The log that begins with a restore: which one it continues, and what was done again.

Its first entry, `log:continued`, names the old log and the last checkpoint of it that anybody
knows; then follows an entry for each erasure and revocation that the journal made it do again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shopward.clock import from_ms
from shopward.errors import BackupError, UndecryptableError
from shopward.events import Kind
from shopward.ledger.edge import Edge
from shopward.ledger.link import Previous
from shopward.ledger.log import Draft, Log
from shopward.store import HOUSE
from shopward.vault.backup.inspect import Contents
from shopward.vault.caller import SYSTEM
from shopward.vault.cipher import Dek
from shopward.vault.custodian import Custodian
from shopward.vault.details import Details, seal
from shopward.vault.journal import Frozen, Revoked, Told
from shopward.vault.keyring import Keyring
from shopward.vault.ledger_keys import house_keys, signers
from shopward.vault.origin import continued

Fields = dict[str, Any]


class Beginning:
    """The new log: its first entries, staged under a fresh name.

    Args:
        custodian: Whose keys sign and seal them.
        log: The name that the operator chose.
        contents: The backup.
        last: The last known checkpoint of the old log, a signed note.
        now_ms: The time of the entries, not before the old log's last one.
    """

    def __init__(
        self, custodian: Custodian, log: str, contents: Contents, last: str, now_ms: int
    ) -> None:
        header = contents.header
        self.number = max(contents.pasts, default=0) + 1
        self.previous = Previous(header.origin, header.size, last)
        origin = continued(log, from_ms(now_ms))
        signing = signers(custodian, origin)
        self.log = Log(signing[0], origin, Edge.empty())
        self.log.use(*signing)
        self._policy = contents.policy
        self._installation = bytes.fromhex(header.installation)
        self._house = _house(custodian, contents)
        self._now_ms = now_ms
        self._drafts: list[Draft] = []
        self._sealed: list[bytes] = []

    def enter(self, told: Iterable[Told], reason: str | None) -> None:
        """The first entry, and one for each line of the journal that was followed."""
        self._enter(Kind.LOG_CONTINUED, previous=self.previous, reason=reason)
        for what in told:
            about = f"{what.origin}#{what.index}"
            if isinstance(what, Revoked):
                self._enter(Kind.CALLER_REVOKED_AGAIN, about=f"{what.caller} {about}")
            elif isinstance(what, Frozen):
                whose = what.caller or "customer"
                said = "frozen" if what.freeze else "thawed"
                self._enter(Kind.FROZEN_AGAIN, about=f"{whose} {said} {about}")
            else:
                self._enter(Kind.RECORD_ERASED_AGAIN, about=about, classes=what.classes or ())

    def _enter(self, kind: Kind, **more: Any) -> None:  # noqa: ANN401 - members of `Details`
        details = Details(
            v=1, request="restore", actor=SYSTEM.id, verb="restore", policy=self._policy, **more
        )
        promise, sealed = seal(self._house, self._installation, HOUSE, details)
        self._drafts.append(Draft(kind, promise))
        self._sealed.append(sealed)

    def rows(self, old: dict[str, Fields]) -> Iterator[tuple[str, Fields]]:
        """The rows of the new log, and what the old ones of `installation` and `head` become."""
        staged = self.log.stage(self._drafts, self._now_ms)
        self.log.accept(staged)
        yield "installation", {**old["installation"], "origin": self.log.origin}
        head = {"size": staged.size, "time_ms": staged.time_ms, "note": staged.note}
        yield "head", {**old["head"], **head}
        for position, (leaf, sealed) in enumerate(zip(staged.leaves, self._sealed, strict=True)):
            row = {"position": position, "leaf": leaf, "subject": HOUSE, "sealed": sealed}
            yield "leaf", row
        for level, index, hashes in staged.tiles:
            yield "tile", {"level": level, "position": index, "hashes": hashes}
        size, note = old["head"]["size"], old["head"]["note"]
        ended = {"number": self.number, "origin": self.previous.origin, "size": size, "note": note}
        yield "past_log", ended


def _house(custodian: Custodian, contents: Contents) -> Dek:
    row = contents.house
    try:
        if row is not None:
            keyring = Keyring(custodian, bytes.fromhex(contents.header.installation))
            return house_keys(keyring, row)[0]
    except UndecryptableError:
        pass
    raise BackupError(
        "The backup's own key does not open under this keystore.",
        hint="Restore with the keystore of the installation that made it.",
        reason="backup-foreign",
    )
