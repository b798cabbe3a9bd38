"""What must hold between the tables of a policy file, beyond each value being right by itself.

Each rule yields its mistakes as `table.key: what is wrong; remedy`. A row whose value was already
found wrong is left out, so that one slip is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from shopward.policy.indexes import MOST_CHARS, PARTS, Way
from shopward.policy.model import Basis, Show, Text, Verb
from shopward.policy.read import Row, shown
from shopward.policy.taxonomy import is_skewed

Rows = Mapping[str, list[Row]]

_LOOKS: Final = frozenset({Verb.REVEAL, Verb.SEARCH})
_TOKEN_TYPES: Final = {"mail": "email", "phone": "phone"}
_MASK_TYPES: Final = {
    Show.DOMAIN: "email",
    Show.YEAR: "date",
    Show.AGEBAND: "date",
    Show.CITY: "text",
}


def inconsistencies(rows: Rows) -> Iterator[str]:
    """Every mistake that only shows when the tables are seen together."""
    for rule in _RULES:
        yield from rule(rows)


def _facts_and_looks(rows: Rows) -> Iterator[str]:
    for row in rows["roles"]:
        may = frozenset(row.values.get("may", ()))
        if Verb.FACTS in may and may & _LOOKS:
            yield (
                f"{row.at}.may: a writer of facts must not reveal or search; "
                "give `facts` to a role of its own"
            )


def _consent_has_fact(rows: Rows) -> Iterator[str]:
    for row in rows["purposes"]:
        at_fault = row.values.get("basis") == Basis.CONSENT and not row.has("fact")
        if at_fault:
            yield (
                f"{row.at}.fact: a purpose based on consent must be able to see that it was "
                'given; add fact = "consent"'
            )


def _token_fits_type(rows: Rows) -> Iterator[str]:
    for row in rows["fields"]:
        wanted = _TOKEN_TYPES.get(row.values.get("token", ""))
        if wanted and row.values.get("type", "text") != wanted:
            yield (
                f'{row.at}.token: needs a field of type {wanted}; write type = "{wanted}" or '
                'token = "opaque"'
            )


def _index_gives_nothing_away(rows: Rows) -> Iterator[str]:
    for row in rows["fields"]:
        if "unique" in row.values.get("indexes", ()) and is_skewed(row.values.get("category", "")):
            yield (
                f"{row.at}.indexes: many people share a {row.values['category']}, so it cannot be "
                "unique; find customers by mail or phone, or by a [[compound]]"
            )


def _parts_are_of_short_words(rows: Rows) -> Iterator[str]:
    known = {row.name: row for row in rows["fields"]}
    for row in rows["fields"]:
        wanted = set(row.values.get("indexes", ())) - {"unique"}
        if wanted and row.values.get("max_chars", MOST_CHARS + 1) > MOST_CHARS:
            yield f"{row.at}.indexes: too long a field; write max_chars = {MOST_CHARS} or less"
        in_parts = wanted & {Way.PREFIX, Way.INFIX}
        if in_parts and row.values.get("type", "text") not in PARTS:
            kind = row.values["type"]
            yield (
                f'{row.at}.indexes: a {kind} has no parts to be found by; write indexes = ["exact"]'
            )
        yield from _folds(row, wanted, {row.values.get("type", "text")})
    for row in rows["compound"]:
        members = [known[name].values for name in row.values.get("fields", ()) if name in known]
        if row.has("fields") and not 2 <= len(members) <= 4:
            yield f"{row.at}.fields: two to four are combined; use `indexes` for a single one"
        if any(one.get("max_chars", MOST_CHARS + 1) > MOST_CHARS for one in members):
            yield (
                f"{row.at}.fields: each needs max_chars = {MOST_CHARS} or less; add it to "
                "[fields.…]"
            )
        yield from _folds(row, {"compound"}, {one.get("type", "text") for one in members})


def _folds(row: Row, wanted: set[str], types: set[str]) -> Iterator[str]:
    if row.values.get("fold_accents") and (not wanted or "text" not in types):
        yield f"{row.at}.fold_accents: there is no index of text here that it could fold; drop it"
    if row.has("accepts_leak") and not wanted:
        yield f"{row.at}.accepts_leak: a unique index gives nothing away; drop it"


def _compounds_are_said_once(rows: Rows) -> Iterator[str]:
    first: dict[frozenset[str], str] = {}
    for row in rows["compound"]:
        if row.has("fields"):
            earlier = first.setdefault(frozenset(row.values["fields"]), row.at)
            if earlier != row.at:
                yield f"{row.at}.fields: combines the same as {earlier}; write it once"


def _finds_have_indexes(rows: Rows) -> Iterator[str]:
    may = {row.name: frozenset(row.values["may"]) for row in rows["roles"] if row.has("may")}
    indexes = {row.name: set(row.values.get("indexes", ())) for row in rows["fields"]}
    for row in rows["compound"]:
        for name in row.values.get("fields", ()):
            indexes.setdefault(name, set()).add(Way.COMPOUND)
    for row in rows["allow"]:
        role, wanted = row.values.get("role"), row.values.get("find", ())
        if wanted and role in may and Verb.SEARCH not in may[role]:
            yield (
                f"{row.at}.find: {shown(role)} may not search; add `search` to roles.{role}.may "
                "or drop it"
            )
        for name in row.values.get("fields", ()):
            for way in (one for one in wanted if one not in indexes.get(name, ())):
                yield (
                    f"{row.at}.find: {name} has no {way} index; add one, or give {name} an "
                    "[[allow]] of its own"
                )


def _mask_fits_type(rows: Rows) -> Iterator[str]:
    types = {row.name: row.values.get("type", "text") for row in rows["fields"]}
    for row in rows["allow"]:
        wanted = _MASK_TYPES.get(row.values.get("show", Show.CLEAR))
        for name in row.values.get("fields", ()):
            if wanted and types.get(name, wanted) != wanted:
                yield (
                    f"{row.at}.show: {shown(row.values['show'])} needs a field of type {wanted}, "
                    f"{name} is {types[name]}; give {name} an [[allow]] of its own"
                )


def _allowed_roles_look(rows: Rows) -> Iterator[str]:
    may = {row.name: frozenset(row.values["may"]) for row in rows["roles"] if row.has("may")}
    for row in rows["allow"]:
        role = row.values.get("role")
        if role in may and not may[role] & _LOOKS:
            yield (
                f"{row.at}.role: {shown(role)} can neither reveal nor search; add one of them to "
                f"roles.{role}.may or drop this [[allow]]"
            )


CONDITIONS: Final = ("show", "assurance", "auth_age_s", "hours", "require", "find")
"""What tells two allowances for the same field apart."""


def _allowed_once(rows: Rows) -> Iterator[str]:
    first: dict[Any, str] = {}
    for row in rows["allow"]:
        values = row.values
        if not row.has("role", "purpose", "fields"):
            continue
        how = tuple(values.get(key) for key in CONDITIONS)
        for name in values["fields"]:
            key = (values["role"], values["purpose"], name, how)
            earlier = first.setdefault(key, row.at)
            if earlier != row.at:
                yield f"{row.at}.fields: {name} is already given by {earlier}; write it once"


def _denied_once(rows: Rows) -> Iterator[str]:
    first: dict[Any, str] = {}
    for row in rows["deny"]:
        if row.has("role", "purpose", "fields"):
            key = (row.values["role"], row.values["purpose"], frozenset(row.values["fields"]))
            earlier = first.setdefault(key, row.at)
            if earlier != row.at:
                yield f"{row.at}: says the same as {earlier}; write it once"


def _budget_bounds_something(rows: Rows) -> Iterator[str]:
    for row in rows["budget"]:
        if not row.has("customers_per_day") and not row.has("reads_per_minute"):
            yield f"{row.at}: bounds nothing; add for example customers_per_day = 200"


def _budget_is_of_a_look(rows: Rows) -> Iterator[str]:
    given = {(row.values.get("role"), row.values.get("purpose")) for row in rows["allow"]}
    first: dict[Any, str] = {}
    for row in rows["budget"]:
        if not row.has("role", "purpose"):
            continue
        key = (row.values["role"], row.values["purpose"])
        earlier = first.setdefault(key, row.at)
        if earlier != row.at:
            yield f"{row.at}: bounds the same as {earlier}; write one [[budget]] for both"
        if key not in given:
            yield (
                f"{row.at}.purpose: no [[allow]] gives {shown(key[0])} anything for "
                f"{shown(key[1])}; correct the names or drop this [[budget]]"
            )


def _holds_have_grounds(rows: Rows) -> Iterator[str]:
    for row in rows["classes"]:
        survives = row.values.get("survives_erasure", False)
        if survives and not row.has("ground"):
            yield f"{row.at}.ground: is missing; name the law that demands to keep it"
        if row.has("ground") and not survives:
            yield f"{row.at}.ground: holds nothing; add survives_erasure = true or drop it"


def _holds_are_of_use(rows: Rows) -> Iterator[str]:
    legal = {
        row.name for row in rows["purposes"] if row.values.get("basis") == Basis.LEGAL_OBLIGATION
    }
    given = {
        name
        for row in rows["allow"]
        if row.values.get("purpose") in legal
        for name in row.values.get("fields", ())
    }
    kept_in = {row.values.get("retention") for row in rows["fields"] if row.name in given}
    for row in rows["classes"]:
        if row.values.get("survives_erasure") and row.name not in kept_in:
            yield (
                f"{row.at}.survives_erasure: nobody could read it then; give a field of it by an "
                '[[allow]] for a purpose with basis = "legal-obligation", or drop it'
            )


def _titles_speak_the_shops_languages(rows: Rows) -> Iterator[str]:
    shop = rows["shop"][0]
    languages = shop.values.get("languages", ("en",))
    for row in (row for table in rows.values() for row in table):
        title = row.values.get("title")
        for language, _ in title.by_language if isinstance(title, Text) else ():
            if language and language not in languages:
                yield (
                    f"{row.at}.title: {shown(language)} is not a language of this shop; add it "
                    "to shop.languages or drop it here"
                )


_RULES: Final[tuple[Callable[[Rows], Iterator[str]], ...]] = (
    _titles_speak_the_shops_languages,
    _token_fits_type,
    _index_gives_nothing_away,
    _parts_are_of_short_words,
    _compounds_are_said_once,
    _finds_have_indexes,
    _consent_has_fact,
    _facts_and_looks,
    _allowed_roles_look,
    _mask_fits_type,
    _allowed_once,
    _denied_once,
    _holds_have_grounds,
    _holds_are_of_use,
    _budget_bounds_something,
    _budget_is_of_a_look,
)
