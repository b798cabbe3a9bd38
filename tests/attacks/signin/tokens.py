"""What a shop is given for its customer: codes and tokens, again, and by many at once."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.attacks.signin import people
from tests.attacks.signin.browser import Browser, Door
from tests.attacks.signin.copy import BACK, SHOP, Copy
from tests.attacks.signin.people import NotReadyError
from tests.attacks.signin.replay import CROWD, at_once
from tests.attacks.signin.verdict import Battery, Tally

TOKEN, INTROSPECT, REVOKE = "/oidc/token/", "/oidc/introspect/", "/oidc/revoke/"
Form = dict[str, str]


def basic(copy: Copy, secret: str = "") -> Form:
    said = base64.b64encode(f"{SHOP}:{secret or copy.secret}".encode()).decode()
    return {"Authorization": f"Basic {said}"}


def authorized(door: Door, browser: Browser) -> Form:
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


def tokens(copy: Copy, door: Door, form: Form) -> tuple[int, Form]:
    """The token endpoint's status and answer."""
    answer = Browser(copy.source()).post(door, TOKEN, form, **basic(copy))
    return answer.status, json.loads(answer.text)


def is_good(copy: Copy, door: Door, access: str) -> bool:
    """Whether an access token still opens anything."""
    asked = Browser(copy.source()).get(door, "/oidc/userinfo/", Authorization=f"Bearer {access}")
    return asked.status == 200


def first_tokens(copy: Copy, form: Form) -> Form:
    status, given = tokens(copy, copy.public[0], form)
    if status != 200 or not is_good(copy, copy.public[0], given["access_token"]):
        raise NotReadyError(f"no tokens: {status}, {given.get('error')}")
    return given


def replayed(copy: Copy, form: Form, family: list[str]) -> Tally:
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
    form = refreshing(given)
    second = first_tokens(copy, form)
    tally = replayed(copy, form, [given["access_token"], second["access_token"]])
    status, _ = tokens(copy, copy.public[0], {**form, "refresh_token": second["refresh_token"]})
    tally.note(got=status == 200)
    return tally


def beyond_one(copy: Copy, form: Form) -> Tally:
    """The same request from a crowd at both processes: one may be served, and keeps nothing."""
    tally = Tally()
    doors = [copy.public[number % 2] for number in range(CROWD)]
    answers = at_once([partial(tokens, copy, door, form) for door in doors])
    served = [given for status, given in answers if status == 200]
    if not served:
        raise NotReadyError(f"nobody was served: {[status for status, _ in answers]}")
    tally.tries, tally.succeeded = CROWD - 1, len(served) - 1
    tally.figures["served"] = len(served)
    for given in served:
        for door in copy.public:
            tally.note(got=is_good(copy, door, given["access_token"]))
        status, _ = tokens(copy, copy.public[0], refreshing(given))
        tally.note(got=status == 200)
    return tally


def refreshing(given: Form) -> Form:
    return {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}


def authorization_code_at_once(copy: Copy) -> Tally:
    person = people.customer(copy)
    return beyond_one(copy, authorized(copy.public[0], person.browser))


def refresh_token_at_once(copy: Copy) -> Tally:
    """The family is the first access token's too."""
    person = people.customer(copy)
    first = first_tokens(copy, authorized(copy.public[0], person.browser))
    tally = beyond_one(copy, refreshing(first))
    for door in copy.public:
        tally.note(got=is_good(copy, door, first["access_token"]))
    return tally


BATTERIES = (
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
        "replay-authorization-code-at-once",
        "Of requests with one code that arrive at once one is served, and what it got is ended",
        "the code in 6 requests at both processes at once; then what was given for it",
        authorization_code_at_once,
    ),
    Battery(
        "replay-refresh-token-at-once",
        "Of requests with one refresh token that arrive at once one is served, its family ended",
        "the token in 6 requests at both processes at once; then every token of the family",
        refresh_token_at_once,
    ),
)
