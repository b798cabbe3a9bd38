"""Canaries: values that nobody else has, each under a label that a report may show.

    # shopward canaries
    guest.email=qzkvwmtrpa@example.com
    guest.email=qzkvwmtrpa

A label that stands twice is one canary with two values, either of which gives it away: a mail
address and the part before the `@`, a street and the rare word in it.

- The file has mode 0600. Values do not appear in `repr`, errors or reports.
- A value shorter than six letters or digits is refused: it would be found by chance.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shopward.errors import InvalidError, NotFoundError
from shopward.sources.durable import replace_durably

LEAST_CHARS: Final = 6
_HEAD: Final = "# shopward canaries: keep this file from everybody, and remove it when it is done"
_LETTERS: Final = "bcdfghjkmnpqrtvwxyz"
_MAX_BYTES: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted value, and what of it gives it away.

    Attributes:
        label: What a report calls it.
        values: The value first, then rare parts of it.
    """

    label: str
    values: tuple[str, ...] = field(repr=False)


def _mark() -> str:
    """Ten letters that nobody has in a name: 19^10, about 2^42."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _capitals(count: int) -> str:
    return "".join(secrets.choice("ABDEFGHJLNPQRSTUWXYZ") for _ in range(count))


def _with_mark(shape: str) -> Callable[[], tuple[str, ...]]:
    def make() -> tuple[str, ...]:
        mark = _mark()
        return shape.format(mark, mark.title()), mark

    return make


KINDS: Final[Mapping[str, Callable[[], tuple[str, ...]]]] = {
    "mail": _with_mark("{0}@example.com"),
    "name": _with_mark("{1}"),
    "street": _with_mark("77 {1} Row"),
    "text": _with_mark("please ring {0} twice"),
    "password": lambda: (f"{_mark()}-{_digits(3)}-{_mark()}",),
    "phone": lambda: (f"+4420{7_000_0000 + secrets.randbelow(1_000_0000)}",),
    "postcode": lambda: (f"{_capitals(2)}{_digits(1)}{_capitals(1)} {_digits(1)}{_capitals(2)}",),
}
"""What a recipe may ask for; phones and postcodes have a British form."""


def made(label: str, kind: str) -> Canary:
    """A new canary of a kind."""
    return Canary(label, KINDS[kind]())


def load(path: Path) -> list[Canary]:
    """The canaries of a file.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: A line is none, or a value would be found by chance.
    """
    if not path.is_file():
        raise NotFoundError(f"There is no file {path.name}", hint="Check the path for a mistake.")
    text = path.read_bytes()[:_MAX_BYTES].decode("utf-8", "replace")
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            label, value = _pair(line, f"{path.name}, line {number}")
            found.setdefault(label, []).append(value)
    if not found:
        raise InvalidError(
            f"{path.name} holds no canary", hint="Write one a line, such as guest.email=VALUE."
        )
    return [Canary(label, tuple(values)) for label, values in found.items()]


def _pair(line: str, where: str) -> tuple[str, str]:
    label, equals, value = (part.strip() for part in line.partition("="))
    is_label = label.replace(".", "").replace("-", "").replace("_", "").isalnum()
    if not equals or not is_label or len(label) > 60:
        raise InvalidError(
            f"{where}: this is no canary", hint="Write one a line, such as guest.email=VALUE."
        )
    if sum(letter.isalnum() for letter in value) < LEAST_CHARS:
        raise InvalidError(
            f"{where}: {label} would be found by chance",
            hint=f"Plant values with {LEAST_CHARS} letters or digits at least, that nobody has.",
        )
    return label, value


def save(path: Path, canaries: Iterable[Canary]) -> None:
    """Write canaries to a file that its owner alone reads."""
    lines = [f"{one.label}={value}" for one in canaries for value in one.values]
    replace_durably(path, "\n".join([_HEAD, *lines, ""]).encode())
