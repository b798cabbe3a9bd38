"""Did you send this? What can be said of a pasted link, sender or phone number.

Nothing here knows a customer: an answer depends on what was pasted and on the shop's own names, so
it never tells whether somebody has an account.

- Only our own host over https is ours; a look-alike is named as one.
- A sender and a phone number can be forged, so the best that is said of one is "could be".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna
import phonenumbers

from shopward.portal import verify_code
from shopward.portal.said import Said, gettext_noop


class Verdict(StrEnum):
    """What we say of it."""

    OURS = "ours"
    COULD_BE = "could-be"
    NOT_OURS = "not-ours"


class What(StrEnum):
    """What somebody pasted."""

    CODE = "code"
    LINK = "link"
    SENDER = "sender"
    PHONE = "phone"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Names:
    """By which the shop is known.

    Args:
        shop: Its name.
        host: The public site's host.
        port: Its port.
        mail: The domain that its mails come from.
        phones: Its numbers, in E.164.
        region: The country whose numbers may be written without a country code.
    """

    shop: str
    host: str
    port: int
    mail: str
    phones: frozenset[str] = frozenset()
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with its reasons."""

    what: What
    verdict: Verdict
    reasons: tuple[Said, ...]


WORST: Final = (Verdict.OURS, Verdict.COULD_BE, Verdict.NOT_OURS)
_SCHEME: Final = re.compile(r"(?i)^[a-z][a-z0-9+.-]*://")
_HOST: Final = re.compile(r"(?i)^(?:[\w-]+\.)+[\w-]{2,}(?:[:/?#].*)?$")
_PHONE: Final = re.compile(r"^[+(]?[\d\s()/.\-\u2013]{5,30}$")
LONGEST: Final = 200


def what_is(pasted: str) -> What:
    """What a pasted text is; a text of several lines is a mail."""
    text = pasted.strip()
    if "\n" in text or len(text) > LONGEST:
        return What.MAIL
    if verify_code.is_likely(text) and not text.isdigit():
        return What.CODE
    if _SCHEME.match(text):
        return What.LINK
    if "@" in text and " " not in parseaddr(text)[1].strip():
        return What.SENDER
    if _PHONE.match(text):
        return What.PHONE
    return What.LINK if _HOST.match(text) else What.MAIL


def judge(what: What, pasted: str, ours: Names) -> Answer:
    """What is to be said of a link, a sender or a phone number."""
    text = pasted.strip()
    if what is What.SENDER:
        return sender(text, ours)
    if what is What.PHONE:
        return phone(text, ours)
    return link(text, ours)


def link(text: str, ours: Names) -> Answer:
    """Where a link leads."""
    reasons = tuple(_against(text, ours))
    if reasons:
        return Answer(What.LINK, Verdict.NOT_OURS, reasons)
    words = gettext_noop("It leads to {host}, our own site, over a safe connection.")
    return Answer(What.LINK, Verdict.OURS, (Said(words, {"host": ours.host}),))


def sender(text: str, ours: Names) -> Answer:
    """Whether an address is one of those we write from."""
    name, address = parseaddr(text)
    domain = _ascii(address.rpartition("@")[2])
    if domain != ours.mail:
        reasons = [Said(gettext_noop("We never write from {host}."), {"host": domain or "?"})]
        reasons += _alike(domain, ours.mail)
        if ours.shop.casefold() in name.casefold():
            reasons.append(Said(gettext_noop("It uses our name, but not our address.")))
        return Answer(What.SENDER, Verdict.NOT_OURS, tuple(reasons))
    words = gettext_noop("We write from {host}. But a sender is easy to fake: check the code, too.")
    return Answer(What.SENDER, Verdict.COULD_BE, (Said(words, {"host": domain}),))


def phone(text: str, ours: Names) -> Answer:
    """Whether a number is one of ours."""
    if _e164(text, ours.region) in ours.phones:
        words = gettext_noop(
            "This is one of our numbers. But a number is easy to fake: hang up and call us back. "
            "We never ask for a password or a code."
        )
        return Answer(What.PHONE, Verdict.COULD_BE, (Said(words),))
    words = gettext_noop("This is none of our numbers.")
    return Answer(What.PHONE, Verdict.NOT_OURS, (Said(words),))


def host_of(text: str) -> str:
    """The host of a link as browsers look it up; empty when it has none."""
    parts = _split(text)
    return _ascii(parts.hostname or "") if parts else ""


def _against(text: str, ours: Names) -> list[Said]:
    parts = _split(text)
    if parts is None or not parts.hostname:
        return [Said(gettext_noop("This is no address that leads to us."))]
    host, found = _ascii(parts.hostname), []
    if host != ours.host:
        words = gettext_noop("It leads to {host}, which is not ours.")
        found = [Said(words, {"host": host}), *_alike(host, ours.host)]
    elif _port(parts) != ours.port:
        found = [Said(gettext_noop("It leads to another door of our machine."))]
    if parts.scheme != "https":
        found.append(Said(gettext_noop("Our pages begin with https://; this does not.")))
    if "@" in parts.netloc:
        words = gettext_noop("What stands before the @ is there to mislead you.")
        found.append(Said(words))
    return found


def _alike(host: str, ours: str) -> list[Said]:
    """Why a foreign host may look like ours."""
    found = []
    if host.startswith((f"{ours}.", f"{ours}-")) or f".{ours}." in f".{host}":
        found.append(Said(gettext_noop("Our name stands in front, but the end counts.")))
    if any(label.startswith("xn--") for label in host.split(".")):
        found.append(Said(gettext_noop("It has letters that look like other letters.")))
    elif host and host != ours and _distance(host, ours) <= 2:
        found.append(Said(gettext_noop("It is one or two letters away from ours.")))
    if _is_number(host):
        found.append(Said(gettext_noop("It is a bare number; a real shop has a name.")))
    return found


def _split(text: str) -> SplitResult | None:
    try:
        return urlsplit(text if _SCHEME.match(text) else f"https://{text}")
    except ValueError:
        return None


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None


def _ascii(host: str) -> str:
    """A host in the letters that the net uses: `xn--…` where it has others."""
    try:
        return idna.encode(host.rstrip("."), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return host.casefold()


def _is_number(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _e164(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _distance(one: str, other: str) -> int:
    """How many letters must be changed, put in or left out (Levenshtein), at most 254 each."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for to, wanted in enumerate(other, 1):
            cost = min(row[to] + 1, row[to - 1] + 1, before + (letter != wanted))
            before, row[to] = row[to], cost
    return row[-1]
