"""V3: a hundred new customers per request, sealed, indexed and entered before the answer leaves.

`POST /v1/records/batch` of ten fields with two unique indexes, 8 connections, counted in records.
The floor writes the bytes that the product keeps of a customer, the ledger's too, into a copy of
its file by `executemany`, 1,000 customers a commit and as durable, in this process: no HTTP, no
JSON, no crypto. For `V3` they are one row and two rows of an index, as a shop without a vault would
keep them; for `V3b` they are the product's own rows in the product's own tables.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count, cycle, islice
from os import urandom
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks import calls, pairing, people, product
from benchmarks.report import Row, higher
from benchmarks.scale import Scale, ScaleError
from benchmarks.stage import Stage, newcomer, took_in
from benchmarks.v4_bulk_reveal import floor_of
from shopward import clock
from shopward.api.wire import Stored
from shopward.store import HOUSE
from shopward.store.schema import connect
from shopward.vault.tokens import new_subject_id

ID = "V3"
WORK = "bulk store, 100 a call, 8 connections, against one bare row each in SQLite"
SAME_ID = "V3b"
SAME_WORK = "the same against the product's own rows in SQLite"
GOAL = 0.40
CONNECTIONS = 8
PER_CALL = 100
PER_COMMIT = 1000
PATH = "/v1/records/batch"
SAMPLED = 1000

PLAIN = (
    "CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS plain_index (digest BLOB PRIMARY KEY, id INT) WITHOUT ROWID",
)

Rows = dict[str, list[tuple[Any, ...]]]
"""Rows by table."""


class Floor:
    """A copy of the product's file, into which rows like its own are written.

    Raises:
        ScaleError: The product is not on SQLite.
    """

    def __init__(self, vault: product.Product) -> None:
        if vault.url is not None:
            raise ScaleError("the floors of V3 are SQLite files")
        self._connection = connect(Path(floor_of(vault)))
        for sql in PLAIN:
            self._connection.execute(sql)
        leaves = self._read("SELECT * FROM leaf WHERE subject <> ? LIMIT ?", HOUSE, SAMPLED)
        self._samples = [self._sample(leaf) for leaf in leaves]
        self._position = self._read("SELECT max(position) + 1 FROM leaf")[0][0]

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def _sample(self, leaf: tuple[Any, ...]) -> Rows:
        sample = {
            table: self._read(f"SELECT * FROM {table} WHERE subject = ?", leaf[2])
            for table in ("subject", "record", "alias")
        }
        return {**sample, "leaf": [leaf]}

    def same(self, customers: int) -> Rows:
        """The product's rows for so many new customers, under keys that there are not yet."""
        fresh: Rows = {table: [] for table in self._samples[0]}
        for sample in islice(cycle(self._samples), customers):
            subject = new_subject_id(clock.now())
            fresh["subject"] += [(subject, *row[1:]) for row in sample["subject"]]
            fresh["record"] += [(subject, *row[1:]) for row in sample["record"]]
            fresh["alias"] += [(urandom(32), subject, *row[2:]) for row in sample["alias"]]
            fresh["leaf"] += [(self._position, row[1], subject, row[3]) for row in sample["leaf"]]
            self._position += 1
        return fresh

    def plain(self, customers: int) -> Rows:
        """All bytes of a customer in one row, and two rows to find it by."""
        fresh: Rows = {"plain": [], "plain_index": []}
        for sample in islice(cycle(self._samples), customers):
            rows = [row for of_table in sample.values() for row in of_table]
            parts = [part for row in rows for part in row if isinstance(part, bytes)]
            fresh["plain"].append((self._position, b"".join(parts)))
            fresh["plain_index"] += [(urandom(32), self._position) for _ in range(2)]
            self._position += 1
        return fresh

    def write(self, make: Callable[[int], Rows], customers: int) -> float:
        """Writes so many, 1,000 a commit; customers per second, without making their rows."""
        commits = [make(PER_COMMIT) for _ in range(max(1, customers // PER_COMMIT))]
        began = time.perf_counter()
        for rows in commits:
            with self._connection:
                for table, values in rows.items():
                    places = ", ".join("?" * len(values[0]))
                    sql = f"INSERT INTO {table} VALUES ({places})"
                    self._connection.executemany(sql, values)
        return len(commits) * PER_COMMIT / (time.perf_counter() - began)


class Item(msgspec.Struct):
    """One customer who was stored; a refused item has no `result` and does not decode."""

    result: Stored


class Batch(msgspec.Struct):
    """The answer to a batch in which nothing was refused."""

    items: list[Item]


def newcomers(credential: str, first: int) -> calls.Stream:
    """Requests of a hundred people each from a number on, each person only once."""
    return calls.Stream(
        calls.post(PATH, credential, body(start)) for start in count(first, PER_CALL)
    )


def body(start: int) -> dict[str, list[dict[str, dict[str, str]]]]:
    """One request's people."""
    numbers = range(start, start + PER_CALL)
    return {"items": [{"fields": people.person(number)} for number in numbers]}


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Let the product and the bare rows take turns."""
    with stage.running(scale) as vault:
        first = newcomer(vault.home, scale.customers)
        took_in(vault.home, scale.customers, PER_CALL)
        vault.call(PATH, body(first), Batch)  # nothing of it is refused
        stores = newcomers(vault.credential, first + PER_CALL)
        try:
            with product.entering(vault, stores, PER_CALL):
                floor = Floor(vault)
                forms = ((ID, WORK, floor.plain), (SAME_ID, SAME_WORK, floor.same))
                return [
                    _against(*form, floor, pairing.Side(vault.server, stores, PER_CALL), effort).on(
                        scale
                    )
                    for form in forms
                ]
        finally:
            took_in(vault.home, scale.customers, stores.given * PER_CALL)


def _against(
    name: str,
    work: str,
    make: Callable[[int], Rows],
    floor: Floor,
    side: pairing.Side,
    effort: pairing.Effort,
) -> Row:
    calls_a_turn = pairing.calibrate(side, CONNECTIONS, replace(effort, least=CONNECTIONS))
    customers = round(floor.write(make, PER_COMMIT) * effort.turn_s)
    bare: list[float] = []
    taken: list[pairing.Turn] = []
    for _ in range(effort.rounds):
        bare.append(floor.write(make, customers))
        taken.append(pairing.take(side, CONNECTIONS, calls_a_turn))
    ratios = [turn.per_s / rate for turn, rate in zip(taken, bare, strict=True)]
    cpu = median(turn.cpu_us for turn in taken)
    detail = (
        f"product {pairing.spread([turn.per_s for turn in taken])} customers/s, server CPU "
        f"{cpu:.0f} us each; floor {pairing.spread(bare)} customers/s; ratio "
        f"{pairing.spread(ratios, '.3f')} over {effort.rounds} pairs of {effort.turn_s:g} s"
    )
    bound = f"product: {pairing.bound_by(taken)}; floor: one thread, with its disk"
    return higher(name, work, median(ratios), GOAL, detail=detail, bound_by=bound)
