"""`shopward request`: what customers ask of the shop, seen and dealt with by a person."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward.cli import certificates, connection, credentials, options, terminal
from shopward.cli.freezes import door
from shopward.cli.options import FILE, manual
from shopward.errors import InvalidError, NotFoundError
from shopward.policy.parse import load as load_policy
from shopward.vault.requests import ACCESS, ERASURE

if TYPE_CHECKING:
    from shopward_client import Client
    from shopward_client.asked import RequestRow

PURPOSE = "access"
USUAL = "privacy"


@click.group("request")
def request_verb() -> None:
    """What customers ask: to see their data, to have it erased.

    A shop's webhook files requests; a person deals with them and closes them.
    """


ask_as = click.option("--caller", "ask_as", metavar="NAME", help="Ask as this caller.")


@request_verb.command("list")
@ask_as
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, ask_as: str | None, as_json: bool) -> None:
    """List the requests that are open."""
    with door(config, ask_as) as client:
        known = client.requests()
    if as_json:
        terminal.document(asdict(known))
        return
    terminal.table(
        ("request", "customer"),
        [(f"{one.type}:{one.id}", one.subject or "the whole shop") for one in known.requests],
    )
    if known.more:
        terminal.say("there are more than these")


@request_verb.command(
    "export",
    epilog=manual(example=("shopward request export access-request:web-5f0c91 --to ada.json",)),
)
@click.argument("request", metavar="TYPE:ID")
@click.option("--to", type=FILE, required=True, help="The file to write, for the customer.")
@options.caller(USUAL)
@click.pass_obj
def export(config: Path | None, *, request: str, to: Path, caller: str | None) -> None:
    """Write all that the policy lets a request for access see into a file.

    It is revealed for the purpose `access`, which rests on the open request itself. Close the
    request when the customer has the file.
    """
    house = connection.settings_of(config)
    role = credentials.choose(house, caller, USUAL).role or USUAL
    scope = load_policy(house.policy).scopes.get((role, PURPOSE))
    if scope is None:
        raise InvalidError(
            f"The policy lets `{role}` see nothing for `{PURPOSE}`.",
            hint="Add an [[allow]] for it; policy.example.toml has one.",
            field="purpose",
        )
    with connection.as_caller(config, caller, USUAL) as client:
        found = _open(client, request, ACCESS)
        seen = client.reveal(found.subject or "", list(scope.rules), purpose=PURPOSE, fact=request)
    fields = {name: value for name, value in seen.fields.items() if value is not None}
    document = {"format": "shopward-access/v1", "request": request, "fields": fields}
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=2)
        file.write("\n")
    terminal.pairs({"customer": found.subject, "fields": len(fields), "file": to})
    terminal.say(f"next: give it to the customer, then `shopward request close {request}`")


@request_verb.command("erase")
@click.argument("request", metavar="TYPE:ID")
@click.option("--certificate", type=FILE, help="Write the certificate of the erasure here.")
@options.yes
@options.caller(USUAL)
@click.pass_obj
def erase(
    config: Path | None, *, request: str, certificate: Path | None, yes: bool, caller: str | None
) -> None:
    """Erase the customer who asked for it, but for what a law keeps.

    What stays, until when and on what ground is shown; the request goes with the customer.
    """
    with connection.as_caller(config, caller, USUAL) as client:
        found = _open(client, request, ERASURE)
        terminal.confirm(f"Erase {found.subject}?", yes=yes)
        gone = client.erase(found.subject or "")
        stays = [f"{one.name} until {one.until[:10]}, {one.ground}" for one in gone.stays]
        terminal.pairs(
            {
                "erased": ", ".join(gone.classes),
                "stays": "; ".join(stays) or None,
                "entry": gone.receipt.index,
            }
        )
        if certificate is not None:
            certificates.write(certificates.fetch(client, gone.receipt.index), certificate, None)


@request_verb.command("close")
@click.argument("request", metavar="TYPE:ID")
@click.option(
    "--how",
    type=click.Choice(["done", "refused", "not-ours"]),
    default="done",
    show_default=True,
    help="What came of it.",
)
@ask_as
@click.pass_obj
def close(config: Path | None, *, request: str, how: str, ask_as: str | None) -> None:
    """Say that a request is dealt with."""
    kind, _, identifier = request.partition(":")
    with door(config, ask_as) as client:
        done = client.close_request(kind, identifier, how)
    terminal.say(f"this is entry {done.receipt.index} of the ledger")


def _open(client: Client, request: str, kind: str) -> RequestRow:
    """The open request of this name.

    Raises:
        NotFoundError: There is none, or it is of another kind.
    """
    for one in client.requests().requests:
        if f"{one.type}:{one.id}" == request and one.type == kind and one.subject:
            return one
    raise NotFoundError(
        f"There is no open {kind} of this name.",
        hint="`shopward request list` shows those that are open.",
    )
