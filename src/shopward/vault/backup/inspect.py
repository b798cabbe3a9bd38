"""What a whole backup amounts to: its ledger, its epochs, and the few rows a restore must know.

`inspect` reads every row once and keeps none but those: the house's key, the customers and callers
that the erasure journal names, and where each log ends.

- A backup whose data keys were wrapped in an epoch that is destroyed is refused as a whole: that
  is how an erasure becomes final.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from shopward.errors import BackupError, UndecryptableError
from shopward.signing import Verifier
from shopward.store import HOUSE, CallerRow, ClassRow
from shopward.vault import body
from shopward.vault.backup.header import Header, damaged
from shopward.vault.backup.read import Reader, Totals
from shopward.vault.backup.regrow import Regrown
from shopward.vault.custodian import Custodian
from shopward.vault.ledger_keys import verifiers

Fields = dict[str, Any]


@dataclass(slots=True)
class Contents:
    """What was found in a whole and sound backup.

    Attributes:
        header: Its header.
        totals: Rows by table.
        log: The log that was the present one, grown again.
        pasts: (origin, size) of the logs before it, by number.
        house: The key of entries that are no customer's.
        policy: SHA-256 of the policy that was in force.
        lives: Generation of each customer asked for that is there and was not erased.
        names: What each customer asked for can be found by, from its classes, by (subject, class).
        callers: Each caller asked for that is there and was not revoked.
    """

    header: Header
    totals: Totals = field(init=False)
    log: Regrown = field(init=False)
    pasts: dict[int, tuple[str, int]] = field(default_factory=dict)
    house: ClassRow | None = None
    policy: str = ""
    lives: dict[bytes, int] = field(default_factory=dict)
    names: dict[tuple[bytes, str], set[str]] = field(default_factory=dict)
    callers: dict[str, CallerRow] = field(default_factory=dict)


def inspect(
    file: BinaryIO,
    custodian: Custodian,
    *,
    subjects: Collection[bytes] = (),
    callers: Collection[str] = (),
    marks: Iterable[int] = (),
    progress: Callable[[int], object] = lambda _rows: None,
) -> Contents:
    """Verifies a backup and the ledgers in it from the first byte to the last.

    Args:
        file: The backup.
        custodian: Whose keys opened it when it was made.
        subjects: Customers to look out for.
        callers: Callers to look out for.
        marks: Sizes of the log at which its root is wanted.
        progress: Hears the rows read so far.

    Raises:
        BackupError: Damaged, foreign, of another version, or older than the erasure window.
    """
    reader = Reader(file, custodian)
    survey = _Survey(reader.header, custodian, subjects, callers, marks)
    for rows, (table, part) in enumerate_rows(reader):
        for row in part:
            survey.take(table.name, dict(zip(table.columns, row, strict=True)))
        progress(rows)
    if reader.totals is None:
        raise damaged("it has no end")
    return survey.end(reader.totals)


def enumerate_rows(reader: Reader) -> Iterable[tuple[int, Any]]:
    """The parts of a backup, each with the number of rows up to its end."""
    rows = 0
    for table, part in reader.parts():
        rows += len(part)
        yield rows, (table, part)


class _Survey:
    def __init__(
        self,
        header: Header,
        custodian: Custodian,
        subjects: Collection[bytes],
        callers: Collection[str],
        marks: Iterable[int],
    ) -> None:
        self._found = Contents(header)
        self._epochs = frozenset(custodian.state("epoch").kept)
        self._custodian = custodian
        self._subjects = frozenset(subjects)
        self._callers = frozenset(callers)
        self._logs: dict[int, Regrown] = {}
        self._ends: dict[int, tuple[str, int, str]] = {}
        self._found.log = Regrown(marks)
        self._takers: dict[str, Callable[[Fields], None]] = {
            "installation": self._installation,
            "head": self._head,
            "leaf": self._leaf,
            "past_leaf": self._past_leaf,
            "past_log": self._past_log,
            "record": self._record,
            "subject": self._subject,
            "caller": self._caller,
        }

    def take(self, table: str, row: Fields) -> None:
        """One row; most tables hold nothing that has to be known."""
        taker = self._takers.get(table)
        if taker is not None:
            taker(row)

    def end(self, totals: Totals) -> Contents:
        """The whole, once every log has shown to be the one that was signed."""
        found = self._found
        found.totals = totals
        for number, (origin, size, note) in sorted(self._ends.items()):
            grown = self._logs.pop(number, None) or Regrown()
            grown.check(note, size, self._verifier(origin))
            found.pasts[number] = (origin, size)
        if self._logs or found.house is None:
            raise damaged("rows are missing in it")
        header = found.header
        found.log.check(header.checkpoint, header.size, self._verifier(header.origin))
        return found

    def _verifier(self, origin: str) -> Sequence[Verifier]:
        return verifiers(self._custodian, origin)

    def _installation(self, row: Fields) -> None:
        header = self._found.header
        if (row["id"].hex(), row["origin"]) != (header.installation, header.origin):
            raise damaged("its head and its rows disagree")

    def _head(self, row: Fields) -> None:
        header = self._found.header
        if (row["size"], row["note"]) != (header.size, header.checkpoint):
            raise damaged("its head and its rows disagree")
        self._found.policy = row["policy"]

    def _leaf(self, row: Fields) -> None:
        self._found.log.add(row["position"], row["leaf"])
        self._found.log.take_tiles()

    def _past_leaf(self, row: Fields) -> None:
        grown = self._logs.setdefault(row["log"], Regrown())
        grown.add(row["position"], row["leaf"])
        grown.take_tiles()

    def _past_log(self, row: Fields) -> None:
        self._ends[row["number"]] = (row["origin"], row["size"], row["note"])

    def _record(self, row: Fields) -> None:
        if row["epoch"] not in self._epochs:
            raise BackupError(
                "The backup is older than the erasure window: keys it needs were destroyed.",
                hint="Take a newer one. This is meant: erased customers cannot come back from it.",
                reason="backup-window",
            )
        subject, name = row["subject"], row["class"]
        if subject == HOUSE:
            self._found.house = ClassRow(
                name, row["version"], row["epoch"], row["wrapped"], row["body"]
            )
        elif subject in self._subjects:
            with contextlib.suppress(UndecryptableError):
                self._found.names[subject, name] = set(body.unpack(row["body"]))

    def _subject(self, row: Fields) -> None:
        if row["subject"] in self._subjects and row["erased_ms"] is None:
            self._found.lives[row["subject"]] = row["generation"]

    def _caller(self, row: Fields) -> None:
        if row["id"] in self._callers and row["revoked_ms"] is None:
            told = {**row, "clauses": tuple(row["clauses"].split())}
            self._found.callers[row["id"]] = CallerRow(**told)
