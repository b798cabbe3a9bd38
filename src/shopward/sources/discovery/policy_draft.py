"""A policy file drafted from the proposed catalogue; `shopward policy check` accepts it as it is.

The owner corrects it: name, time zone, how long, why, and who sees what. Comments say which columns
each field came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from shopward.sources.discovery.catalogue import Proposal
from shopward.sources.found import CLASSES, PURPOSES

_HEAD: Final = """\
# A draft, made by `shopward discover` from what it found. Correct it before it is in force: the
# shop's name and time zone, how long each class is kept, why, and who may see what.
# Every table and key is described in docs/policy-file.md.

[shop]
name = "My shop"
time_zone = "UTC"
languages = ["en"]
"""
_ROLE: Final = """
[roles.shop-backend]
title = "our shop software"
may = ["store", "update", "reveal", "search", "erase"]
rate_per_minute = 60000

[roles.importer]
title = "our data import"
may = ["store"]
rate_per_minute = 60000
"""
_MAX_COLUMNS: Final = 12


def policy_toml(proposed: Iterable[Proposal]) -> str:
    """The whole file; "" where nothing is proposed."""
    fields = sorted(proposed, key=lambda one: (one.terms.retention, one.about.field))
    return "".join(_parts(fields)) if fields else ""


def _parts(fields: list[Proposal]) -> Iterator[str]:
    yield _HEAD
    for name in dict.fromkeys(one.terms.retention for one in fields):
        title, days, starts = CLASSES[name]
        yield f'\n[classes.{name}]\ntitle = "{title}"\nkeep_days = {days}\nstarts = "{starts}"\n'
    for one in fields:
        yield from _field(one)
    purposes = [name for name in PURPOSES if any(name in one.terms.purposes for one in fields)]
    for name in purposes:
        title, use, basis, fact = PURPOSES[name]
        yield f'\n[purposes.{name}]\ntitle = "{title}"\nuse = "{use}"\nbasis = "{basis}"\n'
        yield f'fact = "{fact}"\n' if fact else ""
    yield _ROLE
    for name in purposes:
        given = ", ".join(f'"{one.about.field}"' for one in fields if name in one.terms.purposes)
        yield f'\n[[allow]]\nrole = "shop-backend"\npurpose = "{name}"\nfields = [{given}]\n'


def _field(one: Proposal) -> Iterator[str]:
    yield "\n"
    for row in one.columns[:_MAX_COLUMNS]:
        yield f"# {row.table}: {row.column}, {row.confidence:.2f} {row.level}\n"
    left = len(one.columns) - _MAX_COLUMNS
    yield f"# and {left} more columns\n" if left > 0 else ""
    yield f'[fields.{one.about.field}]\ntitle = "{one.about.title}"\n'
    yield f'category = "{one.about.category}"\nretention = "{one.terms.retention}"\n'
    yield f'type = "{one.terms.type}"\n' if one.terms.type != "text" else ""
    yield f"max_chars = {one.terms.max_chars}\n"
    yield 'indexes = ["unique"]\n' if one.terms.is_unique else ""
    yield f'token = "{one.terms.token}"\n'
