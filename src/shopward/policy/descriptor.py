"""What a table and a key of `policy.toml` are: the form in which `keys` describes them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class Kind(StrEnum):
    """The shape of a value; the text is what the documentation calls it."""

    LINE = "text on one line"
    TEXT = "text, or one text per language"
    INTEGER = "a whole number"
    BOOLEAN = "`true` or `false`"
    CHOICE = "a known word"
    CHOICES = "a list of known words"
    NAME = "a name"
    NAMES = "a list of names"
    SLUG = "a short name"
    CLAUSES = "a list of clauses"
    ZONE = "an IANA time zone"
    LANGUAGES = "a list of languages"
    HOURS = "two times of day"
    COUNTRY = "a country code"


class Shape(Enum):
    """How often a table is written: `[shop]`, `[fields.NAME]` or `[[allow]]`."""

    ONCE = auto()
    NAMED = auto()
    LIST = auto()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table. Required unless `default` says in TOML what stands in its absence.

    `refers` is the table whose names it takes, `choices` the words it takes, `bounds` the least
    and greatest number; with `star`, `"*"` stands for all of them.
    """

    name: str
    kind: Kind
    says: str
    example: str
    default: str | None = None
    refers: str = ""
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] = (0, 0)
    star: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file with all its keys."""

    name: str
    shape: Shape
    says: str
    keys: tuple[Key, ...]

    @property
    def header(self) -> str:
        """The table as a person writes it."""
        return {
            Shape.ONCE: f"[{self.name}]",
            Shape.NAMED: f"[{self.name}.NAME]",
            Shape.LIST: f"[[{self.name}]]",
        }[self.shape]
