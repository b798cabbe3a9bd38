"""Signed links: what they are for, about whom, until when. Opening one changes nothing.

    https://shop.example/not-me/<signed JSON>/

Nothing is stored when a link is made, so that every mail can have one; what was used is (`spend`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core import signing
from django.db import IntegrityError, transaction

from shopward.clock import from_ms, to_ms
from shopward.portal.web.models import SpentLink

SALT: Final = "shopward.portal."
_TOKEN: Final = re.compile(r"cus_[0-9a-z]{27}")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says.

    Args:
        subject: Whom it is about, by the token.
        until: When it ends.
        since: From when on something is disputed; of links of that kind alone.
        fact: What a guest came by; of such links alone.
        nonce: Tells it from another one of the same kind.
    """

    subject: str
    until: datetime
    since: datetime | None = None
    fact: str = ""
    nonce: str = ""


class DeadLinkError(Exception):
    """It is not signed by us for this, or its time is over."""


def make(use: str, link: Link) -> str:
    """The signed text of a link. Secret."""
    said = {"s": link.subject, "u": to_ms(link.until), "n": link.nonce}
    if link.since is not None:
        said["t"] = to_ms(link.since)
    if link.fact:
        said["f"] = link.fact
    return signing.dumps(said, salt=SALT + use)


def read(use: str, token: str, now: datetime) -> Link:
    """What a link says, if it is ours, for this, and still good.

    Raises:
        DeadLinkError: It is not.
    """
    try:
        said = signing.loads(token, salt=SALT + use)
        since = from_ms(said["t"]) if "t" in said else None
        link = Link(said["s"], from_ms(said["u"]), since, said.get("f", ""), said["n"])
    except (signing.BadSignature, KeyError, TypeError, ValueError, OverflowError):
        raise DeadLinkError from None
    if now >= link.until or not _TOKEN.fullmatch(link.subject):
        raise DeadLinkError
    return link


def is_spent(token: str) -> bool:
    """Whether it was used."""
    return SpentLink.objects.filter(pk=_digest(token)).exists()


def spend(token: str, until: datetime) -> bool:
    """Uses a link up, in this transaction; False when somebody did before."""
    try:
        with transaction.atomic():
            SpentLink.objects.create(digest=_digest(token), until=until)
    except IntegrityError:
        return False
    return True


def tidy(now: datetime) -> None:
    """Forgets links that would be over anyway."""
    SpentLink.objects.filter(until__lte=now).delete()


def _digest(token: str) -> str:
    return hashlib.sha256(f"portal-link\x00{token}".encode()).hexdigest()
