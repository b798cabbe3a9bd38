"""What was used once is shown again: in the other process, and by many at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import httpx2

from shopward import clock, settings
from shopward.assertion import LIFE_MS, Assertion, new_jti, request_hash, seal
from shopward.console import asserting
from tests.attacks.signin import people
from tests.attacks.signin.browser import Answer, Browser
from tests.attacks.signin.copy import Copy
from tests.attacks.signin.people import NotReadyError, Person, entered
from tests.attacks.signin.verdict import Battery, Tally

CROWD = 6
DONE = 200
UNKNOWN_CALLER = 401
CHECKPOINT = "/v1/log/checkpoint"


T = TypeVar("T")


def at_once(asks: Sequence[Callable[[], T]]) -> list[T]:
    """Every answer to requests that leave at the same moment."""
    gate = threading.Barrier(len(asks))

    def ask(one: Callable[[], T]) -> T:
        gate.wait(60)
        return one()

    with ThreadPoolExecutor(len(asks)) as crowd:
        return list(crowd.map(ask, asks))


def crowd(copy: Copy, browser: Browser, path: str, code: str) -> list[Answer]:
    """The same code from copies of one browser, at both processes at once."""
    tokens = [browser.token(door, path) for door in copy.public]
    asks = []
    for number in range(CROWD):
        door, token = copy.public[number % 2], tokens[number % 2]
        asks.append(partial(browser.clone().send, door, path, token, code=code))
    return at_once(asks)


def beyond_the_first(tally: Tally, answers: Sequence[Answer]) -> None:
    """One may get in by it; every other one is a replay."""
    went_in = sum(map(entered, answers))
    if not went_in:
        raise NotReadyError(f"nobody got in by it: {[one.status for one in answers]}")
    tally.tries += len(answers) - 1
    tally.succeeded += went_in - 1


def at_second_step(copy: Copy, person: Person, path: str) -> Browser:
    """A browser that has shown the right password and stands before the second factor."""
    browser = Browser(copy.source())
    people.must(people.password(copy.public[0], browser, person), "the password", path)
    return browser


def second_factor(copy: Copy, person: Person, code: str, path: str) -> Tally:
    """A crowd, then one after the other in each process."""
    tally = Tally()
    browser = at_second_step(copy, person, "/sign-in/second/")
    beyond_the_first(tally, crowd(copy, browser, path, code))
    for door in copy.public:
        again = at_second_step(copy, person, "/sign-in/second/")
        tally.note(got=entered(again.fill(door, path, code=code)))
    return tally


def totp_code(copy: Copy) -> Tally:
    person = people.customer(copy, app=True)
    return second_factor(copy, person, person.app_code(), "/sign-in/second/")


def recovery_code(copy: Copy) -> Tally:
    person = people.customer(copy, app=True, recovery=True)
    if not person.codes:
        raise NotReadyError("the page shows no recovery codes")
    return second_factor(copy, person, person.codes[0], "/sign-in/recovery-code/")


def mailed_code(copy: Copy) -> Tally:
    """Copies of the browser that asked; then the code in a browser that waits for another."""
    tally, browser, email = Tally(), Browser(copy.source()), copy.address()
    code = people.ask_for_code(copy, browser, email)
    waiting = browser.clone()
    beyond_the_first(tally, crowd(copy, browser, "/sign-up/code/", code))
    for door in copy.public:
        tally.note(got=entered(waiting.clone().fill(door, "/sign-up/code/", code=code)))
    return tally


def one_time_link(copy: Copy) -> Tally:
    """The first administrator's link, from many browsers at both processes."""
    tally = Tally()
    guests = [Person(copy.address("staff"), Browser(copy.source())) for _ in range(CROWD)]
    doors = [copy.staff[number % 2] for number in range(CROWD)]
    asks = [
        partial(people.join, door, guest, copy.first_link)
        for door, guest in zip(doors, guests, strict=True)
    ]
    for guest, answer in zip(guests, at_once(asks), strict=True):
        guest.codes = people.CODES.findall(answer.text)
    came_in = [guest for guest in guests if guest.codes]
    copy.administrators += came_in
    if not came_in:
        raise NotReadyError("nobody came in by the link")
    tally.tries, tally.succeeded = CROWD - 1, len(came_in) - 1
    for door in copy.staff:
        late = Person(copy.address("staff"), Browser(copy.source()))
        answer = people.join(door, late, copy.first_link)
        tally.note(got=bool(people.CODES.search(answer.text)))
    return tally


def not_me_link(copy: Copy) -> Tally:
    """The link under a mail, from many browsers at both processes."""
    tally, person = Tally(), people.customer(copy)
    path, asks = people.not_me_link(copy, person), []
    for number in range(CROWD):
        browser, door = Browser(copy.source()), copy.public[number % 2]
        asks.append(partial(browser.send, door, path, browser.token(door, path)))
    worked = sum(answer.status == DONE for answer in at_once(asks))
    if not worked:
        raise NotReadyError("the link did nothing")
    tally.tries, tally.succeeded = CROWD - 1, worked - 1
    for door in copy.public:
        tally.note(got=Browser(copy.source()).fill(door, path).status == DONE)
    return tally


def assertion(copy: Copy) -> Tally:
    """What the control plane signed for one request: again, and for another request."""
    house = settings.load(copy.home / "shopward.toml")
    signer, now_ms = asserting.signer_of(house), clock.to_ms(clock.now())
    made = Assertion(
        aud=house.log,
        iat=now_ms,
        exp=now_ms + LIFE_MS,
        jti=new_jti(),
        req=request_hash("GET", CHECKPOINT, b""),
        actor=asserting.NAME,
        realm="system",
    )
    header, tally = seal(signer, made), Tally()
    if not is_taken(house, header, CHECKPOINT):
        raise NotReadyError("the assertion was not taken the first time")
    for path in (CHECKPOINT, CHECKPOINT, "/v1/policy"):
        tally.note(got=is_taken(house, header, path))
    return tally


def is_taken(house: settings.Settings, header: str, path: str) -> bool:
    """Whether the data plane knows who asks; what he may is another question."""
    door = httpx2.HTTPTransport(uds=str(house.listen.socket))
    with httpx2.Client(transport=door, base_url="http://plane", timeout=30) as client:
        return client.get(path, headers={"Authorization": header}).status_code != UNKNOWN_CALLER


BATTERIES = (
    Battery(
        "replay-totp",
        "A code of the app opens one door",
        "the same code from 6 copies of a browser at once, then again in each process",
        totp_code,
    ),
    Battery(
        "replay-mailed-code",
        "A mailed code is good once",
        "the same code from 6 copies of the browser at once, then again in each process",
        mailed_code,
    ),
    Battery(
        "replay-recovery-code",
        "A recovery code is good once",
        "the same code from 6 copies of a browser at once, then again in each process",
        recovery_code,
    ),
    Battery(
        "replay-link",
        "A link of one use makes one account",
        "the link from 6 browsers at once, then again in each process",
        one_time_link,
    ),
    Battery(
        "replay-not-me-link",
        "The link “this was not me” of a mail works once",
        "the link from 6 browsers at once, then again in each process",
        not_me_link,
    ),
    Battery(
        "replay-assertion",
        "The data plane takes an assertion once, for the request it was made for",
        "the same assertion twice more, and for another request",
        assertion,
    ),
)
