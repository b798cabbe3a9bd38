"""Whether the time of an answer tells who has an account.

Known and unknown are asked in pairs, the first of each by chance, so that a busy machine is busy
for both. What is compared are medians; a bootstrap says how far they would move by chance alone.

Answers leave on a beat. What was done before it is told apart by nobody from outside; it is
measured all the same: for how long the processes had a processor, which neighbours do not change.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from shopward.identity.throttle import PERSON
from tests.attacks.signin import people
from tests.attacks.signin.browser import Answer, Browser, Door
from tests.attacks.signin.copy import Copy
from tests.attacks.signin.verdict import Attack, Battery, Tally
from tests.pages.__main__ import worked

PAIRS = 30
EACH = 4
"""Attempts at one address: below every limit, so that each does the whole work."""
BORDER = 0.10
DRAWS = 2000
SETTLED_S = 0.1
"""After an answer the outbox and the mail go on for a moment; that is work too."""
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


def measured(copy: Copy, ask: Ask, known: Sequence[str], unknown: Sequence[str]) -> Tally:
    """Asks in pairs, the first of each by chance."""
    took: dict[bool, list[float]] = {True: [], False: []}
    work = {True: 0.0, False: 0.0}
    words = {True: set[tuple[int, str]](), False: set[tuple[int, str]]()}
    order, began = random.Random(9110), time.time()
    for pair in zip(known, unknown, strict=True):
        for is_known in order.sample((True, False), 2):
            before = worked(copy.pids)
            answer = answered(ask, pair[0] if is_known else pair[1])
            time.sleep(SETTLED_S)
            work[is_known] += (worked(copy.pids) - before) / len(known)
            took[is_known].append(answer.took_s)
            words[is_known].add((answer.status, answer.location))
    tally = judged(compare(took[True], took[False]), len(known), same=words[True] == words[False])
    tally.figures["known work ms"] = round(work[True])
    tally.figures["unknown work ms"] = round(work[False])
    tally.figures["load"] = round(os.getloadavg()[0], 1)
    tally.figures["seconds"] = round(time.time() - began)
    return tally


def answered(ask: Ask, email: str) -> Answer:
    """The answer; one that had no room is asked for again."""
    answer = ask(email)
    while answer.status == BUSY:
        answer = ask(email)
    return answer


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


def accounts(copy: Copy, pairs: int, **ways: bool) -> list[str]:
    """Addresses of customers with a password or what `ways` say, each a few times in a row."""
    made = [people.customer(copy, **ways).email for _ in range(-(-pairs // EACH))]
    return [one for one in made for _ in range(EACH)][:pairs]


def strangers(copy: Copy, pairs: int, after: str = "") -> list[str]:
    """Addresses of nobody, as often."""
    made = [copy.address("nobody") + after for _ in range(-(-pairs // EACH))]
    return [one for one in made for _ in range(EACH)][:pairs]


def form(copy: Copy, door: Door, path: str, **more: str) -> Ask:
    """A form that asks for an address, from a network and a browser of its own each time."""

    def ask(email: str) -> Answer:
        browser = Browser(copy.source())
        answer = browser.fill(door, path, email=email, **more)
        browser.close()
        return answer

    return ask


def guess(copy: Copy) -> Ask:
    return form(copy, copy.public[0], "/sign-in/", password=WRONG)


def sign_in(copy: Copy, pairs: int = PAIRS, **ways: bool) -> Tally:
    known = accounts(copy, pairs, **ways)
    return measured(copy, guess(copy), known, strangers(copy, pairs))


def sign_in_passkey(copy: Copy, pairs: int = PAIRS) -> Tally:
    """Somebody who has no password at all."""
    return sign_in(copy, pairs, passkey=True)


def sign_in_app(copy: Copy, pairs: int = PAIRS) -> Tally:
    """Somebody who would be asked for a second factor."""
    return sign_in(copy, pairs, app=True)


def paused(copy: Copy, pairs: int = PAIRS) -> Tally:
    """Her address is paused; asked is another way to write it, which is nobody's pause yet."""
    victim, ask = people.customer(copy).email, guess(copy)
    for _ in range(PERSON.attempts):
        answered(ask, victim)
    return measured(copy, ask, [f"{victim}."] * pairs, strangers(copy, pairs, after="."))


def sign_up(copy: Copy, pairs: int = PAIRS) -> Tally:
    """Addresses that have an account, and new ones, which get one if their code comes back."""
    new = [copy.address("new") for _ in range(pairs)]
    ask = form(copy, copy.public[0], "/sign-up/")
    return measured(copy, ask, accounts(copy, pairs), new)


def reset(copy: Copy, pairs: int = PAIRS) -> Tally:
    known, unknown = accounts(copy, pairs), strangers(copy, pairs)
    return measured(copy, form(copy, copy.public[0], "/forgotten/"), known, unknown)


def wrong_code(copy: Copy, start: str, email: str) -> Answer:
    """The answer to a wrong code, where one was asked for."""
    door, browser = copy.public[0], Browser(copy.source())
    people.must(browser.fill(door, start, email=email), "a code is asked for", start)
    answer = browser.fill(door, f"{start}code/", code="0000 0000")
    browser.close()
    return answer


def code(copy: Copy, pairs: int = PAIRS) -> Tally:
    """A wrong code, where one was mailed and where the address has an account already."""
    new = [copy.address("new") for _ in range(pairs)]
    return measured(copy, partial(wrong_code, copy, "/sign-up/"), accounts(copy, pairs), new)


def reset_code(copy: Copy, pairs: int = PAIRS) -> Tally:
    """A wrong code, where one was mailed and where nobody has the address."""
    known, unknown = accounts(copy, pairs), strangers(copy, pairs)
    return measured(copy, partial(wrong_code, copy, "/forgotten/"), known, unknown)


ATTACK = f"{PAIRS} of each, in pairs; status, place and median time"
SAME = "cannot be told apart: medians within 10 %"


def _battery(name: str, where: str, run: Attack, attack: str = ATTACK) -> Battery:
    return Battery(f"timing-{name}", f"{where} {SAME}", attack, run, slow=True)


BATTERIES = (
    _battery("sign-in", "At sign-in, password and nobody", sign_in),
    _battery("sign-in-passkey", "At sign-in, passkey alone and nobody", sign_in_passkey),
    _battery("sign-in-app", "At sign-in, password with app and nobody", sign_in_app),
    _battery(
        "sign-in-paused",
        "At sign-in, paused by ten guesses and nobody",
        paused,
        f"{ATTACK}; her address is written otherwise than for the ten guesses",
    ),
    _battery("sign-up", "At sign-up, known and unknown", sign_up),
    _battery("reset", "At a reset, known and unknown", reset),
    _battery("code", "At a sign-up's code, sent and not sent", code),
    _battery("reset-code", "At a reset's code, sent and not sent", reset_code),
)
