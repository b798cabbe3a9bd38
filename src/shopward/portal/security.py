"""Your security in one line, and the one next step.

The first that holds counts: a locked account, no safe way to sign in, only one of them, a review
that is due. One step is offered, never a list.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shopward.portal.said import Said, gettext_noop


class Tone(StrEnum):
    """How it is shown."""

    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


class Step(StrEnum):
    """What to do next."""

    UNLOCK = "unlock"
    ADD_PASSKEY = "add-passkey"
    ADD_SPARE = "add-spare"
    REVIEW = "review"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line, and one step."""

    tone: Tone
    line: Said
    step: Step


SAFE: Final = frozenset({"passkey", "app"})


def judge(ways: Collection[str], *, is_frozen: bool, is_review_due: bool) -> Verdict:
    """The verdict.

    Args:
        ways: The kinds of ways to sign in, such as `passkey`, `passkey`, `password`.
        is_frozen: Whether "this was not me" holds everything.
        is_review_due: Whether she has not looked everything over for long.
    """
    safe = [one for one in ways if one in SAFE]
    if is_frozen:
        words = gettext_noop("Your data is locked, since you said “This was not me”.")
        return Verdict(Tone.ERROR, Said(words), Step.UNLOCK)
    if not safe and "sms" in ways:
        words = gettext_noop("Your account could be safer: a code by SMS can be taken over.")
        return Verdict(Tone.WARNING, Said(words), Step.ADD_PASSKEY)
    if not safe:
        words = gettext_noop("Your account could be safer: a password alone can be stolen.")
        return Verdict(Tone.WARNING, Said(words), Step.ADD_PASSKEY)
    if len(safe) == 1 and "recovery-codes" not in ways:
        words = gettext_noop("Your account is safe. But you have only one way in.")
        return Verdict(Tone.GOOD, Said(words), Step.ADD_SPARE)
    if is_review_due:
        words = gettext_noop("Your account is safe. Look over what happened since last time.")
        return Verdict(Tone.GOOD, Said(words), Step.REVIEW)
    return Verdict(Tone.GOOD, Said(gettext_noop("Your account is safe.")), Step.NOTHING)
