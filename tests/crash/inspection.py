"""Everything that is looked at after a crash: at the doors, in the tables, in the keystore."""

from __future__ import annotations

from pathlib import Path

from tests.crash.judge import Judge
from tests.crash.tables import Tables, open_custodian, rows_of
from tests.crash.verdict import Verdict


async def inspect(judge: Judge, home: Path) -> Verdict:
    """The verdict on a running vault whose files are in `home`."""
    pages = await judge.judge()
    custodian = open_custodian(home / "keys" / "keystore.json", judge.witness, judge.verdict)
    with rows_of(home / "store" / "vault.db") as query:
        Tables(query, pages, custodian, judge.verdict).judge()
    return judge.verdict
