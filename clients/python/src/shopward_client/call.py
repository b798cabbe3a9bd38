"""One call to the vault as a value: what to send, and how to read what comes back.

The protocol lives here and in `calls`, without sockets: both clients only carry a `Call` out and
an `Answer` or a `Failure` back. `finish` turns that into a result or an error.

* Bodies, queries and answers are left out of every `repr`: they hold values.
* A call is repeated only if `can_repeat` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shopward_client.answers import Problem
from shopward_client.decode import decode, parse_json
from shopward_client.errors import (
    NoAnswerError,
    RateLimitedError,
    ShopwardError,
    UnavailableError,
    UnexpectedAnswerError,
    UnreachableError,
    from_problem,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the vault said; `media_type` is in lower case and without parameters."""

    status: int
    media_type: str
    body: bytes = field(repr=False)
    retry_after_s: int | None = None

    @property
    def is_problem(self) -> bool:
        """Whether the body holds RFC 9457 problem details."""
        return self.media_type == "application/problem+json"


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer came; `why` is a short phrase, `is_sent` whether the vault may have acted."""

    is_sent: bool
    why: str


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request and the reader of its answer.

    Attributes:
        method: The HTTP method.
        path: The path below the vault's address, with what is variable percent-encoded.
        read: Reads an answer whose status is in `statuses`.
        query: Name and value pairs.
        body: JSON bytes.
        idempotency_key: 1-200 visible ASCII characters; the vault then writes once at most.
        is_harmless: A POST that may be repeated although it carries no key.
        statuses: What counts as success.
    """

    method: str
    path: str
    read: Callable[[Answer], T] = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    is_harmless: bool = False
    statuses: frozenset[int] = frozenset({200, 201})

    @property
    def can_repeat(self) -> bool:
        """Whether sending it twice leaves the vault as sending it once does."""
        return (
            self.method in {"GET", "DELETE"} or self.is_harmless or self.idempotency_key is not None
        )


def finish(call: Call[T], got: Answer | Failure) -> T:
    """Give the call's result.

    Raises:
        ShopwardError: The class tells what the vault said, or that it said nothing; it carries
            the idempotency key of the call.
    """
    if isinstance(got, Answer) and got.status in call.statuses and not got.is_problem:
        return call.read(got)
    error = _lost(got) if isinstance(got, Failure) else _refused(got)
    error.idempotency_key = call.idempotency_key
    raise error


def _lost(failure: Failure) -> ShopwardError:
    if failure.is_sent:
        return NoAnswerError(f"The vault did not answer: {failure.why}.")
    return UnreachableError(f"The vault cannot be reached: {failure.why}.")


def _refused(answer: Answer) -> ShopwardError:
    if answer.is_problem:
        problem = decode(Problem, parse_json(answer.body))
        return from_problem(problem, retry_after_s=answer.retry_after_s)
    error = _unexplained(answer.status)
    error.status, error.retry_after_s = answer.status, answer.retry_after_s
    return error


def _unexplained(status: int) -> ShopwardError:
    """Judge by the status alone: a proxy spoke, or something that is no vault."""
    if status == 429:
        return RateLimitedError("Too many requests.")
    if status == 503:
        return UnavailableError("The vault cannot take this now.")
    return UnexpectedAnswerError(f"The answer has status {status} and no problem details.")
