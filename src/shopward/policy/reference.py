"""The documentation page of the policy file, printed from the descriptors that check it.

`docs/policy-file.md` is this text; nothing in it is typed a second time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Final

from shopward.policy.descriptor import Key, Table
from shopward.policy.keys import SLUG, TABLES
from shopward.policy.parse import MAX_BYTES
from shopward.policy.taxonomy import CATEGORIES, USES
from shopward.policy.words import ACTS, FACTORS, FORMS, REASONS, WAYS

_LONG: Final = 12

_INTRO: Final = f"""# The policy file

`policy.toml` says which customer data the shop keeps, for how long, and who may look at which
part of it for what reason. It is written by the shop owner and enforced by the vault: what is not
in it is refused. `policy.example.toml` is a complete example with comments.

- It is [TOML](https://toml.io), UTF-8, at most {MAX_BYTES // 1024} KiB.
- Names (the `NAME` of a table) match `{SLUG}`.
- Unknown tables and keys, names that lead nowhere and things said twice are mistakes.
  `shopward policy check` lists all of them, each with table, key and remedy.
- A title is one text, or one per language: `title = {{ en = "city", de = "Ort" }}`.
- The SHA-256 of the file stands in every ledger entry."""

_JUDGED: Final = """## How a look is judged

1. The role must exist and have the verb in `may`.
2. A purpose must be named and exist.
3. Every field asked for must exist, must not be taken by a `[[deny]]` and must be given by an
   `[[allow]]` for this role and purpose. One field that fails refuses the whole look.
4. When the purpose rests on a fact, one must be named that is recorded, about this customer, of
   that type, open and not expired. A fact that is named without need must hold as well.
5. Of the `[[allow]]` rules for a field the clearest whose conditions are met counts."""


def markdown() -> str:
    """The whole page, ending in a line break."""
    parts = [
        _INTRO,
        *map(_table, TABLES),
        _JUDGED,
        _words("Verbs", "`may` of a role", ACTS.items()),
        _words("Forms", "`show` of an `[[allow]]`, clearest first", FORMS.items()),
        _words("Ways to find", "`find` of an `[[allow]]`; customers are found by", WAYS.items()),
        _words("Assurance", "`assurance` of an `[[allow]]`", FACTORS.items()),
        _reasons(),
        _tree("Categories", CATEGORIES),
        _tree("Uses", USES),
    ]
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    head = ["| key | is | unless given | says | example |", "|---|---|---|---|---|"]
    return "\n".join([f"## `{table.header}`\n\n{table.says}\n", *head, *map(_row, table.keys)])


def _row(key: Key) -> str:
    unless = {None: "must be given", "none": "none"}.get(key.default, f"`{key.default}`")
    cells = [f"`{key.name}`", _is(key), unless, key.says, f"`{key.example}`"]
    return "| " + " | ".join(cells) + " |"


def _is(key: Key) -> str:
    """The shape of a value with what it is bounded by."""
    if key.refers:
        star = ', or `"*"`' if key.star else ""
        return f"{key.kind} of `[{key.refers}]`{star}"
    if key.bounds != (0, 0):
        return f"{key.kind} from {key.bounds[0]} to {key.bounds[1]}"
    if len(key.choices) > _LONG:
        return f"{key.kind}, see the list below"
    if key.choices:
        return f"{key.kind}: " + ", ".join(f"`{word}`" for word in key.choices)
    return str(key.kind)


def _words(title: str, says: str, words: Iterable[tuple[object, str]]) -> str:
    rows = [f"| `{word}` | {meaning} |" for word, meaning in words]
    return "\n".join([f"## {title}\n\n{says}:\n", "| word | means |", "|---|---|", *rows])


def _reasons() -> str:
    head = ["| reason | means | what to do |", "|---|---|---|"]
    rows = [f"| `{reason}` | {said.sentence} | {said.hint} |" for reason, said in REASONS.items()]
    intro = "## Why a look is refused\n\nThe first that applies is told and entered:\n"
    return "\n".join([intro, *head, *rows])


def _tree(title: str, words: Collection[str]) -> str:
    intro = f"## {title}\n\n[Fideslang](https://ethyca.github.io/fideslang/) keys, by branch:\n"
    return "\n".join([intro, *_branches(words)])


def _branches(words: Collection[str]) -> Iterator[str]:
    """One bullet per branch, so that a reader finds a key by its beginning."""
    for _, branch in groupby(sorted(words), key=lambda word: word.split(".")[:2]):
        yield "- " + ", ".join(f"`{word}`" for word in branch)
