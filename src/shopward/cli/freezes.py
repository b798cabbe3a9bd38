"""`shopward freeze` and `unfreeze`: stop looks at a customer, or of a caller, for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shopward import clock
from shopward.cli import connection, options, terminal, times
from shopward.cli.callers import living
from shopward.cli.options import SUBJECT, manual
from shopward.policy.freeze import STOPPABLE

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from shopward_client import Client
    from shopward_client.answers import Frozen, Thawed


@click.group("freeze")
def freeze_verb() -> None:
    """Stop reveals, searches and updates for a while.

    A freeze always ends, after 90 days at the latest; freezing again renews it. It is asked for at
    the operator's socket, or with --caller by a caller whose role may `freeze`.
    """


@click.group("unfreeze")
def unfreeze_verb() -> None:
    """End a freeze before its time."""


def _how(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a freeze."""
    for option in (
        click.option("--caller", "ask_as", metavar="NAME", help="Ask as this caller."),
        click.option("--note", help="One line for the ledger. No personal data."),
        click.option("--reason", required=True, metavar="SLUG", help="Why, such as stolen-key."),
        click.option(
            "--stop",
            "stops",
            multiple=True,
            type=click.Choice(STOPPABLE),
            help="What it stops; repeatable. Default: reveal, search, update.",
        ),
        click.option("--for", "span", metavar="SPAN", help="How long: 30m, 12h or 7d."),
        click.option("--until", metavar="TIME", help="RFC 3339, with a zone."),
    ):
        command = option(command)
    return command


@freeze_verb.command(
    "subject",
    epilog=manual(
        SUBJECT,
        example=("shopward freeze subject external:1041 --for 7d --reason account-taken-over",),
    ),
)
@click.argument("subject")
@_how
@click.pass_obj
def freeze_subject(config: Path | None, /, subject: str, **how: Any) -> None:  # noqa: ANN401
    """Freeze a customer."""
    _freeze(config, how, subject=subject)


@freeze_verb.command("caller")
@click.argument("caller", metavar="NAME|ID")
@_how
@click.pass_obj
def freeze_caller(config: Path | None, /, caller: str, **how: Any) -> None:  # noqa: ANN401
    """Freeze a caller: its credential stays, what it may do stops.

    A name is looked up at the operator's socket; with --caller give the id.
    """
    _freeze(config, how, caller=caller)


@freeze_verb.command("list")
@click.option("--caller", "ask_as", metavar="NAME", help="Ask as this caller.")
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, ask_as: str | None, as_json: bool) -> None:
    """List every freeze that stands."""
    with door(config, ask_as) as client:
        known = client.freezes()
    if as_json:
        terminal.document(asdict(known))
        return
    terminal.table(
        ("frozen", "until", "stops", "reason"),
        [
            (one.subject or one.caller, one.until, ",".join(one.stops), one.reason)
            for one in known.freezes
        ],
    )
    if known.more:
        terminal.say("there are more than these")


@unfreeze_verb.command("subject")
@click.argument("token")
@click.option("--caller", "ask_as", metavar="NAME", help="Ask as this caller.")
@click.pass_obj
def unfreeze_subject(config: Path | None, *, token: str, ask_as: str | None) -> None:
    """Thaw a customer, given by the token that `freeze list` shows."""
    with door(config, ask_as) as client:
        _tell(client.thaw(token))


@unfreeze_verb.command("caller")
@click.argument("caller", metavar="NAME|ID")
@click.option("--caller", "ask_as", metavar="NAME", help="Ask as this caller.")
@click.pass_obj
def unfreeze_caller(config: Path | None, *, caller: str, ask_as: str | None) -> None:
    """Thaw a caller."""
    with door(config, ask_as) as client:
        _tell(client.thaw(_id(client, caller, ask_as)))


def _freeze(config: Path | None, how: dict[str, Any], **whom: str) -> None:
    ask_as = how["ask_as"]
    until = _until(how["until"], how["span"])
    with door(config, ask_as) as client:
        if "caller" in whom:
            whom["caller"] = _id(client, whom["caller"], ask_as)
        stops = how["stops"] or None
        frozen = client.freeze(
            until=until, reason=how["reason"], note=how["note"], stops=stops, **whom
        )
    _tell(frozen, until=frozen.until, stops=",".join(frozen.stops))


def _tell(answer: Frozen | Thawed, **more: str) -> None:
    whom = {"subject": answer.subject, "caller": answer.caller}
    terminal.pairs({name: one for name, one in whom.items() if one} | more)
    terminal.say(f"this is entry {answer.receipt.index} of the ledger")


def door(config: Path | None, ask_as: str | None) -> AbstractContextManager[Client]:
    """Asks as this caller, or as the operator."""
    if ask_as is None:
        return connection.as_operator(config)
    return connection.as_caller(config, ask_as, ask_as)


def _id(client: Client, caller: str, ask_as: str | None) -> str:
    """A caller's id; only the operator may look a name up."""
    return living(client, caller).id if ask_as is None else caller


def _until(until: str | None, span: str | None) -> datetime:
    """When a freeze ends.

    Raises:
        click.UsageError: Neither or both were given, or they cannot be read.
    """
    if (until is None) == (span is None):
        raise click.UsageError("Give either --until TIME or --for SPAN.")
    if span is not None:
        return clock.now() + times.span(span, "--for")
    return times.moment(until or "", "--until")
