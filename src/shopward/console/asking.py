"""A question to the data plane: answered with a value, a refusal, or that it is away. No 500."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from django.http import HttpRequest

from shopward.console import vouch
from shopward_client import (
    Client,
    InternalError,
    NoAnswerError,
    ShopwardError,
    UnauthenticatedError,
    UnavailableError,
    UnexpectedAnswerError,
)

T = TypeVar("T")
AWAY: Final = (
    UnavailableError,
    NoAnswerError,
    UnauthenticatedError,
    UnexpectedAnswerError,
    InternalError,
)
"""The vault cannot say now. It answers 401 to a control plane whose key it does not know."""
STALE: Final = frozenset({"sign-in-too-old", "assurance-too-low"})
"""Refusals that end when the person confirms who it is."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What came of a question: exactly one of the three."""

    value: T | None = None
    problem: ShopwardError | None = None
    is_away: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether a fresh proof of the person would change the answer."""
        return self.problem is not None and self.problem.reason in STALE


def ask(request: HttpRequest, question: Callable[[Client], T]) -> Asked[T]:
    """Asks for the person who is signed in."""
    try:
        with vouch.for_person(request) as client:
            return Asked(question(client))
    except AWAY:
        return Asked(is_away=True)
    except ShopwardError as problem:
        return Asked(problem=problem)
