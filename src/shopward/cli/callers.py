"""`shopward caller`: who may ask the data plane, added and revoked by the operator."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward.cli import connection, credentials, options, terminal
from shopward.errors import ConflictError, NotFoundError
from shopward.settings import Secret

if TYPE_CHECKING:
    from shopward_client import CallerRow, Client

CONTROL_PLANE = "control-plane"


@click.group("caller")
def caller_verb() -> None:
    """Callers: programs with a role and a credential.

    These verbs use the operator's socket, which only the user that runs the data plane can open.
    """


@caller_verb.command("add")
@click.argument("name")
@click.option("--role", help="What it may do: a role of the policy.")
@click.option(
    "--key",
    metavar="VKEY",
    help="Make it a control plane, which signs assertions with this key, instead of --role.",
)
@click.option(
    "--assurance",
    type=click.IntRange(1, 3),
    default=1,
    show_default=True,
    help="How surely its users are known: 2 is two factors, 3 a hardware-backed key.",
)
@click.option(
    "--clause",
    "clauses",
    multiple=True,
    metavar="CLAUSE",
    help="What its users fulfil, such as trained:pii; repeatable.",
)
@click.option(
    "--print",
    "printed",
    is_flag=True,
    help="Print the credential instead of keeping it in callers/NAME.json.",
)
@click.pass_obj
def add(
    config: Path | None,
    *,
    name: str,
    role: str | None,
    key: str | None,
    assurance: int,
    clauses: tuple[str, ...],
    printed: bool,
) -> None:
    """Make a caller and its credential, or a control plane.

    The credential is kept in callers/NAME.json beside shopward.toml, readable by you alone; the
    data plane keeps a digest and cannot show it again.
    """
    if (role is None) == (key is None):
        raise click.UsageError("Give either --role or --key.")
    if key is not None:
        with connection.as_operator(config) as client:
            plane = client.add_caller(name, CONTROL_PLANE, key=key)
        terminal.pairs({"id": plane.id, "name": plane.name, "role": plane.role})
        return
    path = credentials.path_of(connection.settings_of(config), name)
    if path.exists() and not printed:
        raise ConflictError(
            f"There is a credential in {path} already.",
            hint="Choose another name, or revoke that caller and remove the file.",
        )
    with connection.as_operator(config) as client:
        made = client.add_caller(name, role or "", assurance=assurance, clauses=clauses)
    credential = made.credential or ""
    if printed:
        terminal.data(credential)
        return
    credentials.save(path, name, made.role, Secret(credential))
    terminal.pairs({"id": made.id, "name": made.name, "role": made.role})
    terminal.say(f"its credential is in {path}")


@caller_verb.command("list")
@options.as_json
@click.pass_obj
def list_(
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """List every caller, revoked ones too."""
    with connection.as_operator(config) as client:
        known = client.callers()
    if as_json:
        terminal.document([asdict(one) for one in known])
        return
    terminal.table(
        ("id", "name", "role", "assurance", "clauses", "created", "revoked", "frozen"),
        [
            (
                one.id,
                one.name,
                one.role,
                one.assurance,
                " ".join(one.clauses) or "-",
                one.created,
                one.revoked or "-",
                one.frozen or "-",
            )
            for one in known
        ],
    )


@caller_verb.command("revoke")
@click.argument("caller", metavar="NAME|ID")
@click.pass_obj
def revoke(config: Path | None, *, caller: str) -> None:
    """Revoke a caller's credential, at once and for good."""
    with connection.as_operator(config) as client:
        found = living(client, caller)
        gone = client.revoke_caller(found.id)
    terminal.pairs({"revoked": gone.id, "entry": gone.receipt.index})
    path = credentials.path_of(connection.settings_of(config), found.name)
    if credentials.forget(path, gone.id):
        terminal.say(f"removed {path}")


def living(client: Client, caller: str) -> CallerRow:
    """The caller of this name or id.

    Raises:
        NotFoundError: There is none, or it is revoked.
        ConflictError: Several have the name.
    """
    known = [one for one in client.callers() if one.revoked is None]
    found = [one for one in known if caller in {one.id, one.name}]
    if not found:
        raise NotFoundError(
            "There is no such caller, or it is revoked already.",
            hint="`shopward caller list` shows every one.",
        )
    if len(found) > 1:
        raise ConflictError(
            "Several callers have this name.",
            hint="Give the id; `shopward caller list` has it.",
        )
    return found[0]
