"""What discovery hands over to the console: findings with what is proposed for each, and no values.

One JSON file, `discovery/found.json` beside shopward.toml; `discover --for-console` replaces it.
The console shows it; people decide column by column; what they decided becomes a map and additions
to the policy, both written here. It looks into no database and judges nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from shopward.errors import InvalidError
from shopward.sources.durable import replace_durably

FORMAT: Final = "shopward/found/v1"
PLACE: Final = Path("discovery", "found.json")
_MAX_BYTES: Final = 16_777_216
CLASSES: Final = {
    "account": ("account data", 730, "last-contact"),
    "order": ("delivery data", 365, "order-closed"),
    "tax": ("tax records", 3653, "order-closed"),
}
"""Retention classes that are proposed: title, days, what they count from."""
PURPOSES: Final = {
    "account": (
        "sign you in and keep your account",
        "essential.service.authentication",
        "contract",
        "",
    ),
    "fulfil": ("pack and send your order", "essential.fulfillment", "contract", "order"),
    "support": (
        "answer your question",
        "essential.service.operations.support",
        "contract",
        "ticket",
    ),
    "pay": ("settle your payment", "essential.service.payment_processing", "contract", "order"),
    "tax": (
        "keep the tax records the law asks for",
        "essential.legal_obligation",
        "legal-obligation",
        "",
    ),
}
"""Purposes that are proposed: title, use, legal basis, fact."""


class Proposed(msgspec.Struct, frozen=True):
    """What a field of the policy for it would be."""

    field: str
    title: str
    category: str
    retention: str
    purposes: list[str]
    type: str
    token: str
    max_chars: int
    is_unique: bool


class Row(msgspec.Struct, frozen=True):
    """One finding; `proposed` is null where the vault is not the answer."""

    table: str
    column: str
    title: str
    level: str
    evidence: list[str]
    side_copy: str
    advice: str
    proposed: Proposed | None

    @property
    def slug(self) -> str:
        """A name for addresses: 20 hex characters of a digest of table and column."""
        return slug(self.table, self.column)


class Found(msgspec.Struct, frozen=True):
    """One run of discovery, as far as people decide about it."""

    source: str
    at: str
    complete: bool
    rows: list[Row]
    format: str = FORMAT


class Kept(msgspec.Struct, frozen=True):
    """A column that becomes a field, as a person confirmed it."""

    table: str
    column: str
    field: str
    title: str
    category: str
    retention: str
    purpose: str
    type: str
    token: str
    max_chars: int
    is_unique: bool


class Left(msgspec.Struct, frozen=True):
    """A column that stays as it is, or a copy (`what` is not empty) that is to be emptied."""

    table: str
    column: str
    reason: str
    what: str = ""


def slug(table: str, column: str) -> str:
    """A name for addresses: 20 hex characters of a digest of table and column."""
    return hashlib.sha256(f"{table}\x00{column}".encode()).hexdigest()[:20]


def write(home: Path, found: Found) -> Path:
    """Hand a run over; readable by the owner alone."""
    path = home / PLACE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_durably(path, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    return path


def read(home: Path) -> Found | None:
    """What was handed over; None where nothing was.

    Raises:
        InvalidError: The file is something else.
    """
    path = home / PLACE
    try:
        with path.open("rb") as file:
            found = msgspec.json.decode(file.read(_MAX_BYTES), type=Found)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        found = None
    if found is None or found.format != FORMAT:
        raise InvalidError(
            f"{path.name} is not what discovery hands over",
            hint="Run `shopward discover … --for-console` again.",
        )
    return found


# What was decided, as files


def columns_toml(source: str, kept: Iterable[Kept], left: Iterable[Left]) -> str:
    """The confirmed map, for `shopward protect` and the Django app."""
    parts = [f"# Which columns of {source} become which fields, as people confirmed it.\n"]
    parts += [
        f"\n[[column]]\n{_place(one)}field = {text(one.field)}\ntoken = {text(one.token)}\n"
        "confirmed = true\n"
        for one in kept
    ]
    for one in left:
        if one.what:
            parts.append(f"\n[[copy]]\n{_place(one)}what = {text(one.what)}\n")
        else:
            parts.append(f"\n[[leave]]\n{_place(one)}reason = {text(one.reason)}\n")
    return "".join(parts)


def additions_toml(kept: Iterable[Kept], known: Known, role: str) -> str:
    """What the policy lacks for the confirmed columns, to be put at its end; "" for nothing."""
    new = {one.field: one for one in kept if one.field not in known.fields}
    return "".join(_additions(list(new.values()), known, role))


class Known(msgspec.Struct, frozen=True):
    """The names that a policy has already."""

    fields: frozenset[str]
    classes: frozenset[str]
    purposes: frozenset[str]


def _additions(new: list[Kept], known: Known, role: str) -> Iterator[str]:
    for name in sorted({one.retention for one in new} - known.classes):
        title, days, starts = CLASSES[name]
        yield f"\n[classes.{name}]\ntitle = {text(title)}\nkeep_days = {days}\n"
        yield f"starts = {text(starts)}\n"
    for name in sorted({one.purpose for one in new} - known.purposes):
        title, use, basis, fact = PURPOSES[name]
        yield f"\n[purposes.{name}]\ntitle = {text(title)}\nuse = {text(use)}\n"
        yield f"basis = {text(basis)}\n" + (f"fact = {text(fact)}\n" if fact else "")
    for one in new:
        yield f"\n# {one.table}: {one.column}\n[fields.{one.field}]\ntitle = {text(one.title)}\n"
        yield f"category = {text(one.category)}\nretention = {text(one.retention)}\n"
        yield f"type = {text(one.type)}\nmax_chars = {one.max_chars}\n"
        yield 'indexes = ["unique"]\n' if one.is_unique else ""
        yield f"token = {text(one.token)}\n"
    for purpose in sorted({one.purpose for one in new}):
        given = ", ".join(text(one.field) for one in new if one.purpose == purpose)
        yield f"\n[[allow]]\nrole = {text(role)}\npurpose = {text(purpose)}\nfields = [{given}]\n"


def _place(one: Kept | Left) -> str:
    return f"table = {text(one.table)}\ncolumn = {text(one.column)}\n"


def text(value: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
