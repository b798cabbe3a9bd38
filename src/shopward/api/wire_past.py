"""What travels about the logs that restores ended."""

from __future__ import annotations

from shopward.api.wire import Note, Position, Wire


class PastLog(Wire, frozen=True):
    """A log that a restore ended: `size` entries were kept, `checkpoint` is over exactly these."""

    number: Position
    origin: str
    size: Position
    checkpoint: Note
    key: str


class PastLogs(Wire, frozen=True):
    """Every log before the present one, the oldest first."""

    logs: list[PastLog]
