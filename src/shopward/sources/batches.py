"""A plan's rows in batches to send, the same ones whenever they are asked for.

A batch covers the rows `first_row` up to `next_row`, good and bad alike, so that reading can be
taken up again at any row. It sends nothing; `journal` remembers how far the sending came.

- One batch in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from shopward.errors import InvalidError
from shopward.sources.items import Item, Reject, read_item, with_country_codes
from shopward.sources.plan import Plan
from shopward.sources.rows import BadRow, Row


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in order.

    Attributes:
        first_row: The number of its first row, from 0.
        next_row: The number of the row after it.
        first_line: The line its first row starts on, from 1.
        last_line: The line its last row starts on.
        items: The customers to store; personal data, hidden from `repr`.
        rejects: The rows that are not taken.
    """

    first_row: int
    next_row: int
    first_line: int
    last_line: int
    items: tuple[Item, ...] = field(repr=False)
    rejects: tuple[Reject, ...]


def batches(plan: Plan, start: int, size: int) -> Iterator[Batch]:
    """The rows from number `start` (from 0) on, `size` to a batch; the last may be smaller.

    Raises:
        InvalidError: `start` is negative or `size` is below 1.
    """
    if start < 0 or size < 1:
        raise InvalidError("A batch needs a row number from 0 and a size from 1")
    stream = islice(plan.records(), start, None)
    while some := list(islice(stream, size)):
        yield _batch(plan, start, some)
        start += len(some)


def _batch(plan: Plan, start: int, some: list[Row | BadRow]) -> Batch:
    items: list[Item] = []
    rejects: list[Reject] = []
    for row in some:
        result = read_item(row, plan.mapping, plan.limits)
        if isinstance(result, Item) and isinstance(row, Row):
            items.append(with_country_codes(result, row, plan.mapping))
        elif isinstance(result, tuple):
            rejects.extend(result)
    lines = some[0].line, some[-1].line
    return Batch(start, start + len(some), *lines, tuple(items), tuple(rejects))
