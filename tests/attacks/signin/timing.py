"""Whether the time of an answer tells who has an account.

Known and unknown are asked by turns, in pairs, so that a busy machine is busy for both. What is
compared are medians; a bootstrap says how far they would move by chance alone.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.attacks.signin import people
from tests.attacks.signin.browser import Answer, Browser, Door
from tests.attacks.signin.copy import Copy
from tests.attacks.signin.verdict import Battery, Tally

PAIRS = 32
EACH = 4
"""Attempts at one address: below every limit, so that each does the whole work."""
BORDER = 0.10
DRAWS = 2000
BUSY = 503
WRONG = "not the right one at all"
Ask = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two medians in milliseconds, and how far they are apart, with an interval of 95 %."""

    known_ms: float
    unknown_ms: float
    apart: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        """Whether more than the border lies between them, and not by chance."""
        return self.apart > BORDER and not self.low <= 0 <= self.high

    @property
    def is_noise(self) -> bool:
        """Whether it is too far apart to pass, and too uncertain to fail."""
        return self.apart > BORDER and not self.tells


def compare(known: Sequence[float], unknown: Sequence[float]) -> Compared:
    """Medians of two samples, in seconds; the interval is of their signed relative difference."""
    chance = random.Random(9110)
    drawn = sorted(_apart(_again(chance, known), _again(chance, unknown)) for _ in range(DRAWS))
    return Compared(
        1000 * statistics.median(known),
        1000 * statistics.median(unknown),
        abs(_apart(known, unknown)),
        drawn[DRAWS * 25 // 1000],
        drawn[DRAWS * 975 // 1000],
    )


def _again(chance: random.Random, sample: Sequence[float]) -> list[float]:
    return chance.choices(sample, k=len(sample))


def _apart(known: Sequence[float], unknown: Sequence[float]) -> float:
    one, other = statistics.median(known), statistics.median(unknown)
    return (one - other) / max(one, other)


def measured(ask: Ask, known: Sequence[str], unknown: Sequence[str]) -> Tally:
    """Asks by turns, the first of each pair changing."""
    took: dict[bool, list[float]] = {True: [], False: []}
    words = {True: set[tuple[int, str]](), False: set[tuple[int, str]]()}
    for turn, pair in enumerate(zip(known, unknown, strict=True)):
        for is_known in (True, False) if turn % 2 else (False, True):
            answer = ask(pair[0] if is_known else pair[1])
            while answer.status == BUSY:
                answer = ask(pair[0] if is_known else pair[1])
            took[is_known].append(answer.took_s)
            words[is_known].add((answer.status, answer.location))
    return judged(compare(took[True], took[False]), len(known), same=words[True] == words[False])


def judged(found: Compared, pairs: int, *, same: bool) -> Tally:
    """The tally: it succeeds if time, status or place tell one from the other."""
    figures = {
        "known ms": round(found.known_ms, 1),
        "unknown ms": round(found.unknown_ms, 1),
        "apart %": round(100 * found.apart, 1),
        "from %": round(100 * found.low, 1),
        "to %": round(100 * found.high, 1),
        "same answer": int(same),
    }
    noise = "more than 10 % apart, but chance may do that" if found.is_noise else ""
    return Tally(2 * pairs, int(found.tells or not same), figures, noise)


def accounts(copy: Copy, pairs: int) -> list[str]:
    """Addresses of customers with a password, each a few times in a row."""
    made = [people.customer(copy).email for _ in range(-(-pairs // EACH))]
    return [one for one in made for _ in range(EACH)][:pairs]


def strangers(copy: Copy, pairs: int) -> list[str]:
    """Addresses of nobody, as often."""
    made = [copy.address("nobody") for _ in range(-(-pairs // EACH))]
    return [one for one in made for _ in range(EACH)][:pairs]


def form(copy: Copy, door: Door, path: str, **more: str) -> Ask:
    """A form that asks for an address, from a network and a browser of its own each time."""

    def ask(email: str) -> Answer:
        browser = Browser(copy.source())
        answer = browser.fill(door, path, email=email, **more)
        browser.close()
        return answer

    return ask


def sign_in(copy: Copy, pairs: int = PAIRS) -> Tally:
    ask = form(copy, copy.public[0], "/sign-in/", password=WRONG)
    return measured(ask, accounts(copy, pairs), strangers(copy, pairs))


def sign_up(copy: Copy, pairs: int = PAIRS) -> Tally:
    """Addresses that have an account, and new ones, which get one if their code comes back."""
    new = [copy.address("new") for _ in range(pairs)]
    return measured(form(copy, copy.public[0], "/sign-up/"), accounts(copy, pairs), new)


def reset(copy: Copy, pairs: int = PAIRS) -> Tally:
    known, unknown = accounts(copy, pairs), strangers(copy, pairs)
    return measured(form(copy, copy.public[0], "/forgotten/"), known, unknown)


def code(copy: Copy, pairs: int = PAIRS) -> Tally:
    """A wrong code, where one was mailed and where the address has an account already."""
    door, path = copy.public[0], "/sign-up/code/"

    def ask(email: str) -> Answer:
        browser = Browser(copy.source())
        people.must(browser.fill(door, "/sign-up/", email=email), "a code is asked for", path)
        answer = browser.fill(door, path, code="0000 0000")
        browser.close()
        return answer

    new = [copy.address("new") for _ in range(pairs)]
    return measured(ask, accounts(copy, pairs), new)


ATTACK = f"{PAIRS} known and {PAIRS} unknown addresses by turns; status, place and median time"
SAME = "cannot be told apart: medians within 10 %"
BATTERIES = (
    Battery("timing-sign-in", f"At sign-in, known and unknown {SAME}", ATTACK, sign_in, slow=True),
    Battery("timing-sign-up", f"At sign-up, known and unknown {SAME}", ATTACK, sign_up, slow=True),
    Battery("timing-reset", f"At a reset, known and unknown {SAME}", ATTACK, reset, slow=True),
    Battery("timing-code", f"At a code, sent and not sent {SAME}", ATTACK, code, slow=True),
)
