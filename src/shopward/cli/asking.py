"""What every verb on customers shares: who asks, in what form it answers, and its receipt.

`asking("shop")` gives a verb the options --caller, --receipt and --json, and hands
them over as one `Asking`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopward.cli import connection, options, terminal

if TYPE_CHECKING:
    from shopward_client import Client
    from shopward_client.answers import (
        Erased,
        FactPut,
        Found,
        Receipt,
        Revealed,
        Stored,
        Updated,
    )
    from shopward_client.matches import Matches

    Answer = Stored | Revealed | Found | Matches | Updated | Erased | FactPut


@dataclass(frozen=True, slots=True)
class Asking:
    """How one command asks and answers.

    Attributes:
        config: `--config`.
        caller: `--caller`; None asks as `usual`.
        usual: The local caller that usually uses the verb.
        receipt: `--receipt`: where the receipt document goes.
        as_json: `--json`.
    """

    config: Path | None
    caller: str | None
    usual: str
    receipt: Path | None
    as_json: bool

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client that asks as the caller; a refusal's receipt is kept before it goes on."""
        door = connection.as_caller(self.config, self.caller, self.usual)
        with door as client, self.keeping(client):
            yield client

    @contextmanager
    def keeping(self, client: Client) -> Iterator[None]:
        """Keep the receipt of a refusal, then let it go on."""
        from shopward_client import ShopwardError

        try:
            yield
        except ShopwardError as refused:
            if refused.receipt:
                self.keep(client, refused.receipt)
            raise

    def show(self, client: Client, answer: Answer, members: Mapping[str, object]) -> None:
        """Print an answer, then `keep` its receipt."""
        if self.as_json:
            terminal.document(asdict(answer))
        else:
            terminal.pairs(members)
        self.keep(client, answer.receipt)

    def keep(self, client: Client, receipt: Receipt) -> None:
        """Say which entry it is, and write its receipt if that is wanted."""
        terminal.say(f"this is entry {receipt.index} of the ledger")
        if self.receipt:
            write_receipt(self.receipt, client.receipt(receipt.index).to_json())


def asking(usual: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a verb the shared options; it gets an `Asking` as its first argument."""

    def decorate(verb: Callable[..., Any]) -> Callable[..., Any]:
        @options.receipt
        @options.caller(usual)
        @options.as_json
        @click.pass_obj
        def command(
            config: Path | None,
            /,
            *,
            caller: str | None,
            receipt: Path | None,
            as_json: bool,
            **others: Any,  # noqa: ANN401 - the verb's own options
        ) -> None:
            verb(Asking(config, caller, usual, receipt, as_json), **others)

        return functools.update_wrapper(command, verb)

    return decorate


def write_receipt(file: Path, document: str) -> None:
    """Write a receipt document, readable by its owner alone: it may name a customer."""
    from shopward.sources.durable import replace_durably

    replace_durably(file, document.encode())
    terminal.say(f"the receipt is in {file}")
