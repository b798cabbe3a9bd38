"""Guesses: how many are verified, whoever makes them, wherever, at whichever door.

Every attack ends with the right answer: it succeeds if the right one is taken after so many wrong.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from functools import partial

from shopward.identity.throttle import NETWORK, PERSON
from tests.attacks.signin import people, replay, tokens
from tests.attacks.signin.browser import FOUND, Answer, Browser
from tests.attacks.signin.copy import LOCKING, PROXY, Copy
from tests.attacks.signin.people import NotReadyError, Person, entered
from tests.attacks.signin.verdict import Battery, Tally

WRONG = "not the right one at all"
FAILED = "customer:sign-in-failed"
DEVICE = "__Host-shopward-device"
CODE_TRIES = 5
SPRAYED = 30


def guess(copy: Copy, number: int, person: Person, browser: Browser, typed: str) -> Answer:
    return people.password(copy.public[number % 2], browser, person, typed)


def one_after_the_other(tally: Tally, asks: Iterable[Callable[[], Answer]]) -> None:
    """Wrong guesses; one that could not be verified for lack of room is made again."""
    for ask in asks:
        answer = ask()
        while answer.status == 503:
            answer = ask()
        tally.note(got=entered(answer))


def passwords(copy: Copy) -> Tally:
    """Wrong ones from networks of their own, at both processes by turns, then the right one."""
    tally, person = Tally(), people.customer(copy)
    browsers = [Browser(copy.source()) for _ in range(PERSON.attempts + 2)]
    one_after_the_other(
        tally,
        (lambda n=n, b=b: guess(copy, n, person, b, WRONG) for n, b in enumerate(browsers)),
    )
    for number in range(2):
        tally.note(
            got=entered(guess(copy, number, person, Browser(copy.source()), person.password))
        )
    return tally


def passwords_at_once(copy: Copy) -> Tally:
    """A crowd of wrong ones at once: how many were verified, and whether the right one is taken."""
    tally, person, before = Tally(), people.customer(copy), copy.count(FAILED)
    for _ in range(3):
        replay.at_once([_ready(copy, number, person) for number in range(8)])
    verified = copy.count(FAILED) - before
    tally.figures["verified"] = verified
    tally.tries, tally.succeeded = 24, max(0, verified - PERSON.attempts)
    one_after_the_other(
        Tally(),
        (
            lambda n=n: guess(copy, n, person, Browser(copy.source()), WRONG)
            for n in range(PERSON.attempts - verified)
        ),
    )
    tally.note(got=entered(guess(copy, 0, person, Browser(copy.source()), person.password)))
    return tally


def _ready(copy: Copy, number: int, person: Person) -> Callable[[], Answer]:
    """A wrong guess whose page is open already."""
    door, browser = copy.public[number % 2], Browser(copy.source())
    token = browser.token(door, "/sign-in/")
    typed = {"email": person.email, "password": WRONG}
    return lambda: browser.send(door, "/sign-in/", token, **typed)


def wrong_secrets(copy: Copy, browser: Browser, many: int, **headers: str) -> int:
    """Guesses at a shop's secret, at both processes by turns; the last status."""
    status = 0
    for number in range(many):
        form = {"grant_type": "authorization_code", "code": "x", "code_verifier": "x" * 43}
        guessed = {**tokens.basic(copy, secrets.token_urlsafe(32)), **headers}
        door = copy.public[number % 2]
        status = browser.post(door, tokens.TOKEN, form, **guessed).status
    return status


def doors(copy: Copy) -> Tally:
    """A network that guesses at the shop's door until it is paused, and then at the forms."""
    tally, person, source = Tally(), people.customer(copy), copy.source()
    wrong_secrets(copy, Browser(source), NETWORK.attempts)
    tally.figures["guesses before"] = NETWORK.attempts
    for number in range(2):
        tally.note(got=entered(guess(copy, number, person, Browser(source), person.password)))
    status = wrong_secrets(copy, Browser(source), 2)
    tally.note(got=status != 429)
    for path in (tokens.INTROSPECT, tokens.REVOKE):
        asked = Browser(source).post(copy.public[1], path, {"token": "x"}, **tokens.basic(copy))
        tally.note(got=asked.status != 429)
    for page in ("/sign-up/", "/forgotten/"):
        answer = Browser(source).fill(copy.public[1], page, email=copy.address())
        tally.note(got=answer.status == FOUND)
    elsewhere = guess(copy, 0, person, Browser(copy.source()), person.password)
    if not entered(elsewhere):
        raise NotReadyError("she cannot sign in from another network either")
    return tally


def spraying(copy: Copy) -> Tally:
    """One password at many addresses from one network; the last address has it."""
    tally, person, source = Tally(), people.customer(copy), copy.source()
    browser = Browser(source)
    wrong_secrets(copy, browser, NETWORK.attempts - SPRAYED)
    asks = []
    for number in range(SPRAYED):
        stranger = Person(copy.address("stranger"), browser)
        asks.append(partial(guess, copy, number, stranger, browser, person.password))
    one_after_the_other(tally, asks)
    for number in range(2):
        tally.note(got=entered(guess(copy, number, person, Browser(source), person.password)))
    return tally


def forwarded(copy: Copy) -> Tally:
    """The paused network says with each request that it is another one."""
    tally, person, source = Tally(), people.customer(copy), copy.source()
    wrong_secrets(copy, Browser(source), NETWORK.attempts)
    for said in ("203.0.113.9", "203.0.113.10, 127.0.0.1", "127.0.0.1", "2001:db8::1"):
        liar = Browser(source, headers={"X-Forwarded-For": said})
        tally.note(got=entered(guess(copy, tally.tries, person, liar, person.password)))
    for name in ("Forwarded", "X-Real-IP", "True-Client-IP", "X-Client-IP"):
        liar = Browser(source, headers={name: "for=203.0.113.9"})
        tally.note(got=entered(guess(copy, tally.tries, person, liar, person.password)))
    return tally


def ipv6(copy: Copy) -> Tally:
    """Behind the operator's proxy: every guess from another address of one /64."""
    tally, person, net = Tally(), people.customer(copy), secrets.token_hex(2)
    prefix = f"2001:db8:{net}:1"
    for number in range(NETWORK.attempts):
        wrong_secrets(copy, Browser(PROXY), 1, **{"X-Forwarded-For": f"{prefix}::{number:x}"})
    for number in range(2):
        there = {"X-Forwarded-For": f"{prefix}:{secrets.token_hex(2)}::{number:x}"}
        browser = Browser(PROXY, headers=there)
        tally.note(got=entered(guess(copy, number, person, browser, person.password)))
    neighbour = Browser(PROXY, headers={"X-Forwarded-For": f"2001:db8:{net}:2::1"})
    if not entered(guess(copy, 0, person, neighbour, person.password)):
        raise NotReadyError("the next /64 is refused too")
    return tally


def lock_out(copy: Copy) -> Tally:
    """Ten guesses from elsewhere; then she comes from a device of hers, and with her passkey."""
    tally, person, locker = Tally(), people.customer(copy), copy.source(LOCKING)
    people.add_passkey(copy.public[0], person)
    device = {DEVICE: person.browser.cookies[DEVICE]}
    one_after_the_other(
        Tally(),
        (partial(guess, copy, n, person, Browser(locker), WRONG) for n in range(PERSON.attempts)),
    )
    if entered(guess(copy, 0, person, Browser(copy.source(LOCKING)), person.password)):
        raise NotReadyError("a stranger with the password is let in: there is no pause")
    for one in copy.public:
        known = Browser(copy.source(LOCKING), cookies=dict(device))
        tally.note(got=not entered(people.password(one, known, person)))
        elsewhere = Browser(copy.source(LOCKING))
        tally.note(got=not entered(people.with_passkey(one, elsewhere, person)))
    return tally


def mailed_codes(copy: Copy) -> Tally:
    """Wrong codes from copies of the browser that waits, then the right one."""
    tally, browser, email = Tally(), Browser(copy.source()), copy.address()
    code = people.ask_for_code(copy, browser, email)
    wrong = f"{(int(code.replace(' ', '')) + 1) % 10**8:08d}"
    for number in range(CODE_TRIES):
        thief = browser.clone(source=copy.source())
        answer = thief.fill(copy.public[number % 2], "/sign-up/code/", code=wrong)
        tally.note(got=entered(answer))
    for door in copy.public:
        tally.note(got=entered(browser.clone().fill(door, "/sign-up/code/", code=code)))
    return tally


def app_codes(copy: Copy) -> Tally:
    """Wrong codes of the app from a crowd at both processes, then the right one."""
    person = people.customer(copy, app=True)
    return at_second_step(copy, person, "/sign-in/second/", "000000", person.app_code())


def recovery_codes(copy: Copy) -> Tally:
    """Wrong recovery codes in the same way."""
    person = people.customer(copy, app=True, recovery=True)
    wrong = "-".join(["2222"] * 6)
    return at_second_step(copy, person, "/sign-in/recovery-code/", wrong, person.codes[0])


def at_second_step(copy: Copy, person: Person, path: str, wrong: str, right: str) -> Tally:
    tally = Tally()
    browser = replay.at_second_step(copy, person, "/sign-in/second/")
    for _ in range(PERSON.attempts // replay.CROWD + 1):
        answers = replay.crowd(copy, browser, path, wrong)
        tally.tries += len(answers)
        tally.succeeded += sum(map(entered, answers))
    for door in copy.public:
        tally.note(got=entered(browser.clone().fill(door, path, code=right)))
    return tally


def stuffing(copy: Copy) -> Tally:
    """Pairs of address and password as leaks have them, from one network; one pair is right."""
    tally, person, source = Tally(), people.customer(copy), copy.source()
    wrong_secrets(copy, Browser(source), NETWORK.attempts - 20)
    strangers = (Person(copy.address("leaked"), Browser(source)) for _ in range(20))
    one_after_the_other(
        tally,
        (lambda n=n, p=p: guess(copy, n, p, p.browser, WRONG) for n, p in enumerate(strangers)),
    )
    tally.note(got=entered(guess(copy, 1, person, Browser(source), person.password)))
    return tally


BATTERIES = (
    Battery(
        "limit-lock-out",
        "Guesses from elsewhere lock nobody out of a known device, nor a passkey",
        "10 wrong passwords; then she signs in from her device and by passkey, in each process",
        lock_out,
    ),
    Battery(
        "limit-password",
        "At most 10 wrong passwords in a row for a person, wherever they come from",
        "12 wrong ones from 12 networks at both processes by turns, then the right one",
        passwords,
    ),
    Battery(
        "limit-password-at-once",
        "Guesses that arrive at once do not overtake the count",
        "three crowds of 8 wrong ones at both processes, then the right one",
        passwords_at_once,
    ),
    Battery(
        "limit-doors",
        "One count over processes and doors: HTML pages and the shop's token door",
        "100 wrong secrets at the token door; then right ones at every door, forms and JSON",
        doors,
    ),
    Battery(
        "limit-spraying",
        "A network is paused after 100 attempts, whomever they were at",
        f"a password at {SPRAYED} addresses after 70 tries at the token door, then the right one",
        spraying,
    ),
    Battery(
        "limit-stuffing",
        "A network is paused after 100 attempts, whatever was tried",
        "pairs as leaks have them, after 80 attempts at the token door, then the right pair",
        stuffing,
    ),
    Battery(
        "limit-forwarded",
        "What a stranger says of its address is not believed",
        "a paused network with X-Forwarded-For, Forwarded, X-Real-IP and others",
        forwarded,
    ),
    Battery(
        "limit-ipv6",
        "IPv6 is counted by /64",
        "100 attempts from 100 addresses of a /64, then the right password from two more",
        ipv6,
    ),
    Battery(
        "limit-mailed-code",
        "Five tries at a mailed code, over both processes",
        "5 wrong ones from copies of the browser and other networks, then the right one",
        mailed_codes,
    ),
    Battery(
        "limit-app-code",
        "At most 10 wrong codes of an app in a row, also at once",
        "two crowds of 6 at both processes, then the right one",
        app_codes,
    ),
    Battery(
        "limit-recovery-code",
        "At most 10 wrong recovery codes in a row, also at once",
        "two crowds of 6 at both processes, then the right one",
        recovery_codes,
    ),
)
