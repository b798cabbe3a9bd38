"""Protecting as it runs: values go to the data plane, then tokens take their place in the rows.

    a batch    store · reveal one row and compare · remember · change rows

- A row is changed only when the vault has acknowledged its values, and only where it still holds
  them. A row that was stored before a kill is known by the name it was stored under, and updated.
- A row that the shop changes meanwhile is left alone and moved in the next pass.
- A row that cannot be moved is named by its key and stays as it is; the others go on.
- Rows share a customer only where their values agree: those of one person, and those that hold a
  token already when a column is added. A row that differs is a customer of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shopward.errors import ConflictError, UndecryptableError
from shopward.sources.protect import Change, Journal, Row, Shop
from shopward.sources.protect.map_file import WIDTHS, Mapped, Target
from shopward.sources.protect.preflight import PAGE, Counts, is_clear
from shopward.sources.protect.shop import Key
from shopward.vault.tokens import is_token, new_mail_token, new_phone_token, new_token
from shopward_client import Reveal, ShopwardError, Store, TooLargeError, Update
from shopward_client.django import tokens

if TYPE_CHECKING:
    from shopward_client import Client, Outcome

BATCH_ROWS = 200
ABSENT, CONFLICT = 404, 409
REFUSED = frozenset({400, ABSENT, CONFLICT, 413})
LENGTHS = frozenset({*WIDTHS.values(), len(new_mail_token())})
"""Of everything that the vault, the Django app or this command ever puts in a column."""
MOST_REFUSED = 10_000
PASSES = 20
"""Passes over a table whose rows change all the time; what is left then is named."""
NOBODY = (None, "", 0, "0")
"""What a column that says whose a row is holds for nobody: guests of WooCommerce are 0."""


def token_in(text: object) -> str | None:
    """The token that a text holds, in any of the shapes; None where it holds something else."""
    if not isinstance(text, str) or len(text) not in LENGTHS:
        return None
    return tokens.token_in(text) or (text if is_token(text) else None)


@dataclass(slots=True)
class Done:
    """How far a table is: rows looked at in this pass, changed in all, and those that stay."""

    tell: Callable[[int, int], object] = field(default=lambda _seen, _changed: None, repr=False)
    seen: int = 0
    changed: int = 0
    refusals: dict[Key, str] = field(default_factory=dict)

    def refuse(self, key: Key, why: str) -> None:
        """A row stays as it is.

        Raises:
            ConflictError: There are so many that something else is wrong.
        """
        self.refusals.setdefault(key, why)
        if len(self.refusals) > MOST_REFUSED:
            raise ConflictError(
                f"More than {MOST_REFUSED:,} rows cannot be moved ({why}).",
                hint="Correct the cause, and run it again to go on.",
            )


@dataclass(frozen=True, slots=True)
class Job:
    """One table, and everything that is needed to move it."""

    client: Client
    shop: Shop
    journal: Journal
    counts: Counts
    purpose: str
    done: Done

    @property
    def target(self) -> Target:
        """What the map says of it."""
        return self.counts.target

    @property
    def columns(self) -> list[str]:
        """The columns that are moved."""
        return [one.column for one in self.target.columns]

    def pages(self) -> Iterator[list[Row]]:
        """Every row, a page at a time."""
        person = self.target.person
        return self.shop.pages(
            self.counts.shape, self.columns, person.column if person else None, PAGE
        )

    def write(self, changes: Sequence[Change]) -> list[Key]:
        """Change rows; gives those that are not as they were read any more, and stay."""
        return self.shop.change(self.counts.shape, self.columns, changes)


def rehearsal(shop: Shop, counts: Counts) -> Change | None:
    """A change of one row to tokens of nobody, to try; None where no row has a value."""
    names = [one.column for one in counts.target.columns]
    widest = _Customer(
        new_token("cus"),
        dict.fromkeys((one.field for one in counts.target.columns), new_phone_token()),
    )
    for page in shop.pages(counts.shape, names, None, PAGE):
        for row in page:
            after = tuple(
                _stand_in(one, widest) if is_clear(value, token_in) else value
                for one, value in zip(counts.target.columns, row.values, strict=True)
            )
            if after != row.values:
                return Change(row.key, row.values, after)
    return None


Step = Callable[[list[Row]], list[Change]]


def protect(job: Job) -> None:
    """Put tokens in the place of every value of a table; begun again, it goes on.

    Raises:
        ConflictError: The database refuses a token; nothing of that batch was changed.
        UndecryptableError: The vault gives back something else than it was given.
        UnavailableError: Shop or vault are away; run it again to go on.
        shopward_client.ShopwardError: The vault cannot be asked; as above.
    """
    job.journal.begin(job.target.table)
    passes(job, Protecting(job).changes, _is_waiting)


def passes(job: Job, step: Step, is_waiting: Callable[[Row], bool]) -> None:
    """Go over a table until no row is met that has to be changed."""
    for left in reversed(range(PASSES)):
        if not _pass(job, step, is_waiting, is_last=not left):
            return


def _pass(job: Job, step: Step, is_waiting: Callable[[Row], bool], *, is_last: bool) -> int:
    """Go over the table once; how many rows were met that had to be changed."""
    met = job.done.seen = 0
    for page in job.pages():
        waiting = [one for one in page if one.key not in job.done.refusals and is_waiting(one)]
        for start in range(0, len(waiting), BATCH_ROWS):
            changes = step(waiting[start : start + BATCH_ROWS])
            missed = job.write(changes) if changes else []
            met += len(changes)
            job.done.changed += len(changes) - len(missed)
            for key in missed if is_last else ():
                job.done.refuse(key, "it changes again and again")
        job.done.seen += len(page)
        job.done.tell(job.done.seen, job.done.changed)
    return met


def _is_waiting(row: Row) -> bool:
    return any(is_clear(value, token_in) for value in row.values)


@dataclass(frozen=True, slots=True)
class _Customer:
    """A row's customer: her token, and the tokens of her fields that have one."""

    token: str
    fields: dict[str, str]


class Protecting:
    """One direction: values to tokens.

    Args:
        job: The table.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._phones = [one.field for one in job.target.columns if one.token == "phone"]  # noqa: S105 - a shape's name

    def changes(self, rows: list[Row]) -> list[Change]:
        """What the rows are to hold; the vault has all of it when this returns."""
        known: dict[Key, _Customer] = {}
        for some in _one_each(rows, self._whose):
            known |= self._shared(some)
        refused = self._job.done.refusals
        known |= self._own([one for one in rows if one.key not in known | refused.keys()])
        moved = [one for one in rows if one.key in known]
        if moved:
            self._verify(moved[0], known[moved[0].key])
        return [self._change(one, known[one.key]) for one in moved]

    def _clear(self, row: Row) -> dict[str, str]:
        return {
            one.field: value
            for one, value in zip(self._job.target.columns, row.values, strict=True)
            if is_clear(value, token_in)
        }

    def _change(self, row: Row, customer: _Customer) -> Change:
        after = tuple(
            _stand_in(one, customer) if is_clear(value, token_in) else value
            for one, value in zip(self._job.target.columns, row.values, strict=True)
        )
        return Change(row.key, row.values, after)

    # Rows that are a customer each

    def _own(self, rows: list[Row]) -> dict[Key, _Customer]:
        names = {one.key: self._job.journal.row(self._job.target.table, one.key) for one in rows}
        found, taken = self._store(rows, names)
        ours = [(one, f"external:{names[one.key]}") for one in rows if one.key in taken]
        return found | self._update(ours, taken)

    def _store(
        self, rows: list[Row], names: Mapping[Key, str]
    ) -> tuple[dict[Key, _Customer], dict[Key, ShopwardError]]:
        """New customers; and what is taken already, which may be by the same row before a kill."""
        items = [Store(clear, names[one.key], self._asked(clear))
                 for one in rows for clear in [self._clear(one)]]  # fmt: skip
        found, taken = dict[Key, _Customer](), dict[Key, ShopwardError]()
        outcomes = _ask(self._job.client.store_many, items)
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.problem is not None and outcome.status == CONFLICT:
                taken[row.key] = outcome.problem
            elif (customer := self._customer(row, outcome)) is not None:
                found[row.key] = customer
        return found, taken

    def _update(
        self, rows: Sequence[tuple[Row, str]], taken: Mapping[Key, ShopwardError]
    ) -> dict[Key, _Customer]:
        items = [Update(who, clear, self._asked(clear))
                 for row, who in rows for clear in [self._clear(row)]]  # fmt: skip
        found = dict[Key, _Customer]()
        outcomes = _ask(self._job.client.update_many, items)
        for (row, _), outcome in zip(rows, outcomes, strict=True):
            if outcome.status == ABSENT:
                self._job.done.refuse(row.key, told(taken[row.key]))
            elif (customer := self._customer(row, outcome)) is not None:
                found[row.key] = customer
        return found

    def _asked(self, clear: Mapping[str, str]) -> list[str]:
        """The fields that get a token of their own."""
        return [name for name in self._phones if name in clear]

    def _customer(self, row: Row, outcome: Outcome[Any]) -> _Customer | None:
        if outcome.problem is None:
            done = outcome.unwrap()
            return _Customer(done.subject, dict(done.tokens))
        if outcome.status not in REFUSED:
            raise outcome.problem
        self._job.done.refuse(row.key, told(outcome.problem))
        return None

    # Rows that share a customer

    def _whose(self, row: Row) -> object:
        """What rows of one customer have in common; None for a row that is on its own."""
        held = next((token for value in row.values if (token := token_in(value))), None)
        if held is not None:
            return held
        person = self._job.target.person
        if person is None or row.person in NOBODY:
            return None
        return "external:" + self._job.journal.person(person.name, row.person)

    def _shared(self, rows: list[Row]) -> dict[Key, _Customer]:
        """Customers of rows of different people; a row that does not agree is left out."""
        whose = {one.key: str(self._whose(one)) for one in rows}
        new = [one for one in rows if whose[one.key].startswith("external:")]
        names = {key: name.removeprefix("external:") for key, name in whose.items()}
        found, taken = self._store(new, names)
        self._remember(found, whose)
        for one in self._agreeing([one for one in rows if one.key not in found], whose, taken):
            who, clear = whose[one.key], self._clear(one)
            tokens_of = self._job.journal.shared(who)
            asked = [name for name in self._asked(clear) if name not in tokens_of]
            outcome = _ask(self._job.client.update_many, [Update(who, clear, asked)])[0]
            customer = self._customer(one, outcome)
            if customer is not None:
                self._remember({one.key: customer}, whose)
                found[one.key] = _Customer(customer.token, {**tokens_of, **customer.fields})
        return found

    def _remember(self, found: Mapping[Key, _Customer], whose: Mapping[Key, str]) -> None:
        self._job.journal.share(
            (whose[key], name, token)
            for key, customer in found.items()
            for name, token in customer.fields.items()
        )

    def _agreeing(
        self, rows: list[Row], whose: Mapping[Key, str], taken: Mapping[Key, ShopwardError]
    ) -> list[Row]:
        """The rows whose values are their customer's, or new to her."""
        fields = [one.field for one in self._job.target.columns]
        asks = [Reveal(whose[one.key], fields, self._job.purpose) for one in rows]
        agreeing = []
        for row, outcome in zip(rows, _ask(self._job.client.reveal_many, asks), strict=True):
            if outcome.status == ABSENT:
                if row.key in taken:
                    self._job.done.refuse(row.key, told(taken[row.key]))
                continue
            if self._agrees(row, whose[row.key], outcome.unwrap().fields):
                agreeing.append(row)
        return agreeing

    def _agrees(self, row: Row, who: str, held: Mapping[str, str | None]) -> bool:
        """A token for a phone number that some row may hold is not known, and would end."""
        known = who.startswith("external:")
        return all(
            held.get(name) is None or (held[name] == value and (known or name not in self._phones))
            for name, value in self._clear(row).items()
        )

    def _verify(self, row: Row, customer: _Customer) -> None:
        """Read one row of the batch back before any is changed.

        Raises:
            UndecryptableError: It is not what was stored.
        """
        clear = self._clear(row)
        seen = self._job.client.reveal(customer.token, list(clear), purpose=self._job.purpose)
        if {name: seen.fields.get(name) for name in clear} != clear:
            raise UndecryptableError


def _stand_in(column: Mapped, customer: _Customer) -> str:
    if column.token == "phone":  # noqa: S105 - a shape's name
        return customer.fields[column.field]
    return tokens.shaped(customer.token, column.token)


def _ask(call: Callable[..., Sequence[Outcome[Any]]], items: Sequence[Any]) -> list[Outcome[Any]]:
    """The outcomes of a batch; one that is too large as a whole goes in halves.

    Raises:
        shopward_client.ShopwardError: The vault cannot be asked, or does not let us.
    """
    if not items:
        return []
    try:
        return list(call(items))
    except TooLargeError:
        if len(items) == 1:
            raise
        middle = len(items) // 2
        return [*_ask(call, items[:middle]), *_ask(call, items[middle:])]


def _one_each(rows: Sequence[Row], whose: Callable[[Row], object]) -> Iterator[list[Row]]:
    """The rows that share a customer in rounds, in each of which everybody has one at most."""
    left = [(whose(one), one) for one in rows]
    left = [(who, one) for who, one in left if who is not None]
    while left:
        first: dict[object, Row] = {}
        later = [(who, one) for who, one in left if first.setdefault(who, one) is not one]
        yield list(first.values())
        left = later


def told(problem: ShopwardError) -> str:
    """Why the vault refuses a row, without its values."""
    return " ".join(filter(None, (problem.code, problem.reason, problem.field)))
