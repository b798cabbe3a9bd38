"""Everything that is looked at after a crash: at the doors, in the tables, in the keystore."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from tests.crash.judge import Judge
from tests.crash.tables import Query, Tables, open_custodian
from tests.crash.verdict import Verdict


async def inspect(judge: Judge, keys: Path, rows: AbstractContextManager[Query]) -> Verdict:
    """The verdict on a running vault, given the folder of its keystore and its tables."""
    pages = await judge.judge()
    custodian = open_custodian(keys / "keystore.json", judge.witness, judge.verdict)
    with rows as query:
        Tables(query, pages, custodian, judge.verdict).judge()
    return judge.verdict
