"""V4: a hundred reveals per request, one receipt each, all on disk before the answer leaves.

`POST /v1/reveal/batch` of three of ten fields, 8 connections, counted in records. The
floor (`rows.py`) reads the same rows by the same statement from a copy of the same store and
answers the same fields still sealed, over the same HTTP server: no keys, no policy, no ledger.
"""

from __future__ import annotations

from itertools import cycle

import msgspec

from benchmarks import calls, pairing, people, product, rows
from benchmarks.report import Row
from benchmarks.scale import Scale
from benchmarks.servers import running_module
from benchmarks.stage import Stage
from shopward.api.wire import Revealed

ID = "V4"
WORK = "bulk reveal, 100 a call, one receipt each, 8 connections"
GOAL = 0.25
CONNECTIONS = 8
PER_CALL = 100
PATH = "/v1/reveal/batch"
FLOOR = "floor reads the same rows and answers them sealed: no keys, policy or ledger; "


def batches(credential: str, key: str, names: list[str]) -> list[bytes]:
    """Requests of a hundred items each, over all names."""
    asked = {"purpose": "account", "fields": product.ASKED}
    return [
        calls.post(
            PATH,
            credential,
            {"items": [{key: name, **asked} for name in names[start : start + PER_CALL]]},
        )
        for start in range(0, len(names), PER_CALL)
    ]


class Item(msgspec.Struct):
    """One item that was revealed; a refused one has no `result` and does not decode."""

    result: Revealed


class Batch(msgspec.Struct):
    """The answer to a batch in which nothing was refused."""

    items: list[Item]


def check(vault: product.Product) -> None:
    """One batch must come back with the values that were stored, in order.

    Raises:
        CallError: It does not.
    """
    asked = {"purpose": "account", "fields": product.ASKED}
    body = {"items": [{"subject": subject, **asked} for subject in vault.subjects[:PER_CALL]]}
    revealed = [item.result.fields for item in vault.call(PATH, body, Batch).items]
    stored = [people.person(number) for number in range(PER_CALL)]
    if revealed != [{name: one[name] for name in product.ASKED} for one in stored]:
        raise calls.CallError(f"{PATH} answered other values than those stored")


def measure(stage: Stage, scale: Scale, effort: pairing.Effort) -> list[Row]:
    """Pair the product with the reader of sealed rows."""
    with stage.running(scale) as vault:
        return [_against(vault, floor_of(vault), effort).on(scale)]


def floor_of(vault: product.Product) -> str:
    """What the floor reads: the product's database, or a copy of its file, which it has locked."""
    if vault.url is not None:
        return vault.url
    copied = vault.home / "floor.db"
    if not copied.exists():
        rows.copy(vault.store, copied)
    return str(copied)


def _against(vault: product.Product, floor: str, effort: pairing.Effort) -> Row:
    check(vault)
    sealed = batches(vault.credential, "digest", rows.digests(floor, product.SAMPLED))
    opened = batches(vault.credential, "subject", [vault.subjects[at] for at in vault.sample()])
    reveals = calls.Stream(cycle(opened))
    entering = product.entering(vault, reveals, PER_CALL)
    with running_module("benchmarks.rows", floor) as reader, entering:
        paired = pairing.pair(
            pairing.Side(reader, calls.Stream(cycle(sealed)), PER_CALL),
            pairing.Side(vault.server, reveals, PER_CALL),
            CONNECTIONS,
            effort,
        )
    check(vault)
    return paired.row(ID, WORK, GOAL, "records/s", note=FLOOR)
