"""Sessions: planted, stolen, kept after their end, carried to the other site, made to do things."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.cookies import SimpleCookie

from tests.attacks.signin import people, tokens
from tests.attacks.signin.browser import FOUND, Answer, Browser
from tests.attacks.signin.copy import Copy
from tests.attacks.signin.people import STAFF_WAYS, WAYS, NotReadyError, Person, is_in, must
from tests.attacks.signin.verdict import Battery, Tally

END_S = 5.0
NOT_FOLLOWED = 400
"""What Django itself answers to a redirect into `javascript:`."""
PUBLIC_COOKIE, STAFF_COOKIE = "__Host-shopward", "__Host-shopward-staff"
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "https://shopward.localhost@evil.example/",
    "////evil.example",
    "http://shopward.localhost/",
)
PRIVATE = (WAYS, "/account/devices/", "/account/password/", "/account/app/", "/prove/")
FORMS = ("/sign-out/", "/account/password/", "/account/recovery-codes/", "/account/app/", "/prove/")


def fixation(copy: Copy) -> Tally:
    """The attacker's cookie in her browser, before she signs in; and hers from before a proof."""
    tally, person = Tally(), people.customer(copy)
    attacker = Browser(copy.source())
    people.ask_for_code(copy, attacker, copy.address())
    planted = attacker.cookies[PUBLIC_COOKIE]
    victim = Browser(copy.source(), cookies={PUBLIC_COOKIE: planted})
    must(people.password(copy.public[0], victim, person), "signing in")
    if not is_in(victim, copy.public[0]):
        raise NotReadyError("she is not signed in")
    for door in copy.public:
        tally.note(got=is_in(attacker.clone(), door))
    before = victim.clone()
    must(victim.fill(copy.public[0], "/prove/", password=person.password), "proving again")
    for door in copy.public:
        tally.note(got=is_in(before.clone(), door))
    return tally


def cookies(copy: Copy) -> Tally:
    """Every cookie that both sites set on the way in."""
    tally, person = Tally(), people.customer(copy)
    browser = people.signed_in(copy.public[0], person, copy.source())
    browser.get(copy.public[0], WAYS)
    visitor = Browser(copy.source())
    visitor.get(copy.staff[0], "/sign-in/")
    for line in [*person.browser.seen, *browser.seen, *visitor.seen]:
        for name, one in SimpleCookie(line).items():
            flags = one["secure"] and one["httponly"] and one["samesite"] in {"Lax", "Strict"}
            alone = name.startswith("__Host-") and one["path"] == "/" and not one["domain"]
            tally.note(got=not (flags and alone))
    return tally


def lives_on(copy: Copy, stolen: list[Browser], tally: Tally) -> None:
    """Whether stolen sessions still open anything five seconds later, in either process."""
    began, ends = time.monotonic(), time.monotonic() + END_S
    while any(is_in(one, copy.public[1]) for one in stolen) and time.monotonic() < ends:
        time.sleep(0.5)
    tally.figures["ended after s"] = round(time.monotonic() - began, 1)
    for one in stolen:
        for door in copy.public:
            tally.note(got=is_in(one.clone(), door))


def with_thief(copy: Copy, person: Person) -> tuple[list[Browser], str]:
    """A stolen copy of her session, a second session of hers, and a shop's access token."""
    door = copy.public[0]
    other = people.signed_in(door, person, copy.source())
    given = tokens.first_tokens(copy, tokens.authorized(door, other))
    if not is_in(other, copy.public[1]):
        raise NotReadyError("her second session is not signed in")
    return [other], given["access_token"]


def after(
    copy: Copy, act: Callable[[Copy, Person, Browser], Answer | None], *, own: bool = False
) -> Tally:
    """What is left of other sessions and tokens after she did something."""
    tally, person = Tally(), people.customer(copy)
    stolen, access = with_thief(copy, person)
    actor = stolen[0] if own else person.browser
    thief = stolen[0].clone()
    act(copy, person, actor)
    lives_on(copy, [thief], tally)
    tally.note(got=tokens.is_good(copy, copy.public[1], access))
    return tally


def sign_out(copy: Copy) -> Tally:
    def act(copy: Copy, person: Person, browser: Browser) -> None:
        door = copy.public[0]
        browser.send(door, "/sign-out/", browser.token(door, WAYS))

    return after(copy, act, own=True)


def new_password(copy: Copy) -> Tally:
    def act(copy: Copy, person: Person, browser: Browser) -> None:
        changed = browser.fill(copy.public[0], "/account/password/", password=people.OTHER)
        must(changed, "a new password", WAYS)

    return after(copy, act)


def new_factor(copy: Copy) -> Tally:
    def act(copy: Copy, person: Person, browser: Browser) -> None:
        people.add_app(copy.public[0], person)

    return after(copy, act)


def end_others(copy: Copy) -> Tally:
    def act(copy: Copy, person: Person, browser: Browser) -> None:
        must(browser.fill(copy.public[0], "/account/devices/end-others/"), "ending the others")

    return after(copy, act)


def reset(copy: Copy) -> Tally:
    def act(copy: Copy, person: Person, browser: Browser) -> None:
        forgetful, door = Browser(copy.source()), copy.public[1]
        code = people.ask_for_code(copy, forgetful, person.email, "/forgotten/")
        must(forgetful.fill(door, "/forgotten/code/", code=code), "the code", "/forgotten/password")
        set_ = forgetful.fill(door, "/forgotten/password/", password=people.OTHER)
        must(set_, "a new password", "/sign-in/")

    return after(copy, act)


def not_me(copy: Copy) -> Tally:
    """She presses the link of a mail, signed in nowhere; her password is worth nothing then."""

    def act(copy: Copy, person: Person, browser: Browser) -> None:
        path = people.not_me_link(copy, person)
        pressed = Browser(copy.source()).fill(copy.public[0], path)
        if pressed.status != 200:
            raise NotReadyError(f"the link answered {pressed.status}")

    return after(copy, act)


def reset_keeps_factors(copy: Copy) -> Tally:
    """A thief of the mailbox resets the password of somebody with an app, and signs in."""
    tally, person = Tally(), people.customer(copy, app=True)
    thief, door = Browser(copy.source()), copy.public[0]
    code = people.ask_for_code(copy, thief, person.email, "/forgotten/")
    must(thief.fill(door, "/forgotten/code/", code=code), "the code", "/forgotten/password/")
    tally.note(got=is_in(thief.clone(), door))
    must(thief.fill(door, "/forgotten/password/", password=people.OTHER), "a new password")
    tally.note(got=is_in(thief.clone(), door))
    people.password(door, thief, person, people.OTHER)
    for one in copy.public:
        tally.note(got=is_in(thief.clone(), one))
    return tally


def across_sites(copy: Copy) -> Tally:
    """Each site's cookie at the other one, under either name."""
    tally, customer = Tally(), people.customer(copy)
    staff = people.administrator(copy)
    if not is_in(staff.browser, copy.staff[1], STAFF_WAYS):
        raise NotReadyError("the administrator is not signed in")
    hers, theirs = customer.browser.cookies[PUBLIC_COOKIE], staff.browser.cookies[STAFF_COOKIE]
    for said, doors, names, path in (
        (hers, copy.staff, (STAFF_COOKIE, PUBLIC_COOKIE), STAFF_WAYS),
        (theirs, copy.public, (PUBLIC_COOKIE, STAFF_COOKIE), WAYS),
    ):
        for door in doors:
            for name in names:
                thief = Browser(copy.source(), cookies={name: said})
                tally.note(got=is_in(thief, door, path))
    return tally


def forgery(copy: Copy) -> Tally:
    """Her forms, sent by another site: without a token, with the attacker's, from elsewhere."""
    tally, person = Tally(), people.customer(copy)
    attacker, door = Browser(copy.source()), copy.public[0]
    token = attacker.token(door, "/sign-in/")
    typed = {"password": people.OTHER, "code": "000000"}
    for path in FORMS:
        for form, headers in (
            (typed, {"Origin": "https://evil.example"}),
            (typed, {"Referer": "https://evil.example/"}),
            ({**typed, "csrfmiddlewaretoken": token}, {"Referer": door.origin + path}),
            ({**typed, "csrfmiddlewaretoken": token}, {"Origin": "null"}),
        ):
            answer = person.browser.clone().post(door, path, form, **headers)
            tally.note(got=answer.status != 403 or "__Host-csrf" not in person.browser.cookies)
    if not is_in(person.browser, door):
        tally.succeeded += 1
    return tally


def open_redirect(copy: Copy) -> Tally:
    """Where a sign-in, and the choice of a language, lead with another site as `next`."""
    tally, person = Tally(), people.customer(copy)
    for number, there in enumerate(ELSEWHERE):
        door, visitor = copy.public[number % 2], Browser(copy.source())
        typed = {"email": person.email, "password": person.password, "next": there}
        answer = visitor.fill(door, "/sign-in/", **typed)
        if answer.status not in {FOUND, NOT_FOLLOWED}:
            raise NotReadyError(f"the sign-in answered {answer.status}")
        tally.note(got=leads_away(answer, door.origin))
        chosen = visitor.send(door, "/language/", visitor.token(door, WAYS), next=there)
        tally.note(got=leads_away(chosen, door.origin))
    return tally


def leads_away(answer: Answer, origin: str) -> bool:
    """Whether a browser would leave the site, which reads backslashes and tabs in its own way."""
    there = "".join(answer.location.split()).replace("\\", "/")
    return bool(there) and (not there.startswith("/") or there.startswith("//"))


def back_button(copy: Copy) -> Tally:
    """Whether a browser may show private pages again after signing out."""
    tally, person = Tally(), people.customer(copy)
    for door in copy.public:
        for path in PRIVATE:
            answer = person.browser.get(door, path)
            if answer.status != 200:
                raise NotReadyError(f"{path} answered {answer.status}")
            tally.note(got="no-store" not in (answer.headers["Cache-Control"] or ""))
    return tally


WITHIN = "stolen session and a shop's token are tried in both processes up to 5 s later"
BATTERIES = (
    Battery(
        "session-fixation",
        "The session's id changes at sign-in and at every new proof",
        "a planted cookie before the sign-in, an old one after a new proof",
        fixation,
    ),
    Battery(
        "session-cookies",
        "Cookies: __Host-, Secure, HttpOnly, SameSite, no Domain",
        "every cookie set on the way in is read",
        cookies,
    ),
    Battery("session-sign-out", "Signing out ends session and tokens", WITHIN, sign_out),
    Battery(
        "session-new-password", "A new password ends sessions and tokens", WITHIN, new_password
    ),
    Battery("session-new-factor", "A new factor ends sessions and tokens", WITHIN, new_factor),
    Battery("session-end-others", "Ending all others ends sessions and tokens", WITHIN, end_others),
    Battery("session-reset", "A forgotten password ends sessions and tokens", WITHIN, reset),
    Battery("session-not-me", "“This was not me” ends sessions and tokens", WITHIN, not_me),
    Battery(
        "session-reset-factors",
        "A reset never goes around the second factor",
        "a thief of the mailbox resets the password and signs in",
        reset_keeps_factors,
    ),
    Battery(
        "session-across-sites",
        "A cookie of one site opens nothing at the other",
        "each cookie under both names at both processes of the other site",
        across_sites,
    ),
    Battery(
        "session-forgery",
        "No form is taken from another site",
        "five forms without token, with another's token, from a foreign origin",
        forgery,
    ),
    Battery(
        "session-next",
        "`next` leads to no other site",
        "ten spellings of another site at sign-in and at the choice of a language",
        open_redirect,
    ),
    Battery(
        "session-back-button",
        "Private pages are kept by no browser",
        "Cache-Control of five pages in each process",
        back_button,
    ),
)
