"""What is said of a shop software's export: how its header is known, and what fills which field.

    Export("WooCommerce customer report", source="…", needed=("Name", "Sign Up", "Total Spend"), …)

It reads nothing. `exports` lists every export there is; the modules beside it say which columns
they have, and where that was seen.

- Column names are compared without case, without the `*` of required columns and without what
  stands in brackets: `Email *` is `email`, `Active (0/1)` is `active`.
- An export without a `source` was not seen by whoever wrote its map; an import asks before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from shopward.sources.mapping import FieldMap, Gather, Take

_NOT_NAME: Final = re.compile(r"\([^)]*\)|\*")


@dataclass(frozen=True, slots=True)
class AddressFile:
    """A second file with the customers' addresses, joined to the first by whose they are.

    Attributes:
        kind: What it is called.
        needed: Columns that show that a file is one.
        key: Its columns that name the customer, as `Export.key` names them in the first file.
        prefix: What its columns are called with in the joined row.
        preferred: Columns that are not empty in the address to take, the most preferred first;
            else a customer's first address is taken.
    """

    kind: str
    needed: tuple[str, ...]
    key: tuple[str, ...]
    prefix: str
    preferred: tuple[str, ...] = ()

    def fits(self, header: tuple[str, ...]) -> bool:
        """Whether a file with this header is one."""
        return set(map(plain, self.needed)) <= set(map(plain, header))


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of export.

    Attributes:
        kind: What it is called, as in `WooCommerce customer report`.
        source: Where its columns were seen; "" when they were not.
        needed: Columns without which a file is not one.
        columns: Policy field to the columns that may fill it, the best first.
        external: Columns that may hold the shop's own id, the best first.
        region: Columns that may hold the country's two letters, for phone numbers.
        key: Columns that name the customer; a file of addresses is joined by them.
        is_continued: Whether a row without the first of them is one more address of the customer
            above; its columns begin with the prefix of `addresses`.
        addresses: The file of addresses that goes with it.
        remark: What a person should know of it.
        recognise: Takes the place of all the columns above.
    """

    kind: str
    source: str
    needed: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    external: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    is_continued: bool = False
    addresses: AddressFile | None = None
    remark: str = ""
    recognise: Callable[[tuple[str, ...]], FieldMap | None] | None = None

    def read(self, header: tuple[str, ...]) -> FieldMap | None:
        """The mapping for a file with this header; None when it is another file."""
        if self.recognise is not None:
            return self.recognise(header)
        found = {plain(name): name for name in reversed(header)}
        if not all(plain(name) in found for name in self.needed):
            return None
        takes = {
            name: Take(present(names, found), phone=name == "phone")
            for name, names in self.columns.items()
        }
        external = present(self.external, found)[:1]
        return FieldMap(
            MappingProxyType({name: take for name, take in takes.items() if take.columns}),
            Take(external) if external else None,
            region_column=next(iter(present(self.region, found)), None),
            gather=self._gather(header, found),
        )

    def _gather(self, header: tuple[str, ...], found: Mapping[str, str]) -> Gather | None:
        key, part = present(self.key, found), self.addresses
        if not key or part is None:
            return None
        block = tuple(name for name in header if name.startswith(part.prefix))
        return Gather(key, block * self.is_continued, present(part.preferred, found))


def plain(name: str) -> str:
    """A column's name as names are compared."""
    return " ".join(_NOT_NAME.sub(" ", name).casefold().split())


def present(names: tuple[str, ...], found: Mapping[str, str]) -> tuple[str, ...]:
    """The columns of a file that are among these names, as the file writes them."""
    return tuple(found[plain(name)] for name in names if plain(name) in found)
