"""Looks for customers in an index: bounded work, and every one of them opened and compared.

The digest that fewest customers have is walked a page at a time; who has all the others too is read
and opened, and stays only when the forms match. So a digest that two values share, or a row that
somebody bent, finds nobody.

- At most `PAGES` pages are walked and `MOST` customers found; then the answer says that it is not
  complete.
- Nothing here is told to anybody: `find` looks again at each, under guards, and enters it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from shopward.errors import ConflictError, InvalidError, UndecryptableError
from shopward.policy import Index, Policy, Way
from shopward.store import Snapshot
from shopward.vault import forms
from shopward.vault.bodies import Bodies
from shopward.vault.postings import (
    LEAST,
    LONGEST_PREFIX,
    digests,
    grams,
    joined,
    messages_of,
    whole_forms,
)
from shopward.vault.service import Vault

PAGE: Final = 512
PAGES: Final = 32
CHUNK: Final = 64
MOST: Final = 256
PROBES: Final = 12
"""Digests of one search that are asked at most; the comparison does the rest."""

Rank = tuple[int, int]


class Query(Struct, frozen=True):
    """What is looked for: forms of whole values, or of one part; in the order of the fields."""

    index: Index
    wanted: tuple[str, ...]

    def rank(self, vault: Vault, customer: Snapshot) -> Rank | None:
        """How well a customer matches, the best lowest; None when not at all.

        Raises:
            UndecryptableError: A value does not open.
        """
        fields, bodies = vault.policy.fields, Bodies(vault, customer)
        found = whole_forms(
            vault,
            self.index,
            lambda name: bodies.open_(name, fields[name].retention) if name in fields else None,
        )
        return None if found is None else _rank(self.index.way, self.wanted, found)


class Sought(Struct, frozen=True):
    """Customers by id (16 bytes), the best match first; whether there may be more."""

    subjects: tuple[bytes, ...]
    is_complete: bool


def parse(vault: Vault, fields: Mapping[str, str], way: Way) -> Query:
    """What a caller looks for.

    Raises:
        InvalidError: A value is too short, or has nothing to search for.
        ConflictError: There is no such index, or nobody accepted what it shows.
    """
    index = _index(vault.policy, tuple(sorted(fields)), way)
    if not index.is_live:
        raise ConflictError(
            f"The {way} index over `{index.over}` is not used.",
            hint="Whoever writes policy.toml says with `accepts_leak` that it may be.",
            field="fields",
            reason="index-not-live",
        )
    is_part = way in {Way.PREFIX, Way.INFIX}
    wanted = []
    for name, kind in zip(index.fields, index.types, strict=True):
        value, folds = fields[name], index.folds
        form = (
            forms.part(kind, value, folds=folds)
            if is_part
            else forms.whole(kind, value, region=vault.region, folds=folds)
        )
        if form is None or len(form) < LEAST[way]:
            least = LEAST[way]
            raise InvalidError(
                f"`{name}` has too little to search for.",
                hint=f"Give {least} characters at least." if least > 1 else "Give a value.",
                field=name,
            )
        wanted.append(form)
    return Query(index, tuple(wanted))


def _index(policy: Policy, names: tuple[str, ...], way: Way) -> Index:
    for index in policy.indexes:
        if index.way is way and index.fields == names:
            return index
    raise ConflictError(
        f"There is no {way} index over what was named.",
        hint="`indexes` of a field and [[compound]] in policy.toml say what there is.",
        field="fields",
        reason="index-unknown",
    )


async def seek(vault: Vault, query: Query) -> Sought:
    """Who matches, as last committed.

    Raises:
        UnavailableError: The store cannot be read.
    """
    first, others = await _ordered(vault, query)
    found: list[tuple[Rank, bytes]] = []
    after, is_complete = b"", False
    for _ in range(PAGES):
        page = await vault.store.matching(first, others, after, PAGE)
        for start in range(0, len(page.subjects), CHUNK):
            found += await _opened(vault, query, page.subjects[start : start + CHUNK])
            await asyncio.sleep(0)
        if page.last is None:
            is_complete = True
            break
        if len(found) >= MOST:
            break
        after = page.last
    return Sought(tuple(subject for _, subject in sorted(found)), is_complete)


async def _ordered(vault: Vault, query: Query) -> tuple[bytes, list[bytes]]:
    """(the digest that fewest have, the others) of a search."""
    version = vault.keyring.reads
    asked = sorted(digests(vault, query.index, _messages(query), version))[:PROBES]
    if len(asked) == 1:
        return asked[0], []
    counts = await vault.store.tally(asked, PAGE * PAGES)
    asked.sort(key=lambda one: counts[one])
    return asked[0], asked[1:]


def _messages(query: Query) -> set[bytes]:
    way, wanted = query.index.way, query.wanted
    if way is Way.COMPOUND:
        return {joined(wanted)}
    if way is Way.PREFIX:
        return {wanted[0][:LONGEST_PREFIX].encode()}
    return grams(wanted[0]) if way is Way.INFIX else messages_of(query.index, wanted)


async def _opened(vault: Vault, query: Query, subjects: list[bytes]) -> list[tuple[Rank, bytes]]:
    found = []
    for customer in await vault.store.snapshots(subjects):
        try:
            rank = query.rank(vault, customer)
        except UndecryptableError:
            continue
        if rank is not None:
            found.append((rank, customer.subject))
    return found


def _rank(way: Way, wanted: tuple[str, ...], found: tuple[str, ...]) -> Rank | None:
    """The same value first, then how early the part stands, then the shorter value."""
    if way in {Way.EXACT, Way.COMPOUND}:
        return (0, 0) if wanted == found else None
    part, form = wanted[0], found[0]
    at = form.find(part)
    if at < 0 or (way is Way.PREFIX and at > 0):
        return None
    is_word = at > 0 and not form[at - 1].isalnum()
    kind = 0 if part == form else 1 if at == 0 else 2 if is_word else 3
    return kind, len(form)
