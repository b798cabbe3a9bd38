"""Options that several verbs share, so that they are called the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(path_type=Path, dir_okay=False)


def caller(usual: str) -> Callable[[Command], Command]:
    """`--caller NAME`, with the local caller that usually uses the verb."""
    return click.option(
        "--caller",
        metavar="NAME",
        help="The caller to ask as: its credential is read from callers/NAME.json beside "
        f"shopward.toml. Default: SHOPWARD_CREDENTIAL, then {usual}.",
    )


purpose = click.option("--purpose", metavar="NAME", help="What for, as the policy names it.")
fact = click.option(
    "--fact", metavar="TYPE:ID", help="What the purpose rests on, such as order:1042."
)
receipt = click.option(
    "--receipt",
    type=FILE,
    help="Write the receipt to this file, also after a refusal; it verifies offline.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
supervised = click.option("--supervised", "is_supervised", is_flag=True, hidden=True)
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")
password_file = click.option(
    "--password-file",
    type=FILE,
    metavar="FILE",
    help="Its first line is the password of the database's user; - asks on the terminal.",
)
values_file = click.option(
    "--from",
    "file",
    type=click.File("rb"),
    metavar="FILE",
    help="A JSON object of fields and values; - reads stdin.",
)
tokens = click.option(
    "--token",
    "tokens",
    multiple=True,
    metavar="FIELD",
    help="Give this field a token of its own; repeatable.",
)

SUBJECT = (
    "SUBJECT is the customer's token (`cus_…`), `external:ID` with the shop's own id, or "
    "`FIELD:VALUE` for a field with a unique index, such as email:ada@example.com."
)
VALUES = (
    "Other users of this machine can see the arguments of a running command. Where that matters, "
    "give the values as a JSON object with `--from FILE`, or `--from -` for stdin."
)


def password(file: Path | None) -> str | None:
    """What `--password-file` says."""
    if file is None:
        return None
    if str(file) == "-":
        asked: str = click.prompt("Password of the database's user", hide_input=True, err=True)
        return asked
    return file.read_text("utf-8").partition("\n")[0].rstrip("\r")


def manual(*paragraphs: str, example: Sequence[str] = ()) -> str:
    """The end of a verb's help: paragraphs, then commands to type, a line each.

    A backspace character tells click to leave the lines below it as they are.
    """
    lines = [f"  {line}" for line in example]
    shown = ["\n".join(("\b", "For example:", *lines))] if lines else []
    return "\n\n".join([*paragraphs, *shown])
