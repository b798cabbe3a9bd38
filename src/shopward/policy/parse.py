"""From the bytes of `policy.toml` to a `Policy`, or to a list of everything wrong with them.

::

    [fields.phone]                  [[allow]]
    title = "phone number"          role = "courier"
    category = "user.contact.…"     purpose = "deliver"
    retention = "account"           fields = ["last_name", "phone"]

Any bytes end in a `Policy` or a `PolicyError`; there is no third way out. It does not judge
whether a policy is wise.

- Unknown tables and keys, unknown references and things said twice are refused.
- Every mistake names its table and key and says what to write instead.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from shopward.errors import PolicyError
from shopward.policy.budget import Budget
from shopward.policy.consistency import Rows, inconsistencies
from shopward.policy.descriptor import Shape, Table
from shopward.policy.keys import SLUG, TABLES
from shopward.policy.model import (
    Allowance,
    Basis,
    Compound,
    Denial,
    Field,
    Policy,
    Purpose,
    Recipient,
    RetentionClass,
    Role,
    Shop,
    Show,
    Verb,
)
from shopward.policy.read import Names, Note, Row, read_row, shown, suggestion

MAX_BYTES: Final = 262_144
_T = TypeVar("_T")


def load(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        PolicyError: The file cannot be read, or has mistakes; all are listed.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        wrong = f"the file: cannot be read ({error.strerror}); check the path and its permissions"
        raise PolicyError((wrong,), name=str(path)) from error
    return parse(data, name=str(path))


def parse(data: bytes, *, name: str = "policy.toml") -> Policy:
    """Make a policy of a file's bytes, at most 256 KiB.

    Raises:
        PolicyError: The file has mistakes; all are listed in `mistakes`.
    """
    mistakes: list[str] = []
    document = _document(data, mistakes)
    rows = {} if mistakes else _rows(document, mistakes)
    mistakes += inconsistencies(rows) if rows else ()
    if mistakes:
        raise PolicyError(tuple(mistakes), name=name)
    return _policy(rows, hashlib.sha256(data).hexdigest())


def _document(data: bytes, mistakes: list[str]) -> dict[str, Any]:
    """The file as TOML; a mistake in the syntax hides all others."""
    note = Note("the file", mistakes)
    if len(data) > MAX_BYTES:
        note(f"is larger than {MAX_BYTES} bytes", "keep it to the policy of one shop, a few pages")
        return {}
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        note(f"byte {error.start} is not UTF-8", "save it as UTF-8 text")
    except RecursionError:
        note("is nested too deeply", "write lists and tables one level deep")
    except ValueError as error:
        note(f"is not TOML: {_first_line(error)}", "check quotes, brackets and things said twice")
    return {}


def _first_line(error: ValueError) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(error))[:160]


def _rows(document: Mapping[str, Any], mistakes: list[str]) -> dict[str, list[Row]]:
    """Every table as rows of right values; everything wrong is noted."""
    tables = {table.name: table for table in TABLES}
    for name in document:
        if name not in tables:
            Note(shown(name), mistakes)("there is no such table", suggestion(name, tables))
    raw = {
        name: list(_entries(table, document.get(name), mistakes)) for name, table in tables.items()
    }
    names: Names = {name: [row.name for row, _ in entries] for name, entries in raw.items()}
    return {
        name: [read_row(tables[name], body, row, names, mistakes) for row, body in entries]
        for name, entries in raw.items()
    }


def _entries(table: Table, raw: object, mistakes: list[str]) -> Iterator[tuple[Row, object]]:
    """Each table written under this name, with where it stands."""
    note = Note(table.name, mistakes)
    if table.shape is Shape.ONCE:
        yield Row(table.name, table.name), {} if raw is None else raw
    elif raw is None:
        return
    elif table.shape is Shape.LIST and isinstance(raw, list):
        for number, body in enumerate(raw, 1):
            yield Row(f"{table.name}[{number}]", str(number)), body
    elif table.shape is Shape.NAMED and isinstance(raw, dict):
        yield from _named(table, raw, note)
    else:
        note(f"{shown(raw)} cannot stand here", f"write {table.header}")


def _named(table: Table, raw: Mapping[str, object], note: Note) -> Iterator[tuple[Row, object]]:
    for name, body in raw.items():
        if re.fullmatch(SLUG, name):
            yield Row(f"{table.name}.{name}", name), body
        else:
            note(
                f"{shown(name)} is not a name",
                "start with a letter and use up to 40 of a-z, 0-9, _ and -",
            )


def _policy(rows: Rows, sha256: str) -> Policy:
    """The policy that rows without mistakes describe."""
    return Policy(
        shop=_made(Shop, rows["shop"][0]),
        classes=_by_name(RetentionClass, rows["classes"]),
        fields=_by_name(Field, rows["fields"]),
        purposes=_by_name(Purpose, rows["purposes"]),
        roles=_by_name(Role, rows["roles"]),
        recipients=_by_name(Recipient, rows["recipients"]),
        allowances=tuple(_made(Allowance, row) for row in rows["allow"]),
        denials=tuple(_made(Denial, row) for row in rows["deny"]),
        sha256=sha256,
        budgets=tuple(_made(Budget, row) for row in rows["budget"]),
        compounds=tuple(_made(Compound, row) for row in rows["compound"]),
    )


def _by_name(made: Callable[..., _T], rows: list[Row]) -> Mapping[str, _T]:
    return MappingProxyType({row.name: _made(made, row, name=row.name) for row in rows})


def _made(made: Callable[..., _T], row: Row, **more: str) -> _T:
    typed = {key: _TYPED.get(key, _as_is)(value) for key, value in row.values.items()}
    return made(**typed, **more)


def _as_is(value: object) -> object:
    return value


def _verbs(words: Iterable[str]) -> frozenset[Verb]:
    return frozenset(map(Verb, words))


_TYPED: Final[Mapping[str, Callable[[Any], object]]] = {
    "basis": Basis,
    "find": frozenset,
    "may": _verbs,
    "show": Show,
}
