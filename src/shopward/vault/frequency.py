"""The frequency attack on an index: what a thief of the database guesses who has a table of values.

Pure: counts in, shares out. The thief sees how many customers share each digest, and for a prefix
index which digests are beginnings of which. He does not know whose digest is whose, so that he
matches ranks: the digest that most customers have is the value that is most frequent.

    by a table   half of the shop's customers are the public table, the others are attacked:
                 rank by rank, and in a prefix index from its first characters down
    perfect      his table is this shop's own: whatever count belongs to one value alone gives it
                 away, of several with the same count he guesses one

- What another method finds may be more: these are lower bounds of what a thief can do.
- Ties fall in an order that says nothing about the value.

Source: Naveed, Kamara, Wright, "Inference Attacks on Property-Preserving Encrypted Databases",
CCS 2015, §4.1 (frequency analysis).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from shopward.policy import Way
from shopward.vault.postings import GRAM, LEAST, LONGEST_PREFIX

Counts = Mapping[str, int]


class Attack(Struct, frozen=True):
    """What came of it: of `attacked` customers `by_table` are guessed, of `customers` `perfect`."""

    customers: int
    attacked: int
    by_table: int
    perfect: int

    @property
    def share(self) -> float:
        """The worse of both, 0 to 1."""
        table = self.by_table / self.attacked if self.attacked else 0.0
        return max(table, self.perfect / self.customers if self.customers else 0.0)


def attack(way: Way, table: Counts, seen: Counts) -> Attack:
    """Attacks the customers in `seen` with those in `table`.

    Args:
        way: What the index shows besides how often a whole value occurs.
        table: How many customers have each form: what the thief knows.
        seen: The same of those who are attacked; forms, which here stand for digests.
    """
    guessed = by_rank(table, seen)
    if way is Way.PREFIX:
        guessed = max(guessed, by_tree(table, seen))
    elif way is Way.INFIX:
        guessed = max(guessed, by_parts(table, seen))
    whole = Counter(table) + Counter(seen)
    return Attack(whole.total(), sum(seen.values()), guessed, perfect(whole))


def perfect(counts: Counts) -> int:
    """Customers guessed by one who knows every count: for each count, one value."""
    return sum(set(counts.values()))


def by_rank(table: Counts, seen: Counts) -> int:
    """Customers whose value is guessed, rank for rank."""
    pairs = zip(_ranked(seen, b"seen"), _ranked(table, b"table"), strict=False)
    return sum(seen[value] for value, guess in pairs if value == guess)


def by_tree(table: Counts, seen: Counts) -> int:
    """As `by_rank`, level for level of the beginnings that an index shows."""
    return _descend(list(table.items()), list(seen.items()), LEAST[Way.PREFIX])


def by_parts(table: Counts, seen: Counts) -> int:
    """Customers all of whose parts are guessed, rank for rank of the parts."""
    known, shown = _parts(table), _parts(seen)
    pairs = zip(_ranked(shown, b"seen"), _ranked(known, b"table"), strict=False)
    right = {part for part, guess in pairs if part == guess}
    return sum(
        count for form, count in seen.items() if (parts := _parts_of(form)) and parts <= right
    )


def _descend(table: Sequence[tuple[str, int]], seen: Sequence[tuple[str, int]], length: int) -> int:
    """Customers guessed among those who share a beginning, by its longer ones."""
    if length > LONGEST_PREFIX or not table or not seen:
        return by_rank(dict(table), dict(seen))
    known, shown = _grouped(table, length), _grouped(seen, length)
    pairs = zip(
        _ranked({one: _total(rows) for one, rows in shown.items()}, b"seen"),
        _ranked({one: _total(rows) for one, rows in known.items()}, b"table"),
        strict=False,
    )
    found = 0
    for part, guess in pairs:
        if part != guess:
            continue
        if len(part) < length:
            found += _total(shown[part])
        else:
            found += _descend(known[part], shown[part], length + 1)
    return found


def _grouped(rows: Iterable[tuple[str, int]], length: int) -> dict[str, list[tuple[str, int]]]:
    """By their first characters; one that is shorter stands for itself."""
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for form, count in rows:
        found[form[:length]].append((form, count))
    return found


def _total(rows: Iterable[tuple[str, int]]) -> int:
    return sum(count for _, count in rows)


def _parts(counts: Counts) -> Counter[str]:
    found: Counter[str] = Counter()
    for form, count in counts.items():
        for part in _parts_of(form):
            found[part] += count
    return found


def _parts_of(form: str) -> set[str]:
    return {form[at : at + GRAM] for at in range(len(form) - GRAM + 1)}


def _ranked(counts: Counts, salt: bytes) -> list[str]:
    """The most frequent first; ties by a hash that differs between table and seen."""

    def place(form: str) -> tuple[int, bytes]:
        return -counts[form], hashlib.blake2b(form.encode(), digest_size=8, salt=salt).digest()

    return sorted(counts, key=place)
