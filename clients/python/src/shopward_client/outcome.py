"""What a batch answers: one outcome per item, in the order asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from shopward_client.answers import Problem
from shopward_client.call import Answer
from shopward_client.decode import decode, parse_json
from shopward_client.errors import ShopwardError, UnexpectedAnswerError, from_problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """One item's fate: a `result`, or the `problem` that the single form would have raised."""

    status: int
    reference: str | None
    result: T | None
    problem: ShopwardError | None

    def unwrap(self) -> T:
        """Give the result.

        Raises:
            ShopwardError: The item's problem.
        """
        if self.problem is not None:
            raise self.problem
        if self.result is None:
            raise UnexpectedAnswerError("The item has neither result nor problem.")
        return self.result


@dataclass(frozen=True, slots=True)
class Batch(Sequence[Outcome[T]]):
    """Outcomes in request order; `checkpoint` is a signed head that covers all their receipts."""

    outcomes: tuple[Outcome[T], ...]
    checkpoint: str

    @overload
    def __getitem__(self, index: int) -> Outcome[T]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Outcome[T], ...]: ...
    def __getitem__(self, index: int | slice) -> Outcome[T] | tuple[Outcome[T], ...]:
        return self.outcomes[index]

    def __len__(self) -> int:
        return len(self.outcomes)

    def __iter__(self) -> Iterator[Outcome[T]]:
        return iter(self.outcomes)


@dataclass(frozen=True, slots=True)
class _Row:
    status: int
    reference: str | None = None
    result: object = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Rows:
    items: tuple[_Row, ...]
    checkpoint: str


def read_batch(kind: type[T], answer: Answer, asked: int) -> Batch[T]:
    """Read a batch answer.

    Args:
        kind: The type of each result.
        answer: What the vault said.
        asked: How many items were sent.

    Raises:
        UnexpectedAnswerError: Another number of outcomes came back, or one is malformed.
    """
    rows = decode(_Rows, parse_json(answer.body))
    if len(rows.items) != asked:
        raise UnexpectedAnswerError("The answer has not one outcome per item.", field="items")
    return Batch(tuple(_outcome(kind, row) for row in rows.items), rows.checkpoint)


def _outcome(kind: type[T], row: _Row) -> Outcome[T]:
    if row.problem is not None:
        return Outcome(row.status, row.reference, None, from_problem(row.problem))
    return Outcome(row.status, row.reference, decode(kind, row.result, "result"), None)
