"""How a part of the house answers an audit: checks, what they find, and how sure they are.

It runs checks; it does not know any: each room lists its own in `CHECKS`.

- A check that could not run is UNKNOWN, never PASS, whatever went wrong in it.
- A finding that does not pass says what to do next.
- What an exception said stays out of the finding, for it may hold a value; its type is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from shopward.errors import ShopwardError

Context = TypeVar("Context")


class Outcome(StrEnum):
    """How a check ended, the worst last."""

    PASS = "pass"  # noqa: S105  # not a password
    UNKNOWN = "unknown"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        check: The slug of the check.
        outcome: PASS, UNKNOWN or FAIL.
        detail: One sentence for a person; names things, never customers' values.
        hint: What to do next; needed unless the outcome is PASS.
    """

    check: str
    outcome: Outcome
    detail: str
    hint: str = ""

    def __post_init__(self) -> None:
        if self.outcome is not Outcome.PASS and not self.hint:
            raise TypeError(f"{self.check}: a finding that does not pass needs a hint")


@dataclass(frozen=True, slots=True)
class Check(Generic[Context]):
    """One question that an audit asks, and the function that answers it.

    Args:
        slug: A stable name, `<room>:<what>`.
        title: The question as a plain sentence.
        answer: Called with the context; returns its outcome, a sentence and a hint.
    """

    slug: str
    title: str
    answer: Callable[[Context], tuple[Outcome, str, str]]

    def run(self, context: Context) -> Finding:
        """The finding for this context; UNKNOWN when the check itself broke."""
        try:
            outcome, detail, hint = self.answer(context)
            return Finding(self.slug, outcome, detail, hint)
        except ShopwardError as error:
            return Finding(self.slug, Outcome.UNKNOWN, f"Could not run: {error.title}.", error.hint)
        except Exception as error:  # noqa: BLE001  # whatever broke, the answer is not known
            detail = f"Could not run: {type(error).__name__}."
            return Finding(self.slug, Outcome.UNKNOWN, detail, "Report this as a defect.")


def run_all(checks: Iterable[Check[Context]], context: Context) -> tuple[Finding, ...]:
    """Every check's finding, in order; one that breaks does not stop the others."""
    return tuple(check.run(context) for check in checks)


def worst(findings: Iterable[Finding]) -> Outcome:
    """The worst outcome; UNKNOWN when nothing was checked."""
    order = list(Outcome)
    return max((f.outcome for f in findings), key=order.index, default=Outcome.UNKNOWN)
