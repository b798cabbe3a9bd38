"""A shop reads a customer's fields with her access token: what is asked, and what comes back.

The vault decides. It is told how surely and when the customer signed in as the token was given, so
that a stale or weak session opens nothing that the policy asks more for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shopward.policy import Policy

STEP_UP: Final = frozenset({"assurance-too-low", "sign-in-too-old"})
"""Refusals that end when the customer signs in anew, or more surely."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a shop.

    Args:
        shop: The name under which it is registered; the receipt names it.
        role: Its role in the policy.
        purpose: What it reads for.
        subject: The customer's token.
        fields: What it reads.
        level: The assurance level of the sign-in, 1 to 3.
        auth_time: When the customer last showed a factor before the token was given.
        session: Names the customer's session and opens nothing.
    """

    shop: str
    role: str
    purpose: str
    subject: str
    fields: tuple[str, ...]
    level: int
    auth_time: datetime
    session: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it: values with the entry's number, or the reason of the refusal.

    Args:
        values: The opened fields.
        entry: Where the look stands in the ledger.
        refused: A reason's slug; `away` when the vault does not answer.
    """

    values: dict[str, str | None] = field(default_factory=dict, repr=False)
    entry: int | None = None
    refused: str = ""


def needed(
    policy: Policy, role: str, purpose: str, fields: Iterable[str]
) -> tuple[int, int | None]:
    """The assurance level, and the age of the sign-in in seconds, that suffice for these fields."""
    scope = policy.scopes.get((role, purpose))
    level, ages = 1, []
    for name in fields:
        rules = scope.rules.get(name, ()) if scope else ()
        if rules:
            level = max(level, rules[0].assurance)
            ages += [rules[0].auth_age_s] if rules[0].auth_age_s is not None else []
    return level, min(ages, default=None)
