"""Reads single values of a policy file by their descriptor and notes every mistake.

A value that is wrong is noted and left out; reading goes on, so that one run names them all.
Nothing here knows how tables hang together: that is `consistency`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import time
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from shopward.policy.descriptor import Key, Kind, Table
from shopward.policy.keys import SLUG
from shopward.policy.model import ANY, Text

Names = Mapping[str, Collection[str]]

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_CLAUSE: Final = re.compile(r"[a-z][a-z0-9-]{0,19}:[a-z0-9][a-z0-9-]{0,39}")
_LINE_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One table as read: where it stands, its name, and those of its values that are right."""

    at: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)

    def has(self, *keys: str) -> bool:
        """Whether all these values were given (or have a default) and are right."""
        return all(key in self.values for key in keys)


@dataclass(frozen=True, slots=True)
class Note:
    """Where a value stands, and where its mistakes are noted."""

    at: str
    mistakes: list[str]

    def __call__(self, wrong: str, remedy: str) -> None:
        """Note `table.key: what is wrong; remedy`."""
        self.mistakes.append(f"{self.at}: {wrong}; {remedy}")


def shown(value: object) -> str:
    """A value of the file, short and harmless on a terminal."""
    if isinstance(value, str):
        text = value if len(value) <= 40 else value[:39] + "…"
        return '"' + "".join(c if c.isprintable() else "?" for c in text) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else "a very large number"
    return {list: "a list", dict: "a table", float: "a decimal number"}.get(
        type(value), "a date or time"
    )


def suggestion(word: str, known: Collection[str]) -> str:
    """A remedy for a word that is not known: the closest ones, else the whole short list."""
    close = get_close_matches(word[:80], known, n=2, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(map(shown, close)) + "?"
    if not known:
        return "there is none yet: add one first"
    listed = sorted(known)
    more = f" and {len(listed) - 12} more" if len(listed) > 12 else ""
    return "it can be " + ", ".join(listed[:12]) + more


def read_row(table: Table, raw: object, row: Row, names: Names, mistakes: list[str]) -> Row:
    """Fill a row from its TOML table; notes unknown, missing and wrong keys."""
    if not isinstance(raw, dict):
        Note(row.at, mistakes)(f"{shown(raw)} is not a table", f"write {table.header}")
        return row
    known = {key.name: key for key in table.keys}
    for name in raw:
        if name not in known:
            Note(row.at, mistakes)(f"has no key {shown(name)}", suggestion(name, known))
    for name, key in known.items():
        value = read_value(key, raw.get(name), Note(f"{row.at}.{name}", mistakes), names)
        if value is not None:
            row.values[name] = value
    return row


def read_value(key: Key, raw: object, note: Note, names: Names) -> object | None:
    """The value of one key, None when it is absent without need or wrong (and noted)."""
    if raw is None:
        if key.default is None:
            note("is missing", f"add for example {key.name} = {key.example}")
        return None
    return _READERS[key.kind](raw, key, note, names)


def _expects(key: Key, raw: object, note: Note) -> None:
    note(f"{shown(raw)} is not {key.kind}", f"write for example {key.name} = {key.example}")


def _line(raw: object, key: Key, note: Note, _names: Names) -> str | None:
    if isinstance(raw, str) and raw.strip() and raw.isprintable() and len(raw) <= _LINE_CHARS:
        return raw
    _expects(key, raw, note)
    return None


def _text(raw: object, key: Key, note: Note, names: Names) -> Text | None:
    by_language = raw if isinstance(raw, dict) else {"": raw}
    if not by_language:
        _expects(key, raw, note)
        return None
    said = [(lang, _line(words, key, note, names)) for lang, words in by_language.items()]
    good = tuple((lang, words) for lang, words in said if words is not None)
    return Text(good) if good else None


def _integer(raw: object, key: Key, note: Note, _names: Names) -> int | None:
    least, most = key.bounds
    if not isinstance(raw, int) or isinstance(raw, bool):
        _expects(key, raw, note)
    elif not least <= raw <= most:
        note(f"{shown(raw)} is out of range", f"write a number from {least} to {most}")
    else:
        return raw
    return None


def _boolean(raw: object, key: Key, note: Note, _names: Names) -> bool | None:
    if isinstance(raw, bool):
        return raw
    _expects(key, raw, note)
    return None


def _word(raw: object, key: Key, note: Note, known: Collection[str]) -> str | None:
    if not isinstance(raw, str):
        _expects(key, raw, note)
    elif raw not in known:
        note(f"{shown(raw)} is not known", suggestion(raw, known))
    else:
        return raw
    return None


def _words(raw: object, key: Key, note: Note, known: Collection[str]) -> tuple[str, ...] | None:
    """A list of known words, each once; the right ones, so that rules can look at those."""
    if not isinstance(raw, list):
        _expects(key, raw, note)
        return None
    good = tuple(word for one in raw if (word := _word(one, key, note, known)) is not None)
    _each_once(good, note)
    return good


def _each_once(words: tuple[str, ...], note: Note) -> bool:
    twice = sorted({word for word in words if words.count(word) > 1})
    for word in twice:
        note(f"{shown(word)} stands there twice", "write it once")
    return not twice


def _choice(raw: object, key: Key, note: Note, _names: Names) -> str | None:
    return _word(raw, key, note, key.choices)


def _choices(raw: object, key: Key, note: Note, _names: Names) -> tuple[str, ...] | None:
    return _words(raw, key, note, key.choices)


def _name(raw: object, key: Key, note: Note, names: Names) -> str | None:
    return ANY if key.star and raw == ANY else _word(raw, key, note, names[key.refers])


def _some_names(raw: object, key: Key, note: Note, names: Names) -> tuple[str, ...] | str | None:
    if key.star and raw == ANY:
        return ANY
    if raw == []:
        note("the list is empty", f"write for example {key.name} = {key.example}")
        return None
    return _words(raw, key, note, names[key.refers])


def _slug(raw: object, key: Key, note: Note, _names: Names) -> str | None:
    if isinstance(raw, str) and re.fullmatch(SLUG, raw):
        return raw
    _expects(key, raw, note)
    return None


def _each_like(pattern: re.Pattern[str], raw: object, key: Key, note: Note) -> list[str] | None:
    """A list of words of one form, each once."""
    if not isinstance(raw, list):
        _expects(key, raw, note)
        return None
    odd = [one for one in raw if not isinstance(one, str) or not pattern.fullmatch(one)]
    for one in odd:
        note(f"{shown(one)} does not fit", f"write for example {key.name} = {key.example}")
    return None if odd or not _each_once(tuple(raw), note) else raw


def _clauses(raw: object, key: Key, note: Note, _names: Names) -> frozenset[str] | None:
    good = _each_like(_CLAUSE, raw, key, note)
    return None if good is None else frozenset(good)


def _languages(raw: object, key: Key, note: Note, _names: Names) -> tuple[str, ...] | None:
    good = _each_like(_LANGUAGE, raw, key, note)
    if good == []:
        note("the list is empty", f"write for example {key.name} = {key.example}")
    return tuple(good) if good else None


def _zone(raw: object, key: Key, note: Note, _names: Names) -> ZoneInfo | None:
    if not isinstance(raw, str):
        _expects(key, raw, note)
        return None
    try:
        return ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        note(f"{shown(raw)} is not known", suggestion(raw, available_timezones()))
        return None


def _hours(raw: object, key: Key, note: Note, _names: Names) -> tuple[time, time] | None:
    if not isinstance(raw, list) or len(raw) != 2:
        _expects(key, raw, note)
        return None
    start, end = (_clock(one, key, note) for one in raw)
    if start is None or end is None:
        return None
    if start == end:
        note("from and until are the same", "leave `hours` out to allow every hour")
        return None
    return start, end


def _clock(raw: object, key: Key, note: Note) -> time | None:
    if isinstance(raw, time):
        return raw
    if isinstance(raw, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", raw):
        return time.fromisoformat(raw)
    note(f"{shown(raw)} is not a time of day", f"write for example {key.name} = {key.example}")
    return None


def _country(raw: object, key: Key, note: Note, _names: Names) -> str | None:
    if isinstance(raw, str) and re.fullmatch(r"[A-Z]{2}", raw):
        return raw
    _expects(key, raw, note)
    return None


_Reader = Callable[[object, Key, Note, Names], object]
_READERS: Final[Mapping[Kind, _Reader]] = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.NAME: _name,
    Kind.NAMES: _some_names,
    Kind.SLUG: _slug,
    Kind.CLAUSES: _clauses,
    Kind.ZONE: _zone,
    Kind.LANGUAGES: _languages,
    Kind.HOURS: _hours,
    Kind.COUNTRY: _country,
}
