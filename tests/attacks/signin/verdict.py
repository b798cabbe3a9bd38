"""What an attack came to: how often it was tried, how often it succeeded, and whether it bites.

An attack is made twice: against the product, and against the control, whose limits and checks are
switched off. One that does not get through in the control says nothing about the product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tests.attacks.signin.copy import Copy
from tests.attacks.signin.people import NotReadyError


class Outcome(Enum):
    """Of one attack, after both runs."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


@dataclass(slots=True)
class Tally:
    """One attack on one copy.

    Args:
        tries: How often it was tried.
        succeeded: How often it got what it was after.
        figures: What else was measured.
        trouble: Why it could not be made, or told nothing; empty when it did.
    """

    tries: int = 0
    succeeded: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    trouble: str = ""

    def note(self, *, got: bool) -> None:
        self.tries += 1
        self.succeeded += got


Attack = Callable[..., Tally]


@dataclass(frozen=True, slots=True)
class Battery:
    """One row of the table.

    Args:
        name: Names it on the command line.
        requirement: What must hold.
        attack: How it is tried to break, in a sentence.
        run: Makes the attack.
        slow: Whether only the full run makes it.
    """

    name: str
    requirement: str
    attack: str
    run: Attack
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A battery's result on both copies."""

    battery: Battery
    product: Tally
    control: Tally

    @property
    def outcome(self) -> Outcome:
        """PASS only when it was tried, got nothing, and the same attack got through the control."""
        if self.product.succeeded:
            return Outcome.FAIL
        told = not self.product.trouble and not self.control.trouble
        bites = self.product.tries > 0 and self.control.succeeded > 0
        return Outcome.PASS if told and bites else Outcome.UNKNOWN

    @property
    def why(self) -> str:
        """What there is to say of a row that did not pass."""
        if self.product.trouble or self.control.trouble:
            return self.product.trouble or f"control: {self.control.trouble}"
        if self.outcome is Outcome.UNKNOWN:
            return "it does not get through in the control run either"
        return ""


def tried(battery: Battery, copy: Copy) -> Tally:
    """The attack on one copy; one that could not be made says why and counts for nothing."""
    try:
        return battery.run(copy)
    except (NotReadyError, AssertionError, OSError) as error:
        return Tally(trouble=f"{type(error).__name__}: {error}"[:300])
