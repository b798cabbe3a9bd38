"""The product without HTTP: one vault in this process, its operations settled on its own loop.

    python -m benchmarks.inside SETTINGS        takes turns, see `turns`

Every record is sealed, indexed and entered; every read is decided by the policy, opened and
entered. What belongs to one commit is handed over together and is on the disk before the next.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from benchmarks import people, product
from benchmarks.turns import Took, Turn
from shopward import settings
from shopward.api.plane import Plane
from shopward.api.server import running
from shopward.vault.caller import Caller
from shopward.vault.details import TOKEN_FIELD
from shopward.vault.keep import Store
from shopward.vault.operation import Base, Operation
from shopward.vault.reveal import Reveal

FIELDS = tuple(people.person(0))


def storing(
    plane: Plane, caller: Caller, numbers: range, made: dict[int, dict[str, str]]
) -> list[Operation]:
    """One operation for each new customer."""
    return [
        Store(Base(plane.vault, caller, f"store-{number}"), made[number], None, ())
        for number in numbers
    ]


def reading(
    plane: Plane, caller: Caller, numbers: range, tokens: dict[int, str]
) -> list[Operation]:
    """One operation for each customer who is read, all ten fields."""
    vault = plane.vault
    return [
        Reveal(
            Base(vault, caller, f"read-{number}"),
            vault.token_digest(TOKEN_FIELD, tokens[number]),
            tokens[number],
            FIELDS,
            "fulfil",
            None,
        )
        for number in numbers
    ]


async def take(plane: Plane, caller: Caller, turn: Turn, tokens: dict[int, str]) -> float:
    """One turn; its seconds. What was read must be what was stored."""
    made = {number: people.person(number) for numbers in turn.groups() for number in numbers}
    began = time.perf_counter()
    for numbers in turn.groups():
        if turn.work == "store":
            done = await plane.settler.settle(storing(plane, caller, numbers, made))
            tokens |= {at: one.value[0] for at, one in zip(numbers, done, strict=True)}
        else:
            done = await plane.settler.settle(reading(plane, caller, numbers, tokens))
            assert [one.value[1] for one in done] == [made[number] for number in numbers]
    return time.perf_counter() - began


async def main(path: Path) -> None:
    """Take turns until nobody asks for another."""
    tokens: dict[int, str] = {}
    credential = product.caller(path)
    async with running(settings.load(path)) as plane:
        caller = plane.callers.authenticate(f"Bearer {credential}".encode())
        seconds = 0.0
        while True:
            print(msgspec.json.encode(Took(seconds)).decode(), flush=True)
            line = await asyncio.to_thread(sys.stdin.readline)
            if not line:
                return
            seconds = await take(plane, caller, msgspec.json.decode(line, type=Turn), tokens)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
