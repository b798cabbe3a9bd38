"""Do rows and entries match? Read from the tables themselves, and from the keystore's file.

Each subject's generation is counted from the entries: one for its storing, one for each update and
erasure. A row that no entry explains, and an entry whose row is not there, both show as a
difference.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import apsw

from shopward.errors import KeystoreError
from shopward.store import HOUSE
from shopward.vault import keystore
from shopward.vault.details import TOKEN_FIELD
from shopward.vault.keyring import Keyring
from shopward.vault.keystore import FileCustodian
from tests.crash.pages import Pages
from tests.crash.verdict import Verdict
from tests.crash.witness import Witness
from tests.scenarios.plane import PASSPHRASE

Query = Callable[[str], list[tuple[Any, ...]]]
CHANGES: Final = ("record:stored", "record:updated")
BY_LAW: Final = "tax"
"""The class that stays of an erased customer, since a law keeps it."""
WRITES: Final = (*CHANGES, "record:erased", "fact:put")


def open_custodian(path: Path, witness: Witness, verdict: Verdict) -> FileCustodian:
    """The keystore as it lies there, judged.

    Raises:
        KeystoreError: It does not open: nothing else can be judged.
    """
    try:
        custodian = keystore.open_keystore(path, PASSPHRASE.encode())
    except KeystoreError as error:
        verdict.judge("keystore", holds=False, words=error.detail)
        raise
    epochs = set(custodian.epochs())
    verdict.judge("keystore", witness.epochs <= epochs, "an epoch's key is gone")
    witness.epochs |= epochs
    return custodian


@contextmanager
def rows_of(path: Path) -> Iterator[Query]:
    """Reads a SQLite store's tables beside the vault that has it open."""
    flags = apsw.SQLITE_OPEN_READONLY
    with closing(apsw.Connection(str(path), flags=flags, vfs="unix")) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


class Tables:
    """The rows of one vault beside its entries."""

    def __init__(
        self, query: Query, pages: Pages, custodian: FileCustodian, verdict: Verdict
    ) -> None:
        self._query, self._pages, self._verdict = query, pages, verdict
        ((installation,),) = query("SELECT id FROM installation")
        keyring = Keyring(custodian, bytes(installation))
        self._token_index = keyring.name("@" + TOKEN_FIELD.lstrip("#"), "unique")
        self._whose = {
            position: bytes(subject)
            for position, subject in query("SELECT position, subject FROM leaf")
        }

    def judge(self) -> None:
        """Both directions: rows to entries, entries to rows."""
        self._judge_head()
        self._judge_subjects()
        self._judge_facts()
        self._judge_replays()

    def _judge_head(self) -> None:
        ((size,),) = self._query("SELECT size FROM head")
        is_counted = sorted(self._whose) == list(range(size))
        self._verdict.judge("ledger", is_counted, "the head counts other leaves")

    def _judge_subjects(self) -> None:
        stored, generations, erased = self._expected()
        rows = {
            bytes(subject): (generation, erased_ms is not None)
            for subject, generation, erased_ms in self._query(
                "SELECT subject, generation, erased_ms FROM subject"
            )
            if bytes(subject) != HOUSE
        }
        for subject, (generation, is_erased) in rows.items():
            entered = stored[subject] == 1 and generation <= generations[subject]
            self._verdict.judge("unentered", entered, "a customer changed without an entry")
            same = is_erased == (subject in erased)
            self._verdict.judge("erased", same, "rows and entries differ about an erasure")
        for subject, generation in generations.items():
            is_there = subject in rows and rows[subject][0] >= generation
            self._verdict.judge("unwritten", is_there, "an entry whose write is not there")
        living = {subject for subject, (_, is_erased) in rows.items() if not is_erased}
        sealed = self._query("SELECT subject, class FROM record")
        kept = {bytes(subject) for subject, name in sealed if name != BY_LAW} - {HOUSE}
        self._verdict.judge("erased", kept <= living, "sealed rows of nobody, or of an erased one")
        self._verdict.judge("unwritten", kept == living, "a customer without sealed rows")

    def _expected(self) -> tuple[Counter[bytes], Counter[bytes], set[bytes]]:
        """How often each was stored, its generation, and who was erased, by the entries alone."""
        owners = {
            bytes(digest): bytes(subject)
            for digest, subject in self._query("SELECT digest, subject FROM alias")
        }
        stored, generations, erased = Counter[bytes](), Counter[bytes](), set[bytes]()
        for row in self._pages.rows:
            kind, whose = self._pages.kind_of(row.index), self._whose.get(row.index, b"")
            if kind in CHANGES:
                generations[whose] += 1
                stored[whose] += kind == "record:stored"
            elif kind == "record:erased":
                details = json.loads(row.details or "{}")  # the house's: it opens for ever
                subject = owners.get(self._token_index.digest(details["subject"]), b"")
                generations[subject] += 1
                if "account" in details.get("classes", ()):
                    erased.add(subject)
        return stored, generations, erased

    def _judge_facts(self) -> None:
        entered: defaultdict[tuple[bytes, str], int] = defaultdict(int)
        for row in self._pages.rows:
            if row.details is not None and self._pages.kind_of(row.index) == "fact:put":
                entered[self._whose[row.index], json.loads(row.details)["fact"]] += 1
        rows = {
            (bytes(subject), f"{kind}:{name}"): version
            for kind, name, subject, version in self._query(
                "SELECT type, id, subject, version FROM fact"
            )
        }
        for key in rows.keys() | entered.keys():
            is_entered = rows.get(key, 0) <= entered[key]
            self._verdict.judge("unentered", is_entered, "a fact without its entry")
            is_there = rows.get(key, 0) >= entered[key]
            self._verdict.judge("unwritten", is_there, "the entry of a fact that is not there")

    def _judge_replays(self) -> None:
        for (position,) in self._query("SELECT position FROM replay"):
            is_entered = position < self._pages.size and self._pages.kind_of(position) in WRITES
            self._verdict.judge("unentered", is_entered, "a kept answer without its entry")
        ((callers,),) = self._query("SELECT count(*) FROM caller")
        kinds = [self._pages.kind_of(index) for index in range(self._pages.size)]
        self._verdict.judge(
            "unentered", callers == kinds.count("caller:added"), "callers and entries differ"
        )
