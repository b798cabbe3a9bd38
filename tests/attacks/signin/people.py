"""People of a copy: customers and an administrator, who came in by the pages as people do."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shopward.identity import totp
from tests.attacks.signin.browser import FOUND, Answer, Browser, Door, found_token
from tests.attacks.signin.copy import Copy
from tests.identity.softkey import SoftKey

PASSWORD = "violet kettle orbits slowly"
OTHER = "seven lanterns under glass"
KEY = re.compile(r'<code class="key">([A-Z2-7]+)</code>')
CODES = re.compile(r"<li><code>([A-Z0-9-]+)</code></li>")
NOT_ME = re.compile(r"https://[^/\s]+(/not-me/[^/\s]+/)")
WAYS = "/account/ways/"
STAFF_WAYS = "/account/"


class NotReadyError(Exception):
    """What an attack needs first did not work: the attack was not made."""


@dataclass(slots=True)
class Person:
    """Somebody with an account, and what only she knows."""

    email: str
    browser: Browser
    password: str = PASSWORD
    key: bytes = b""
    step: int = 0
    codes: list[str] = field(default_factory=list)
    passkey: SoftKey = field(default_factory=SoftKey)

    def app_code(self) -> str:
        """The app's next unused code; one step ahead is accepted."""
        self.step = max(self.step + 1, totp.step_at(datetime.now(UTC)))
        return totp.code_at(self.key, self.step)


def must(answer: Answer, what: str, path: str = "/") -> Answer:
    """The answer, if it leads on; else the attack cannot be made."""
    if not answer.leads_to(path):
        raise NotReadyError(f"{what}: {answer.status}, to {answer.location!r}")
    return answer


def ask_for_code(copy: Copy, browser: Browser, email: str, page: str = "/sign-up/") -> str:
    """The code that a new mail brings."""
    before = len(copy.codes(email))
    must(browser.fill(copy.public[0], page, email=email), "a code is asked for", page)
    return copy.mailed(email, before)


def customer(
    copy: Copy, *, passkey: bool = False, app: bool = False, recovery: bool = False
) -> Person:
    """A customer who signed up with a passkey, or a password and perhaps app and recovery codes."""
    person = Person(copy.address(), Browser(copy.source()))
    door, code = copy.public[0], ask_for_code(copy, person.browser, person.email)
    must(person.browser.fill(door, "/sign-up/code/", code=code), "the code", "/account/")
    if passkey:
        add_passkey(door, person)
        return person
    must(person.browser.fill(door, "/sign-up/password/", password=PASSWORD), "the password")
    if app:
        add_app(door, person)
    if recovery:
        page = person.browser.fill(door, "/account/recovery-codes/")
        person.codes = CODES.findall(page.text)
    return person


def add_app(door: Door, person: Person, path: str = "/account/app/") -> None:
    """Sets up an app."""
    browser, page = person.browser, person.browser.get(door, path).text
    found = KEY.search(page)
    if found is None:
        raise NotReadyError("the page shows no key for an app")
    person.key = base64.b32decode(found[1])
    must(browser.fill(door, path, code=person.app_code()), "the app")


def add_passkey(door: Door, person: Person, path: str = "/account/passkey/") -> None:
    """Sets up a passkey in software, which signs for this process's site."""
    person.passkey.origin = door.origin
    page = person.browser.get(door, path)
    token, answer = found_token(page), person.passkey.create(page)
    sent = person.browser.send(door, path, token, credential=answer, name="")
    must(sent, "the passkey")


def with_passkey(door: Door, browser: Browser, person: Person) -> Answer:
    """The whole sign-in with her passkey."""
    person.passkey.origin = door.origin
    page = browser.get(door, "/sign-in/")
    answer = person.passkey.get(page)
    return browser.send(door, "/sign-in/passkey/", found_token(page), credential=answer)


def not_me_link(copy: Copy, person: Person) -> str:
    """The path of “this was not me”, which stands under each mail to her."""
    found = NOT_ME.search(copy.texts(person.email)[-1])
    if found is None:
        raise NotReadyError("the mail has no such link")
    return found[1]


def administrator(copy: Copy) -> Person:
    """The first administrator, by the link of the console's start, with password and app."""
    if copy.administrators:
        known: Person = copy.administrators[0]
        return known
    person = Person(copy.address("staff"), Browser(copy.source()))
    joined = join(copy.staff[0], person, copy.first_link)
    person.codes = CODES.findall(joined.text)
    if not person.codes:
        raise NotReadyError(f"the administrator did not come in: {joined.status}")
    return person


def join(door: Door, person: Person, link: str) -> Answer:
    """Answers the form behind a link of one use."""
    browser = person.browser
    if not browser.get(door, link).leads_to("/join/"):
        return browser.get(door, "/join/")
    page = browser.get(door, "/join/").text
    found, token = KEY.search(page), re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    if found is None or token is None:
        return browser.get(door, "/join/")
    person.key = base64.b32decode(found[1])
    typed = {"email": person.email, "name": "Robin", "password": person.password}
    return browser.send(door, "/join/", token[1], code=person.app_code(), **typed)


def password(door: Door, browser: Browser, person: Person, typed: str | None = None) -> Answer:
    """The first step of a sign-in."""
    said = person.password if typed is None else typed
    return browser.fill(door, "/sign-in/", email=person.email, password=said)


def signed_in(door: Door, person: Person, source: str) -> Browser:
    """A browser of hers in which she signed in by password alone, or with her app."""
    browser = Browser(source)
    answer = must(password(door, browser, person), "signing in")
    if answer.leads_to("/sign-in/second/"):
        answer = browser.fill(door, "/sign-in/second/", code=person.app_code())
    must(answer, "signing in")
    return browser


def is_in(browser: Browser, door: Door, path: str = WAYS) -> bool:
    """Whether this browser is somebody here."""
    return browser.get(door, path).status == 200


def entered(answer: Answer) -> bool:
    """Whether a step led further in, and not back to where one signs in."""
    back = ("/sign-in/", "/sign-up/", "/forgotten/")
    goes_on = ("/sign-in/second/",)
    is_back = answer.location.startswith(back) and not answer.location.startswith(goes_on)
    return answer.status == FOUND and not is_back
