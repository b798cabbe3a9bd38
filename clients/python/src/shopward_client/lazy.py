"""Values that are revealed when they are needed, all of a page in one call.

    page = Page(vault, placeholder="•••")
    with purpose("support", ticket=7):
        rows = [(page.value(token, "first_name"), page.value(token, "city")) for token in tokens]
    print(rows[0][0])        # one call to the vault reveals everything that waits

The value that is asked first reveals with it every other one of its page: one item per customer
and fact. The policy permits all fields of an item or none. Where it refuses some, each field of
those is asked for by itself, so that one costs its neighbours nothing: two calls a page, never
more, as long as there are no more items than `size`.

- `reveal` gives the value or raises; `str` gives what may be printed: the value, nothing where the
  customer has none, the placeholder where it was refused or the vault is away.
- No `repr` shows a value. Purpose and fact are those given, or of the block around `value`.
- Each value is entered in the ledger like any look; with a `Cache` only where it was not kept.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Protocol

from shopward_client.answers import Revealed
from shopward_client.cache import Cache, Place
from shopward_client.context import reason
from shopward_client.errors import (
    DeniedError,
    InvalidError,
    ShopwardError,
    UnexpectedAnswerError,
)
from shopward_client.items import Reveal
from shopward_client.outcome import Batch, Outcome

SIZE = 100
"""Items of one call: well below what a vault takes by default (1000)."""


class Reveals(Protocol):
    """What a page asks: a `Client`."""

    def reveal_many(self, items: Sequence[Reveal], /) -> Batch[Revealed]:
        """Open fields of many customers in one call."""


class RevealsLater(Protocol):
    """What an asynchronous page asks: an `AsyncClient`."""

    async def reveal_many(self, items: Sequence[Reveal], /) -> Batch[Revealed]:
        """Open fields of many customers in one call."""


@dataclass(slots=True)
class Known:
    """What came of a value: the value itself, or why there is none."""

    value: str | None = field(repr=False)
    problem: ShopwardError | None = None


class Value:
    """One field of one customer; made by a page."""

    __slots__ = ("_known", "_page", "place")

    def __init__(self, page: _Page, place: Place) -> None:
        self._page, self.place = page, place
        self._known: Known | None = None

    def __repr__(self) -> str:
        return f"Value({self.place.field!r})"

    @property
    def known(self) -> Known | None:
        """What came of it; None while it waits."""
        return self._known

    def reveal(self) -> str | None:
        """Give the value, None where the customer has none.

        Raises:
            ShopwardError: Why it is not shown; the same error each time.
        """
        known = self._known or self._page.know(self)
        if known.problem is not None:
            raise known.problem
        return known.value

    def __str__(self) -> str:
        try:
            return self.reveal() or ""
        except ShopwardError:
            return self._page.placeholder

    def settle(self, known: Known) -> None:
        """Take what came of it; for the page alone."""
        self._known = known


class _Gathering:
    """The values of a page that wait, and how they are asked for: no sockets, no locks."""

    def __init__(self, *, size: int, cache: Cache | None, placeholder: str) -> None:
        if size < 1:
            raise InvalidError("`size` is 1 or more.", field="size")
        self._size, self._cache = size, cache
        self.placeholder = placeholder
        self._waiting: dict[Place, list[Value]] = {}

    def wait(self, value: Value) -> None:
        kept = self._cache.get(value.place) if self._cache is not None else None
        if kept is not None:
            value.settle(Known(kept[0]))
        else:
            self._waiting.setdefault(value.place, []).append(value)

    def whole(self) -> Iterator[list[Reveal]]:
        """Everything that waits, one item per customer and fact, in parts of `size`."""
        fields: dict[tuple[str, str | None, str | None], list[str]] = {}
        for place in self._waiting:
            fields.setdefault((place.subject, place.purpose, place.fact), []).append(place.field)
        yield from self._parts(
            [Reveal(who, names, what, fact) for (who, what, fact), names in fields.items()]
        )

    def single(self, refused: Sequence[Reveal]) -> Iterator[list[Reveal]]:
        """The fields of refused items, each by itself."""
        yield from self._parts(
            [
                Reveal(one.subject, [name], one.purpose, one.fact)
                for one in refused
                for name in one.fields
            ]
        )

    def take(self, items: Sequence[Reveal], batch: Sequence[Outcome[Revealed]]) -> list[Reveal]:
        """Give values what came of them; the items whose fields are to be asked one by one."""
        again = []
        for item, outcome in zip(items, batch, strict=True):
            if isinstance(outcome.problem, DeniedError) and len(item.fields) > 1:
                again.append(item)
            else:
                self._settle(item, outcome)
        return again

    def fail(self, error: ShopwardError) -> None:
        """Nothing came: all that wait know why, and are asked for no more."""
        for values in self._waiting.values():
            for value in values:
                value.settle(Known(None, error))
        self._waiting.clear()

    def _settle(self, item: Reveal, outcome: Outcome[Revealed]) -> None:
        for name in item.fields:
            place = Place(item.subject, name, item.purpose, item.fact)
            known = _known(outcome, name)
            if self._cache is not None and known.problem is None:
                self._cache.put(place, known.value)
            for value in self._waiting.pop(place, ()):
                value.settle(known)

    def _parts(self, items: list[Reveal]) -> Iterator[list[Reveal]]:
        for start in range(0, len(items), self._size):
            yield items[start : start + self._size]


def _known(outcome: Outcome[Revealed], name: str) -> Known:
    if outcome.problem is not None:
        return Known(None, outcome.problem)
    shown = outcome.result.fields if outcome.result is not None else {}
    if name not in shown:
        return Known(None, UnexpectedAnswerError("The answer lacks a field.", field=name))
    return Known(shown[name])


class _Page(ABC):
    """What both pages share: values that wait, and one who asks for them at a time."""

    def __init__(self, *, placeholder: str, size: int, cache: Cache | None) -> None:
        self._gathering = _Gathering(size=size, cache=cache, placeholder=placeholder)
        self._lock = RLock()

    @property
    def placeholder(self) -> str:
        """What stands for a value that is not shown."""
        return self._gathering.placeholder

    def value(
        self, subject: str, field: str, *, purpose: str | None = None, fact: str | None = None
    ) -> Value:
        """Make a value that is revealed with the others of the page.

        Args:
            subject: `cus_…`, `external:<id>` or `<field>:<value>`.
            field: The field.
            purpose: Why, as the policy names it; that of the block around this when left out.
            fact: What it rests on, such as `order:1042`.
        """
        why = reason(purpose, fact)
        value = Value(self, Place(subject, field, why.purpose, why.fact))
        with self._lock:
            self._gathering.wait(value)
        return value

    @abstractmethod
    def know(self, value: Value) -> Known:
        """Give what came of a value.

        Raises:
            ShopwardError: It cannot be asked for here.
        """


class Page(_Page):
    """Values that are revealed together, the moment one is asked. Safe to share between threads.

    Args:
        vault: A client that stays open for as long as values are asked.
        placeholder: What `str` gives for a value that is not shown.
        size: Items of one call.
        cache: Values revealed a moment ago; None keeps nothing.
    """

    def __init__(
        self,
        vault: Reveals,
        *,
        placeholder: str = "•••",
        size: int = SIZE,
        cache: Cache | None = None,
    ) -> None:
        super().__init__(placeholder=placeholder, size=size, cache=cache)
        self._vault = vault

    def fill(self) -> None:
        """Reveal everything that waits.

        It raises nothing: what was refused says so when it is asked, and so does a value that was
        not had because the vault was away.
        """
        with self._lock:
            gathering, refused = self._gathering, list[Reveal]()
            try:
                for items in gathering.whole():
                    refused += gathering.take(items, self._vault.reveal_many(items))
                for items in gathering.single(refused):
                    gathering.take(items, self._vault.reveal_many(items))
            except ShopwardError as error:
                gathering.fail(error)

    def know(self, value: Value) -> Known:
        """Give what came of a value, after filling the page."""
        with self._lock:
            if value.known is None:
                self.fill()
        return value.known or Known(None, UnexpectedAnswerError("The answer lacks a value."))


class AsyncPage(_Page):
    """As `Page`, for asyncio: `fill` is awaited before values are asked.

    A value that still waits raises `InvalidError`, and prints as the placeholder.
    """

    def __init__(
        self,
        vault: RevealsLater,
        *,
        placeholder: str = "•••",
        size: int = SIZE,
        cache: Cache | None = None,
    ) -> None:
        super().__init__(placeholder=placeholder, size=size, cache=cache)
        self._vault = vault

    async def fill(self) -> None:
        """Reveal everything that waits; it raises nothing, as `Page.fill` does not."""
        gathering, refused = self._gathering, list[Reveal]()
        try:
            for items in gathering.whole():
                refused += gathering.take(items, await self._vault.reveal_many(items))
            for items in gathering.single(refused):
                gathering.take(items, await self._vault.reveal_many(items))
        except ShopwardError as error:
            gathering.fail(error)

    def know(self, value: Value) -> Known:
        """Refuse: it was not filled.

        Raises:
            InvalidError: Always.
        """
        raise InvalidError("The page was not filled; await `fill` first.", field=value.place.field)
