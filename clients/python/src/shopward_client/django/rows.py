"""Where a row remembers the tokens that it was loaded with, apart from what was assigned since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from shopward_client.django.page import Sealed

_HANDLES: ContextVar[bool] = ContextVar("shopward_handles", default=False)


class Row(dict[str, Sealed]):
    """What a row was loaded with, or last saved, by attribute; `pk` is whose it is."""

    pk: Any = None


def row(instance: Any) -> Row:
    """What a row remembers."""
    state = instance._state
    kept: Row | None = getattr(state, "shopward", None)
    if kept is None:
        kept = state.shopward = Row()
        kept.pk = instance.__dict__.get(instance._meta.pk.attname)
    return kept


def is_copy(instance: Any) -> bool:
    """Whether a row that was loaded is about to be saved as another one."""
    kept = row(instance)
    return bool(kept) and (instance.pk is None or (kept.pk is not None and kept.pk != instance.pk))


def is_handles() -> bool:
    """Whether values are handed on unread here."""
    return _HANDLES.get()


@contextmanager
def _handles() -> Iterator[None]:
    before = _HANDLES.set(True)
    try:
        yield
    finally:
        _HANDLES.reset(before)


def hand_on(model: Any) -> None:
    """Let a model's `refresh_from_db` take tokens over without revealing what they stand for."""
    refresh: Callable[..., None] = model.refresh_from_db
    if getattr(refresh, "shopward", False):
        return

    @wraps(refresh)
    def handing(self: Any, *args: Any, **kwargs: Any) -> None:
        with _handles():
            refresh(self, *args, **kwargs)

    handing.shopward = True  # type: ignore[attr-defined]
    model.refresh_from_db = handing
