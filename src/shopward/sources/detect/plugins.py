"""Recognisers of names in running text, from other distributions: optional, and off unless asked.

A distribution offers one in the entry point group `shopward.free_text`: a function without
arguments that gives a function from a text to the kinds it holds.

    [project.entry-points."shopward.free_text"]
    mine = "mine:recogniser"            # recogniser()("Ask for Ada") -> ["name"]

What it says is evidence like any other, and weaker than what passed a validator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import entry_points
from typing import Final

from shopward.errors import InvalidError

GROUP: Final = "shopward.free_text"
Recogniser = Callable[[str], Iterable[str]]


def load(name: str) -> Recogniser:
    """The recogniser of that name.

    Raises:
        InvalidError: There is none, or what it needs is not installed.
    """
    offered = {point.name: point for point in entry_points(group=GROUP)}
    if name not in offered:
        raise InvalidError(
            f"There is no recogniser of that name; there are: {', '.join(sorted(offered))}",
            hint="Install the distribution that offers it beside Shopward.",
        )
    try:
        made: Recogniser = offered[name].load()()
    except ImportError as error:
        raise InvalidError(
            f"The recogniser {name} needs {error.name}, which is not installed",
            hint="docs/operations/discover.md says what to install for names in free text.",
        ) from None
    return made
