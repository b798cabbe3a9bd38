"""What an audit asks the room `identity`.

The questions are answered from `Staff`, a picture of accounts and files at one moment; `web` takes
it. Ids are entered, never names or addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from shopward.checks import Check, Outcome
from shopward.errors import ConfigError
from shopward.identity import secret_file
from shopward.identity.breached import BreachedPasswords
from shopward.identity.words import blocklist

DORMANT: Final = timedelta(days=90)
STAND_INS: Final = 2
Answer = tuple[Outcome, str, str]


@dataclass(frozen=True, slots=True)
class Member:
    """One account of the staff.

    Args:
        id: A random id.
        is_active: Whether this person works here.
        manages_people: Whether this person invites and lets go.
        strong_factors: How many passkeys and apps there are.
        has_outdated_hash: Whether the password's hash is not one of today's.
        sessions: How many sessions are open.
        seen: The last sign-in; without one, when the account was made.
    """

    id: str
    is_active: bool
    manages_people: bool
    strong_factors: int
    has_outdated_hash: bool
    sessions: int
    seen: datetime


@dataclass(frozen=True, slots=True)
class Staff:
    """The accounts of the staff and the files beside them, at one moment."""

    now: datetime
    members: tuple[Member, ...]
    secret: Path
    breached: Path

    @property
    def active(self) -> tuple[Member, ...]:
        """Who works here."""
        return tuple(one for one in self.members if one.is_active)


def _none(found: Iterable[Member], good: str, bad: str, hint: str) -> Answer:
    ids = [one.id for one in found]
    if not ids:
        return Outcome.PASS, good, ""
    return Outcome.FAIL, f"{bad}: {', '.join(sorted(ids))}.", hint


def _secret(staff: Staff) -> Answer:
    try:
        secret_file.load(staff.secret)
    except ConfigError as error:
        return Outcome.FAIL, error.detail, error.hint
    return Outcome.PASS, "The secret under passwords and codes is there, its owner's alone.", ""


def _second_factor(staff: Staff) -> Answer:
    return _none(
        (one for one in staff.active if not one.strong_factors),
        "Everybody who works here has a passkey or an app.",
        "Without passkey or app",
        "They cannot sign in: invite them anew, or ask for a recovery.",
    )


def _dormant(staff: Staff) -> Answer:
    return _none(
        (one for one in staff.active if staff.now - one.seen >= DORMANT),
        f"Everybody signed in within {DORMANT.days} days.",
        f"Not signed in for {DORMANT.days} days",
        "If they left, say so on the page of people (PCI DSS 8.2.6).",
    )


def _leavers(staff: Staff) -> Answer:
    return _none(
        (one for one in staff.members if not one.is_active and one.sessions),
        "Whoever left has no session.",
        "Left, and has a session",
        "Restart the control plane and report this as a defect.",
    )


def _hashes(staff: Staff) -> Answer:
    return _none(
        (one for one in staff.active if one.has_outdated_hash),
        "Every password is kept with today's costs.",
        "Kept with yesterday's costs",
        "It is hashed anew when the person signs in with it next.",
    )


def _stand_ins(staff: Staff) -> Answer:
    count = sum(one.manages_people for one in staff.active)
    if count >= STAND_INS:
        return Outcome.PASS, f"{count} people manage people.", ""
    return (
        Outcome.FAIL,
        f"{count} of at least {STAND_INS} people manage people.",
        "Let another one manage people: a recovery takes two who are not concerned.",
    )


def _list(staff: Staff) -> Answer:
    if not staff.breached.exists():
        entries = len(blocklist())
        return Outcome.PASS, f"The built-in list has {entries:,} entries; none was imported.", ""
    try:
        with BreachedPasswords(staff.breached) as found:
            return Outcome.PASS, f"{found.count:,} breached passwords are refused.", ""
    except ConfigError as error:
        return Outcome.FAIL, error.detail, error.hint


_QUESTIONS: Final[tuple[tuple[str, str, Callable[[Staff], Answer]], ...]] = (
    ("secret", "Is the secret under passwords and codes there and private?", _secret),
    ("second-factor", "Has everybody who works here a passkey or an app?", _second_factor),
    ("dormant", "Has everybody signed in within 90 days?", _dormant),
    ("leavers", "Is whoever left out?", _leavers),
    ("hashes", "Is every password kept with today's costs?", _hashes),
    ("stand-ins", "Can two people stand in for one who lost everything?", _stand_ins),
    ("blocklist", "Are common and breached passwords refused?", _list),
)
CHECKS: Final = tuple(Check(f"identity:{slug}", title, ask) for slug, title, ask in _QUESTIONS)
