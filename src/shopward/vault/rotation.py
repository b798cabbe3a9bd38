"""What the rotations share: a cursor over rows, passes that repeat until nothing is found, waits.

A pass walks a table in the order of its primary key. What was written behind the cursor meanwhile
is found by the next pass; the last one finds nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from shopward.clock import from_ms, to_ms
from shopward.store import ClassRow
from shopward.vault.service import Vault
from shopward.vault.work import Pause

ROWS = 64
"""Rows a step: some milliseconds of unwrapping, opening and sealing."""
SKEW = timedelta(minutes=10)
"""How far apart the clocks of two processes may be: a subject's id tells when it was made."""
SETTLE_S = 5.0
"""Seconds in which every process of the vault has seen a change of the keystore."""


class Cursor(Struct, frozen=True, omit_defaults=True):
    """Where a rotation stands: its phase, the version it goes to, and the last row it saw.

    `subject` and `digest` are in hexadecimal; `end` is where a pass over entries ends, since every
    step adds one; `passes` counts the passes of this phase that are complete, `found` what this one
    had to change, and `skipped` what did not open and was left as it is.
    """

    target: int
    phase: str = ""
    subject: str = ""
    name: str = ""
    digest: str = ""
    position: int = 0
    end: int = 0
    passes: int = 0
    found: int = 0
    skipped: int = 0
    since_ms: int = 0

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor of a job's row; None for one that has not begun."""
        return msgspec.json.decode(text, type=cls) if text else None

    @property
    def text(self) -> str:
        """As it is kept in the job's row."""
        return msgspec.json.encode(self).decode()

    def at(self, phase: str, now: datetime) -> Cursor:
        """The beginning of a phase, or of its next pass, at this moment."""
        passes = self.passes + 1 if phase == self.phase else 0
        return Cursor(self.target, phase, passes=passes, skipped=self.skipped, since_ms=to_ms(now))


async def rows_after(vault: Vault, cursor: Cursor) -> list[tuple[bytes, ClassRow]]:
    """The next records of a pass: of customers that were there when it began.

    Those that came later are under the new keys already, and following them would never end.
    """
    after = (bytes.fromhex(cursor.subject), cursor.name)
    last = from_ms(cursor.since_ms) + SKEW
    rows = await vault.store.scan(after, ROWS)
    return [row for row in rows if row[0][:6] <= to_ms(last).to_bytes(6, "big")]


def settling(vault: Vault, cursor: Cursor, now: datetime) -> Pause | None:
    """A pause until every other process has seen what changed; a store's only one need not wait."""
    left_s = SETTLE_S - (to_ms(now) - cursor.since_ms) / 1000
    return None if vault.store.is_exclusive or left_s <= 0 else Pause(min(left_s, 1.0))
