"""Every page of both sites, by the name of its route; a route that no list has fails a test.

`furnish` makes what pages are about: somebody invited, who joined; a recovery; a backup; a mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any, Final

import apsw
from django.urls import URLPattern, get_resolver

from shopward import clock
from shopward.sources import found as handed_over
from shopward.sources.found import Found, Proposed, Row
from tests.pages.office import Office, Reader, links_in, wait_until

STAFF_MAP: Final = "shopward.console.urls_staff"
PUBLIC_MAP: Final = "shopward.console.urls_public"
OUTSIDE: Final = ("/sign-in/", "/join/", "/join/{link}/", "/not-me/{link}/", "/nothing-here/")
"""Pages of the staff's site for who is not signed in; every other one leads to the first."""
INSIDE: Final = (
    "/",
    "/customers/",
    "/customers/{customer}/",
    "/ledger/",
    "/ledger/?from=1",
    "/ledger/{entry}/",
    "/policy/",
    "/policy/compare/",
    "/policy/ask/",
    "/found/",
    "/found/policy/",
    "/found/{column}/",
    "/cases/",
    "/cases/{case}/",
    "/callers/",
    "/vault/",
    "/vault/begin/epoch/",
    "/tasks/",
    "/health/",
    "/settings/",
    "/components/",
    "/people/",
    "/people/invite/",
    "/people/{person}/",
    "/account/",
    "/account/passkey/",
    "/account/app/",
    "/account/factors/{factor}/remove/",
    "/account/recovery-codes/",
    "/account/password/",
    "/account/sessions/{session}/end/",
    "/account/sessions/end-others/",
    "/prove/",
    "/nothing-here/",
)
FILES: Final = ("/ledger/checkpoint/", "/ledger/{entry}/receipt/")
PASSING: Final = ("/sign-in/second/", "/sign-in/recovery-code/")
"""Pages between two steps of a sign-in; without a first step they lead to its beginning."""
ACTIONS: Final = frozenset(
    {
        "identity:sign-in-passkey",
        "identity:sign-out",
        "identity:stop-recovery",
        "identity:withdraw",
        "identity:let-go",
        "identity:bring-back",
        "identity:ask-recovery",
        "identity:agree",
        "identity:send-link",
        "identity:cancel-recovery",
        "end-job",
        "found-map",
        "found-policy-file",
        "found-undo",
        "freeze",
        "thaw",
        "retry",
        "language",
    }
)
"""Routes that show no page of their own."""


PUBLIC_PAGES: Final = (
    "/",
    "/sign-in/",
    "/sign-up/",
    "/forgotten/",
    "/guides/",
    "/guides/false-mail/",
    "/verify/",
    "/guest/",
    "/guest/nothing/",
    "/not-me/nothing/",
    "/undo/nothing/",
    "/nothing-here/",
)
"""Pages of the public site for who is not signed in."""
OF_CUSTOMERS: Final = frozenset({"identity", "portal"})
"""Spaces whose other pages are a customer's own; their rooms' tests visit them."""
PROTOCOL: Final = "oidc"
"""Routes that programs ask."""


FOUND: Final = Row(
    "customer",
    "email",
    "e-mail address",
    "certain",
    ["passes a validator (90 of 90)"],
    "",
    "",
    Proposed(
        "contact_email", "e-mail address", "user.contact.email", "account", ["account"],
        "email", "mail", 254, is_unique=True,
    ),
)  # fmt: skip
"""What discovery handed over to the pages."""


@dataclass(slots=True)
class Things:
    """What pages are about."""

    customer: str = "cus_" + "0" * 27
    entry: int = 3
    link: str = "nothing"
    person: str = ""
    factor: str = ""
    session: str = ""
    column: str = FOUND.slug
    case: int = 1

    def at(self, path: str) -> str:
        """The address of a page about them."""
        names = ("customer", "entry", "link", "person", "factor", "session", "column", "case")
        return path.format(**{name: getattr(self, name) for name in names})


PASSWORD: Final = "violet kettle orbits slowly"


def between(office: Office, mara: Reader) -> str:
    """Mara sets a password and shows it elsewhere; the cookies of there."""
    assert mara.post("/account/password/", {"password": PASSWORD}).status_code == 302
    other = office.reader()
    try:
        typed = {"email": "mara@shop.example", "password": PASSWORD}
        assert other.post("/sign-in/", typed).headers["Location"] == "/sign-in/second/"
        return other.cookies
    finally:
        other.close()


def furnish(office: Office, mara: Reader, customer: str) -> Things:
    """Invites Robin, who joins, gives Mara a second passkey, and finds out their pages' names."""
    made = Things(customer=customer)
    handed = Found(
        "sqlite:///srv/shop.db", "2026-11-25T02:00:00+00:00", complete=True, rows=[FOUND]
    )
    handed_over.write(office.home, handed)
    made.case = _reported(office, customer)
    place = {"email": "robin@shop.example", "name": "Robin Vale", "role": "support"}
    assert mara.post("/people/invite/", place).status_code == 302
    robin = office.reader()
    try:
        robin.join(link_in_mail(office, "invited"))
        assert robin.get("/").status_code == 200
    finally:
        robin.close()
    assert mara.add_passkey().status_code == 302
    found = links_in(mara.get("/people/"), "/people/[0-9a-f]{8}-")
    made.person = found[-1].split("/")[2]
    account = mara.get("/account/").text
    made.factor = _first(account, r"/account/factors/(\d+)/remove/")
    made.session = _first(account, r"/account/sessions/(\d+)/end/") or "1"
    return made


def _reported(office: Office, customer: str) -> int:
    """A case as the customer's own pages open one; its number."""
    with apsw.Connection(str(office.home / "console" / "console.db")) as connection:
        connection.set_busy_timeout(5000)
        sql = "INSERT INTO console_case (subject, why, at, note) VALUES (?, 'not-me', ?, '')"
        connection.execute(sql, (customer, f"{clock.now():%Y-%m-%d %H:%M:%S}"))
        return connection.last_insert_rowid()


def link_in_mail(office: Office, subject: str) -> str:
    """The link in the mail whose subject has this word, once it was sent."""
    folder = office.home / "mail"

    def found() -> list[str]:
        sent = [message_from_bytes(one.read_bytes()) for one in sorted(folder.glob("*.eml"))]
        texts = [one.get_payload(decode=True) for one in sent if subject in str(one["Subject"])]
        return [one.decode() for one in texts if isinstance(one, bytes)]

    wait_until(found)
    return _first(found()[-1], r"(https://\S+)")


def names(urlconf: str) -> set[str]:
    """Every named route of a site."""
    return set(_walk(get_resolver(urlconf).url_patterns, ""))


def _walk(patterns: list[Any], space: str) -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLPattern):
            if one.name:
                yield space + one.name
        else:
            yield from _walk(one.url_patterns, f"{one.namespace}:" if one.namespace else space)


def _first(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""
