"""Filters on protected fields: the vault finds the customers, the database their rows.

| asked | answered by |
|---|---|
| `exact` `iexact` `in` | the field's unique index, or `exact` where the policy has that |
| `startswith` `istartswith` | the index `prefix`: 2 characters at least |
| `contains` `icontains` | the index `infix`: 3 characters at least |

Upper and lower case are alike to all of them: two texts are the same when the vault's normal forms
of them are. Too short a part finds nobody. What the policy does not index raises `ConflictError` or
`InvalidError`, and an unreachable vault `UnavailableError`: an empty answer would be a wrong one.
A vault tells at most a hundred customers; that there were more is logged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldError
from django.db.models.lookups import IsNull, Lookup

from shopward_client.context import reason
from shopward_client.django import conf, tokens
from shopward_client.django.page import LOG, Sealed, is_tokens_only, page
from shopward_client.errors import InvalidError

MOST = 100
SHORTEST = {"prefix": 2, "infix": 3}
_WITHOUT_UNIQUE: set[str] = set()
"""Fields that were found to have no unique index, so that it is asked once."""


class _Asked(Lookup):
    """A filter that is answered in the vault."""

    way = "exact"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Name the tokens of whoever was found.

        Raises:
            EmptyResultSet: Nobody was.
            FieldError: It is compared with something else than a text.
        """
        column, params = self.process_lhs(compiler, connection)
        texts = list(dict.fromkeys(text for one in self._values() for text in self._texts(one)))
        if not texts:
            raise EmptyResultSet
        marks = ", ".join(["%s"] * len(texts))
        return f"{column} IN ({marks})", (*params, *texts)

    def _values(self) -> Iterator[Any]:
        yield self.rhs

    def _texts(self, value: Any) -> Iterator[str]:
        if hasattr(value, "resolve_expression"):
            raise FieldError("A field in the vault is compared with texts alone.")
        field = self.lhs.output_field
        if isinstance(value, Sealed):
            yield value.text
        elif is_tokens_only() and tokens.token_in(value):
            yield value
        elif text := self._text(field, value):
            for token in _found(field.column_map.field, self.way, text):
                yield tokens.shaped(token, field.column_map.token)
        elif self.way == "exact":
            yield ""

    def _text(self, field: Any, value: Any) -> str:
        return str(field.get_prep_value(value) or "") if self.way == "exact" else str(value)


class Exact(_Asked):
    """`exact` and `iexact`."""

    lookup_name = "exact"


class In(_Asked):
    """`in`."""

    lookup_name = "in"

    def _values(self) -> Iterator[Any]:
        if hasattr(self.rhs, "resolve_expression"):
            raise FieldError("A field in the vault is compared with texts alone.")
        yield from self.rhs


class Begins(_Asked):
    """`startswith` and `istartswith`."""

    lookup_name = "istartswith"
    way = "prefix"


class Has(_Asked):
    """`contains` and `icontains`."""

    lookup_name = "icontains"
    way = "infix"


LOOKUPS: dict[str, Any] = {
    "exact": Exact,
    "iexact": Exact,
    "in": In,
    "startswith": Begins,
    "istartswith": Begins,
    "contains": Has,
    "icontains": Has,
    "isnull": IsNull,
}


def _found(name: str, way: str, text: str) -> tuple[str, ...]:
    """Whom the vault finds; asked once for each page."""
    if len(text.strip()) < SHORTEST.get(way, 1):
        return ()
    why = reason(None, None)
    key = (name, way, text, why.purpose or conf.purpose(), why.fact or "")
    kept = page().found
    if key not in kept:
        kept[key] = _ask(name, way, text, key[3], why.fact)
    return kept[key]


def _ask(name: str, way: str, text: str, purpose: str, fact: str | None) -> tuple[str, ...]:
    vault = conf.client()
    if way == "exact" and name not in _WITHOUT_UNIQUE:
        try:
            hit = vault.search(name, text, purpose=purpose, fact=fact)
        except InvalidError as error:
            if error.field != "field":
                return ()  # it has no normal form, as no mail address has that has no @
            _WITHOUT_UNIQUE.add(name)
        else:
            return (hit.subject,) if hit.subject else ()
    matches = vault.find({name: text}, way=way, purpose=purpose, fact=fact, limit=MOST)
    if not matches.complete:
        LOG.warning("a search by %s of `%s` did not find everybody", way, name)
    return tuple(one.subject for one in matches.matches)
