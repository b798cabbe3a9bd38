"""What is taken from a row for which field of the policy, whoever says so.

A mapping file (`mapping_file`) and a recognised export (`exports`) both end as a `FieldMap`. It
does not look at rows (`items`); `fit` holds it against a file's columns and a policy's fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from shopward.errors import InvalidError
from shopward.sources.dialect import Format, shown

EXTERNAL: Final = "external"


@dataclass(frozen=True, slots=True)
class Take:
    """What is taken from a row for one field.

    Attributes:
        columns: Column names or dotted paths; none when only `default` is set.
        joined: True joins what is not empty, False takes the first that is not empty.
        separator: Between joined parts.
        strip: Whether white space around each part is dropped.
        default: The value when every part is empty.
        required: Whether a row without a value is rejected.
        drop_apostrophe: Whether one leading apostrophe is dropped: spreadsheets write it so that
            a number keeps its zeros and its plus sign.
        phone: Whether a number without a country code gets the region's.
    """

    columns: tuple[str, ...]
    joined: bool = False
    separator: str = " "
    strip: bool = True
    default: str | None = None
    required: bool = False
    drop_apostrophe: bool = False
    phone: bool = False


@dataclass(frozen=True, slots=True)
class Gather:
    """How several rows of one customer become one.

    Attributes:
        key: Columns that name the customer.
        block: The columns of an address, where a row without the first of `key` is one more address
            of the customer above; none where each row is a customer.
        preferred: Columns that are not empty in the address to take, the most preferred first.
    """

    key: tuple[str, ...]
    block: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldMap:
    """A whole mapping.

    Attributes:
        fields: Policy field to what is taken for it, in the order of the file.
        external: What is taken for the shop's own id; None when there is none.
        format: Given, or None to find out; `delimiter` and `encoding` likewise.
        region: ISO 3166 region for phone numbers without a country code.
        region_column: The column that holds such a region row by row.
        gather: How several rows become one customer; None when each is one.
    """

    fields: Mapping[str, Take]
    external: Take | None = None
    format: Format | None = None
    delimiter: str | None = None
    encoding: str | None = None
    region: str | None = None
    region_column: str | None = None
    gather: Gather | None = None

    def takes(self) -> dict[str, Take]:
        """Every field's take, with the external id first under `external`."""
        first = {EXTERNAL: self.external} if self.external else {}
        return {**first, **self.fields}


def refuse(name: str, mistakes: list[str]) -> None:
    """Raise one error that lists every mistake, if there are any.

    Raises:
        InvalidError: There is at least one.
    """
    if not mistakes:
        return
    many = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    hint = "Correct each entry named and run it again; nothing was written."
    detail = f"{name} has {many}: " + " | ".join(mistakes)
    raise InvalidError(detail, hint=hint, reason="mapping")


def suggest(wrong: str, right: list[str]) -> str:
    """A remedy that names the closest right names, or nothing when none is close."""
    lowered = {each.casefold(): each for each in reversed(right)}
    close = get_close_matches(wrong.casefold(), list(lowered), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(shown(lowered[each]) for each in close)}?" if close else ""
