"""Fields and their values as a person gives them: arguments, or a JSON object in a file.

    email=ada@example.com first_name=Ada
    {"email": "ada@example.com", "first_name": "Ada"}

No message holds a value, an argument or a line of the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import BinaryIO

import click

MAX_BYTES = 1_048_576


def collect(arguments: Iterable[str], file: BinaryIO | None) -> dict[str, str]:
    """Fields to values, out of arguments and file together.

    Raises:
        click.UsageError: Nothing was given, a field was given twice, or the form is wrong.
    """
    pairs = [_pair(argument) for argument in arguments]
    pairs += _members(file) if file else []
    values = dict(pairs)
    if not values:
        raise click.UsageError("Give at least one FIELD=VALUE, or --from FILE.")
    if len(values) != len(pairs):
        raise click.UsageError("A field is given twice.")
    return values


def _pair(argument: str) -> tuple[str, str]:
    name, equals, value = argument.partition("=")
    if not equals or not name:
        raise click.UsageError("Write each value as FIELD=VALUE.")
    return name, value


def _members(file: BinaryIO) -> list[tuple[str, str]]:
    try:
        members = json.loads(file.read(MAX_BYTES))
    except ValueError:
        raise click.UsageError("--from: this is not JSON.") from None
    if not isinstance(members, dict) or not all(isinstance(one, str) for one in members.values()):
        raise click.UsageError("--from: write one JSON object of texts.")
    return list(members.items())
