"""What was used once is shown again: in the other process, and by many at the same moment."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from shopward import clock, settings
from shopward.assertion import LIFE_MS, Assertion, new_jti, request_hash, seal
from shopward.console import asserting
from tests.attacks.signin import people
from tests.attacks.signin.browser import Answer, Browser, Door
from tests.attacks.signin.copy import BACK, SHOP, Copy
from tests.attacks.signin.people import NotReadyError, Person, entered
from tests.attacks.signin.verdict import Battery, Tally

CROWD = 6
DONE = 200
UNKNOWN_CALLER = 401
CHECKPOINT = "/v1/log/checkpoint"
TOKEN = "/oidc/token/"


def at_once(asks: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Every answer to requests that leave at the same moment."""
    gate = threading.Barrier(len(asks))

    def ask(one: Callable[[], Answer]) -> Answer:
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


def basic(copy: Copy, secret: str = "") -> dict[str, str]:
    said = base64.b64encode(f"{SHOP}:{secret or copy.secret}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


def authorized(door: Door, browser: Browser) -> dict[str, str]:
    """What the shop sends for tokens, once its customer came back with a code."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": SHOP,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid email",
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    back = people.must(
        browser.get(door, f"/oidc/authorize/?{urlencode(asked)}"), "authorizing", BACK
    )
    (code,) = parse_qs(urlsplit(back.location).query)["code"]
    form = {"grant_type": "authorization_code", "redirect_uri": BACK}
    return {**form, "code": code, "code_verifier": verifier}


def tokens(copy: Copy, door: Door, form: dict[str, str]) -> tuple[int, dict[str, str]]:
    """The token endpoint's status and answer."""
    answer = Browser(copy.source()).post(door, TOKEN, form, **basic(copy))
    return answer.status, json.loads(answer.text)


def is_good(copy: Copy, door: Door, access: str) -> bool:
    """Whether an access token still opens anything."""
    asked = Browser(copy.source()).get(door, "/oidc/userinfo/", Authorization=f"Bearer {access}")
    return asked.status == 200


def first_tokens(copy: Copy, form: dict[str, str]) -> dict[str, str]:
    status, given = tokens(copy, copy.public[0], form)
    if status != 200 or not is_good(copy, copy.public[0], given["access_token"]):
        raise NotReadyError(f"no tokens: {status}, {given.get('error')}")
    return given


def replayed(copy: Copy, form: dict[str, str], family: list[str]) -> Tally:
    """A code or refresh token again at each process; then all that it gave before."""
    tally = Tally()
    for door in reversed(copy.public):
        status, given = tokens(copy, door, form)
        tally.note(got=status == 200)
        family += [given["access_token"]] if status == 200 else []
    for access in family:
        tally.note(got=is_good(copy, copy.public[1], access))
    return tally


def authorization_code(copy: Copy) -> Tally:
    person = people.customer(copy)
    form = authorized(copy.public[0], person.browser)
    return replayed(copy, form, [first_tokens(copy, form)["access_token"]])


def refresh_token(copy: Copy) -> Tally:
    """The first one after it was used; then the second one, which belongs to the same family."""
    person = people.customer(copy)
    given = first_tokens(copy, authorized(copy.public[0], person.browser))
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    second = first_tokens(copy, form)
    tally = replayed(copy, form, [given["access_token"], second["access_token"]])
    status, _ = tokens(copy, copy.public[0], {**form, "refresh_token": second["refresh_token"]})
    tally.note(got=status == 200)
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
        "replay-authorization-code",
        "A code of the shop's sign-in is good once, and a replay ends what it gave",
        "the code again in each process, then its access token",
        authorization_code,
    ),
    Battery(
        "replay-refresh-token",
        "A refresh token is good once, and a replay ends its family",
        "the used one again in each process, then every token of the family",
        refresh_token,
    ),
    Battery(
        "replay-assertion",
        "The data plane takes an assertion once, for the request it was made for",
        "the same assertion twice more, and for another request",
        assertion,
    ),
)
