"""Which passwords are taken, and why one is not.

    normalise -> too short? too long? -> in the blocklist? breached? -> made of context words?
              -> guessable? -> (profile `pci`) letters and digits, one of the last four?

Length and unpredictability, nothing else: no composition rules, no expiry, no hints.

- What is judged is what is hashed: the whole password in Unicode form NFC, never cut.
- A refusal is a value that says why in one sentence; no sentence holds any part of the password.
- An estimate of strength looks at the first 64 code points only: its time grows with the length.

Source: NIST SP 800-63B-4 §3.1.1.2; OWASP ASVS 5.0 §6.2; PCI DSS 4.0.1 §8.3.6 and §8.3.7.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zxcvbn import zxcvbn

from shopward.identity.words import is_common

MAX_CODE_POINTS: Final = 1024
SCORED_CODE_POINTS: Final = 64
LEAST_SCORE: Final = 3
HISTORY: Final = 4
_LEAST_REST: Final = 8
_LEAST_CONTEXT: Final = 4


class Reason(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    COMMON = "common"
    BREACHED = "breached"
    CONTEXT = "context"
    GUESSABLE = "guessable"
    COMPOSITION = "composition"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Profile:
    """How strict a realm is.

    Args:
        alone: The fewest code points where the password is the only factor.
        with_factor: The fewest where a second factor always follows.
        letter_and_digit: Whether both must occur (PCI DSS asks it; NIST advises against it).
        history: How many earlier passwords are refused.
    """

    alone: int = 15
    with_factor: int = 12
    letter_and_digit: bool = False
    history: int = 0

    def least(self, *, second_factor: bool) -> int:
        """The fewest code points."""
        return self.with_factor if second_factor else self.alone


STANDARD: Final = Profile()
PCI: Final = Profile(letter_and_digit=True, history=HISTORY)
PROFILES: Final = {"standard": STANDARD, "pci": PCI}


SENTENCES: Final = {
    Reason.TOO_SHORT: "Use at least %(n)d characters; a few words will do.",
    Reason.TOO_LONG: "Use at most %(n)d characters.",
    Reason.COMMON: "This is on the list of common passwords: repeats, keyboard rows, or a common "
    "word with something around it.",
    Reason.BREACHED: "This password became known in a breach somewhere.",
    Reason.CONTEXT: "This is made of the shop's name, your name or your address.",
    Reason.GUESSABLE: "This is quickly guessed. Add a word that has no relation.",
    Reason.COMPOSITION: "The card rules ask for letters and digits in it.",
    Reason.REUSED: "This is one of your last %(n)d passwords.",
}
"""What the person who chose it is told; pages translate these."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why this one is not taken; `number` is what the sentence counts, if it counts."""

    reason: Reason
    number: int = 0

    @property
    def sentence(self) -> str:
        """For the person who chose it."""
        return SENTENCES[self.reason] % {"n": self.number}


@dataclass(frozen=True, slots=True)
class Known:
    """What a password is held against, besides the built-in list.

    Args:
        context: Words of this shop and person: the shop's name, the user's name and mail address.
        is_breached: Whether a password is in an imported list.
        is_earlier: Whether it is one of the person's last passwords.
    """

    context: tuple[str, ...] = ()
    is_breached: Callable[[str], bool] = lambda _: False
    is_earlier: Callable[[str], bool] = lambda _: False


def normalise(password: str) -> str:
    """Unicode form NFC, so that the same keys give the same bytes on every machine."""
    return unicodedata.normalize("NFC", password)


def context_words(*names: str) -> tuple[str, ...]:
    """The words in names and mail addresses that a password must not be made of."""
    parts = (part for name in names for part in re.split(r"[^\w]+|_", name.casefold()))
    return tuple(dict.fromkeys(part for part in parts if len(part) >= _LEAST_CONTEXT))


def judge(
    password: str, profile: Profile = STANDARD, *, second_factor: bool, known: Known | None = None
) -> Refusal | None:
    """Why the password is refused, or None when it is taken.

    Args:
        password: As typed; it is normalised here.
        profile: How strict the realm is.
        second_factor: Whether a second factor always follows the password.
        known: What else it is held against.
    """
    known, text = known or Known(), normalise(password)
    least = profile.least(second_factor=second_factor)
    if len(text) < least:
        return Refusal(Reason.TOO_SHORT, least)
    if len(text) > MAX_CODE_POINTS:
        return Refusal(Reason.TOO_LONG, MAX_CODE_POINTS)
    return _listed(text, known) or _guessable(text, known.context) or _pci(text, profile, known)


def _listed(text: str, known: Known) -> Refusal | None:
    if is_common(text):
        return Refusal(Reason.COMMON)
    if known.is_breached(text):
        return Refusal(Reason.BREACHED)
    if len(_without(text.casefold(), known.context)) < _LEAST_REST:
        return Refusal(Reason.CONTEXT)
    return None


def _without(folded: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        folded = folded.replace(word, "")
    return folded


def _guessable(text: str, context: tuple[str, ...]) -> Refusal | None:
    if zxcvbn(text[:SCORED_CODE_POINTS], list(context))["score"] >= LEAST_SCORE:
        return None
    return Refusal(Reason.GUESSABLE)


def _pci(text: str, profile: Profile, known: Known) -> Refusal | None:
    both = any(map(str.isalpha, text)) and any(map(str.isdigit, text))
    if profile.letter_and_digit and not both:
        return Refusal(Reason.COMPOSITION)
    if profile.history and known.is_earlier(text):
        return Refusal(Reason.REUSED, profile.history)
    return None
