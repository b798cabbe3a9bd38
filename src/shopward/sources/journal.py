"""How far an import came, so that a stopped one goes on where it was.

One JSON file, replaced in one step after every batch:

    {"format":"shopward-import/v1","digest":"<64 hex>","size":100,"next_row":300,
     "last_line":304,"stored":297,"already":2,"rejected":1,"finished":false}

A crash between the sending of a batch and the journal sends it once more under the same idempotency
key, which the receiver answers without storing it again. It holds no values and does not lock.

- A journal goes on only with the file, mapping and batch size it was begun with.
- Rows are passed in order, each once.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import msgspec

from shopward.errors import ConflictError, InvalidError
from shopward.sources.batches import Batch
from shopward.sources.durable import replace_durably

_MAX_BYTES: Final = 65_536
_Count = Annotated[int, msgspec.Meta(ge=0)]


class Progress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state in the file.

    Attributes:
        digest: The plan's digest, 64 hex characters.
        size: Rows to a batch, fixed for the whole job.
        next_row: The first row not done yet, from 0.
        last_line: The line the last row done starts on; 0 before the first.
        stored: Customers stored so far.
        already: Customers that were there already.
        rejected: Rows rejected, here or by the vault.
        finished: Whether every row is done.
    """

    digest: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, msgspec.Meta(ge=1)]
    next_row: _Count = 0
    last_line: _Count = 0
    stored: _Count = 0
    already: _Count = 0
    rejected: _Count = 0
    finished: bool = False
    format: Literal["shopward-import/v1"] = "shopward-import/v1"


class Journal:
    """An import job's memory.

    Attributes:
        path: The file; it is made by the first `advance`.
        progress: How far the job is.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path = path
        self.progress = progress

    @classmethod
    def open_(cls, path: Path | str, digest: str, size: int) -> Self:
        """Take up the job in the file, or begin one where there is no file.

        Args:
            path: The journal.
            digest: `Plan.digest`.
            size: Rows to a batch; a job that is under way keeps the size it was begun with.

        Raises:
            ConflictError: The journal is of another file or mapping.
            InvalidError: The file is no journal.
        """
        path = Path(path)
        if not path.exists():
            return cls(path, Progress(digest, size))
        progress = _parse(path)
        if progress.digest != digest:
            detail = f"{path.name} belongs to another file or mapping, or the file has changed"
            hint = "Put the file or mapping back as it was, or begin again with another journal."
            raise ConflictError(detail, hint=hint, reason="import-changed")
        return cls(path, progress)

    def key(self, first_row: int) -> str:
        """The idempotency key of the batch that begins at a row: 36 ASCII characters."""
        text = f"{self.progress.digest}/{self.progress.size}/{first_row}"
        digest = hashlib.sha256(b"shopward/import-batch/v1\x00" + text.encode())
        return "imp_" + digest.hexdigest()[:32]

    def advance(self, batch: Batch, *, stored: int, already: int, rejected: int) -> None:
        """Remember a batch as done: on the disk when this returns.

        Args:
            batch: The batch; it must begin where the one before ended.
            stored: Customers of it that were stored.
            already: Customers of it that were there already.
            rejected: Rows of it that were rejected.

        Raises:
            ConflictError: The batch is not the next one, or the counts are not its rows.
        """
        now = self.progress
        rows = batch.next_row - batch.first_row
        if batch.first_row != now.next_row or stored + already + rejected != rows:
            raise ConflictError("The batch does not follow the one before", reason="import-order")
        self._write(
            msgspec.structs.replace(
                now,
                next_row=batch.next_row,
                last_line=batch.last_line,
                stored=now.stored + stored,
                already=now.already + already,
                rejected=now.rejected + rejected,
            )
        )

    def finish(self) -> None:
        """Remember that every row is done."""
        self._write(msgspec.structs.replace(self.progress, finished=True))

    def _write(self, progress: Progress) -> None:
        replace_durably(self.path, msgspec.json.encode(progress) + b"\n")
        self.progress = progress


def _parse(path: Path) -> Progress:
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_MAX_BYTES), type=Progress)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        detail = f"{path.name} is not the journal of an import"
        hint = "Name another file for the journal, or remove this one to begin again."
        raise InvalidError(detail, hint=hint, reason="journal") from None
