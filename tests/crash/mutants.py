"""Vaults with one mistake each, to see that the judge finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from shopward.store.sqlite_writer import Writer


@contextmanager
def answers_early() -> Iterator[None]:
    """A group is made durable only when the next one comes, and answered before."""
    begin = Writer.begin

    def begin_after_the_last(self: Writer, *rest: Any) -> Any:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        return begin(self, *rest)

    with (
        mock.patch.object(Writer, "begin", begin_after_the_last),
        mock.patch.object(Writer, "commit"),
    ):
        yield


@contextmanager
def writes_apart() -> Iterator[None]:
    """Records are committed in a transaction of their own, before their entries."""
    write: Callable[[Writer, Sequence[Any]], None] = Writer._execute_writes

    def write_and_commit(self: Writer, drafts: Sequence[Any]) -> None:
        write(self, drafts)
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")

    with mock.patch.object(Writer, "_execute_writes", write_and_commit):
        yield
