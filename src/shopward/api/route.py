"""What a row in the table of routes says."""

from __future__ import annotations

from dataclasses import dataclass

from shopward.api import wire
from shopward.api.handlers import Handler
from shopward.api.verbs import Verb

READ = ("GET", "HEAD")
"""What reads take: HEAD is GET without the body (RFC 9110 §9.3.2)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query or path parameter; `kind` is a JSON type, `pattern` what its text looks like.

    A number is at least `least` and at most 2^53 - 1.
    """

    name: str
    where: str
    kind: str
    summary: str
    required: bool = True
    least: int = 0
    pattern: str | None = None
    example: str | int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path; a `tail` matches whatever follows the path.

    `problems` are the statuses of its refusals, besides those that every route or every body has.
    A route with `needs_role` refuses the operator, who has none. A customer is refused what is no
    verb, neither `is_public` nor `is_own`: such a handler itself refuses her what is not about her.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    name: str
    status: int = 200
    request: type[wire.Wire] | None = None
    response: type[wire.Wire] | None = None
    media: str = "application/json"
    parameters: tuple[Parameter, ...] = ()
    tail: bool = False
    admin: bool = False
    verb: Verb | None = None
    is_batch: bool = False
    problems: tuple[int, ...] = ()
    needs_role: bool = False
    is_public: bool = False
    is_own: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """Its method, and HEAD beside GET."""
        return READ if self.method == "GET" else (self.method,)

    @property
    def takes_body(self) -> bool:
        """Whether a JSON body belongs to it."""
        return self.request is not None or self.is_batch
