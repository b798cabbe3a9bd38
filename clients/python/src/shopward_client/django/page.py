"""What was loaded and not yet looked at: one value that is read reveals all of the page, in a call.

A page is what one request loaded (or one thread, where there is no request), as long as somebody
still holds it: what was let go is not revealed. At most `MOST` values wait; the oldest are then
revealed with others that are read later.

- `tokens_only` shows tokens in place of values, and takes them: `dumpdata` and `loaddata` do.
- `strict` raises what is in the way instead of showing `•••`: for code that uses a value rather
  than displays it, such as printing a parcel's label.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from shopward_client.context import reason
from shopward_client.django import conf
from shopward_client.errors import ShopwardError
from shopward_client.lazy import Known, Page

MOST = 2_000
LOG = logging.getLogger("shopward_client.django")


@dataclass(slots=True)
class Waiting:
    """What one request loaded, and what it searched for."""

    values: deque[ref[Sealed]] = field(default_factory=lambda: deque(maxlen=MOST))
    found: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict, repr=False)


_PAGE: ContextVar[Waiting | None] = ContextVar("shopward_page", default=None)
_TOKENS: ContextVar[bool] = ContextVar("shopward_tokens", default=False)
_STRICT: ContextVar[bool] = ContextVar("shopward_strict", default=False)


class Sealed:
    """A value that is in the vault, by its token; text to whoever asks for text.

    What the database's column holds is `text`. A copy, pickled or not, is without the value.
    """

    __slots__ = ("__weakref__", "_known", "name", "text", "token")

    def __init__(self, text: str, token: str, name: str, known: Known | None = None) -> None:
        self.text, self.token, self.name, self._known = text, token, name, known

    def __repr__(self) -> str:
        return f"Sealed({self.name!r})"

    def __reduce__(self) -> tuple[type[Sealed], tuple[str, str, str]]:
        return Sealed, (self.text, self.token, self.name)

    def __str__(self) -> str:
        if _TOKENS.get():
            return self.text
        known = self.know()
        if known.problem is None:
            return known.value or ""
        if _STRICT.get():
            raise known.problem
        return conf.PLACEHOLDER

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(str, name):
            raise AttributeError(name)
        return getattr(str(self), name)

    @property
    def known(self) -> Known | None:
        """What came of it; None as long as nobody asked."""
        return self._known

    def know(self) -> Known:
        """Reveal it, with all that waits beside it."""
        if self._known is None:
            reveal([self])
        return self._known or Known(None)

    def settle(self, known: Known | None) -> None:
        """Take what came of it; None lets it be asked again."""
        self._known = known


def page() -> Waiting:
    """What this request loaded."""
    current = _PAGE.get()
    if current is None:
        current = Waiting()
        _PAGE.set(current)
    return current


def begin(**_signal: object) -> None:
    """Begin a page: a request comes in."""
    _PAGE.set(Waiting())


def wait(sealed: Sealed) -> Sealed:
    """Let a value wait for the first that is read."""
    page().values.append(ref(sealed))
    return sealed


def reveal_earlier(token: str, names: Collection[str], own: Collection[Sealed]) -> None:
    """Reveal what others loaded and is about to change: it is to read as it was when loaded."""
    loaded = [one for one in (found() for found in page().values) if one is not None]
    changing = [
        one for one in loaded if one.token == token and one.name in names and one not in own
    ]
    if any(one.known is None for one in changing):
        reveal(changing)


def reveal(asked: list[Sealed]) -> None:
    """Reveal these and all that waits on this page, in one call for each hundred rows.

    It raises nothing: each value knows what came of it.
    """
    waiting = page().values
    loaded = [one for one in (found() for found in waiting) if one is not None]
    waiting.clear()
    wanted = [one for one in dict.fromkeys([*asked, *loaded]) if one.known is None]
    try:
        why = reason(None, None)
        gathered = Page(conf.client())
        purpose = why.purpose or conf.purpose()
        pairs = [
            (one, gathered.value(one.token, one.name, purpose=purpose, fact=why.fact))
            for one in wanted
        ]
    except ShopwardError as error:
        _settle([(one, Known(None, error)) for one in wanted])
        return
    gathered.fill()
    _settle([(one, value.known or gathered.know(value)) for one, value in pairs])


def _settle(came: list[tuple[Sealed, Known]]) -> None:
    reasons: dict[str, int] = {}
    for one, known in came:
        one.settle(known)
        if known.problem is not None:
            reasons[known.problem.code] = reasons.get(known.problem.code, 0) + 1
    for code, count in reasons.items():
        LOG.warning("%d values are not shown (%s)", count, code)


@contextmanager
def tokens_only() -> Iterator[None]:
    """Read and save tokens instead of values within the block."""
    before = _TOKENS.set(True)
    try:
        yield
    finally:
        _TOKENS.reset(before)


def is_tokens_only() -> bool:
    """Whether tokens are read and saved here."""
    return _TOKENS.get()


@contextmanager
def strict() -> Iterator[None]:
    """Raise within the block what is in the way of a value, instead of showing `•••`.

    Raises:
        ShopwardError: Inside, when a value that is read is not to be had.
    """
    before = _STRICT.set(True)
    try:
        yield
    finally:
        _STRICT.reset(before)
