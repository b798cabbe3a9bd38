"""The indexes by which customers are found beside a whole unique value, as the policy names them.

::

    exact:last_name              everybody with this value
    prefix:last_name             … whose value begins so
    infix-folded:last_name       … in whose value this stands, accents aside
    compound:last_name+postcode  … with both values

- An index shows a thief of the database how often values occur, whatever its keys: it is *live*
  only when the policy says who accepted that.
- The id names everything that decides which digests there are, so that another definition is
  another index.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_CHARS: Final = 200
"""The longest field that can have such an index: each value has a bounded number of digests."""
PARTS: Final = frozenset({"text", "email", "phone", "postcode"})
"""Types whose values can be found by a part."""
JOINS: Final = "+"


class Way(StrEnum):
    """A way to find customers, and the kind of index that it needs."""

    EXACT = "exact"
    COMPOUND = "compound"
    PREFIX = "prefix"
    INFIX = "infix"


@dataclass(frozen=True, slots=True)
class Index:
    """One index. `types` are those of its fields, in their order."""

    way: Way
    fields: tuple[str, ...]
    types: tuple[str, ...]
    folds: bool
    is_live: bool

    @property
    def kind(self) -> str:
        """What its key is derived for, besides the fields."""
        return f"{self.way}-folded" if self.folds else str(self.way)

    @property
    def over(self) -> str:
        """Its fields as one word."""
        return JOINS.join(self.fields)

    @property
    def id(self) -> str:
        """Its name in the store."""
        return f"{self.kind}:{self.over}"
