"""What a shop asks of a sign-in, and whether the session that is there is enough.

    GO        the session is enough
    SIGN_IN   nobody is signed in, or it is somebody else
    PROVE     somebody is; a factor has to be shown again
    REFUSE    the shop is told why: nobody is there to be asked, or it does not help to ask

- `acr_values` is a demand here, not a wish: below the least of the levels it names nobody is let
  through. A higher level satisfies a lower one.
- `prompt=consent` cannot be met: nobody is asked here, since the operator registers shops.
- Whoever showed a factor since the shop asked is fresh enough for any `max_age` and `prompt=login`.

Source: OpenID Connect Core 1.0 §3.1.2.1; RFC 9470 §5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

ACR: Final[Mapping[str, int]] = {"aal1": 1, "aal2": 2, "aal3": 3}
PROMPTS: Final = frozenset({"none", "login", "consent", "select_account"})
MOST_S: Final = 10 * 365 * 24 * 3600
LOGIN_REQUIRED: Final = "login_required"
UNMET: Final = "unmet_authentication_requirements"
CONSENT: Final = "consent_required"


class Step(Enum):
    """What comes next."""

    GO = "go"
    SIGN_IN = "sign-in"
    PROVE = "prove"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Demand:
    """What a shop asks of the sign-in.

    Args:
        prompts: The words of `prompt`.
        max_age_s: The greatest age of the proof in seconds.
        level: The least assurance level; 0 for any, 4 when none of the asked ones is known.
    """

    prompts: frozenset[str] = frozenset()
    max_age_s: int | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, how surely, and when that was last proven."""

    level: int
    auth_time: datetime


def parse(said: Mapping[str, str]) -> Demand:
    """What the parameters of an authorization request ask.

    Raises:
        ValueError: One of them has no meaning; says which.
    """
    prompts = frozenset(said.get("prompt", "").split())
    if not prompts <= PROMPTS or ("none" in prompts and len(prompts) > 1):
        raise ValueError("prompt")
    age = said.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and len(age) <= 9):
        raise ValueError("max_age")
    named = said.get("acr_values", "").split()
    known = [ACR[one] for one in named if one in ACR]
    level = min(known, default=4 if named else 0)
    return Demand(prompts, None if age is None else min(int(age), MOST_S), level)


def judge(
    demand: Demand, there: Session | None, asked: datetime | None, now: datetime
) -> tuple[Step, str]:
    """The next step, and the error's name where the shop is refused.

    Args:
        demand: What the shop asks.
        there: The session of the browser; None when nobody is signed in.
        asked: When the browser was sent to show a factor for this very request; None when not yet.
        now: Aware.
    """
    if demand.level > max(ACR.values()):
        return Step.REFUSE, UNMET
    if "consent" in demand.prompts:
        return Step.REFUSE, CONSENT
    step, why = _step(demand, there, asked, now)
    if step in {Step.SIGN_IN, Step.PROVE} and "none" in demand.prompts:
        return Step.REFUSE, why
    return step, why


def _step(
    demand: Demand, there: Session | None, asked: datetime | None, now: datetime
) -> tuple[Step, str]:
    if there is None:
        return Step.SIGN_IN, LOGIN_REQUIRED
    has_shown = asked is not None and there.auth_time >= asked
    if there.level < demand.level:
        return (Step.REFUSE if has_shown else Step.PROVE), UNMET
    wants_proof = bool(demand.prompts & {"login", "select_account"})
    if has_shown or not (wants_proof or _is_old(demand, there, now)):
        return Step.GO, ""
    return Step.PROVE, LOGIN_REQUIRED


def _is_old(demand: Demand, there: Session, now: datetime) -> bool:
    if demand.max_age_s is None:
        return False
    return now - there.auth_time > timedelta(seconds=demand.max_age_s) or demand.max_age_s == 0
