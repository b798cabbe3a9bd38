"""Fill a new store with invented customers, through the product's own seal path.

Each customer is prepared by the verb `store`, sealed, indexed and entered in the ledger like any
other; only HTTP is left out, and the changes are committed many at a time. Tokens are written to
`tokens` beside the settings, a line each, in the order of the numbers the people were made from.

    python -m benchmarks.fill SETTINGS COUNT
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import apsw

from benchmarks import people
from shopward import settings
from shopward.api.plane import Plane
from shopward.api.server import initialise, running
from shopward.store import Change, Committed, Found
from shopward.vault.caller import Caller
from shopward.vault.keep import Store
from shopward.vault.operation import Base

PER_COMMIT = 20_000
FILLER = Caller("benchmark", "benchmark", "shop")
CACHE = "PRAGMA cache_size=-1048576"
"""1 GiB for SQLite while it fills, so that no page of an index is written twice in one commit."""


def prepared(plane: Plane, numbers: range) -> tuple[list[Change], list[str]]:
    """The changes that store these people, and their tokens."""
    vault = plane.vault
    now = vault.moment()
    changes, tokens = [], []
    for number in numbers:
        operation = Store(Base(vault, FILLER, f"fill-{number}"), people.person(number), None, ())
        made = operation.prepare(Found(), now)
        changes.append(made.change)
        tokens.append(made.value[0])
    return changes, tokens


async def fill(config: settings.Settings, count: int, target: Path) -> None:
    """Stores people 0 to `count`; the file of tokens is whole or not there."""
    part = target.with_suffix(".part")
    async with running(config) as plane:
        store = plane.vault.store
        writer = getattr(store, "_writer", None)
        if isinstance(writer, apsw.Connection):
            writer.execute(CACHE)
        with part.open("w", encoding="ascii") as file:
            for start in range(0, count, PER_COMMIT):
                looked = await store.look([])
                numbers = range(start, min(start + PER_COMMIT, count))
                changes, tokens = prepared(plane, numbers)
                outcomes = await store.commit(changes, looked.as_of)
                assert all(isinstance(one, Committed) for one in outcomes)
                file.writelines(f"{token}\n" for token in tokens)
    part.rename(target)


def main() -> None:
    """Make the installation of the settings and fill it."""
    path = Path(sys.argv[1])
    config = settings.load(path)
    initialise(config)
    asyncio.run(fill(config, int(sys.argv[2]), path.with_name("tokens")))


if __name__ == "__main__":
    main()
