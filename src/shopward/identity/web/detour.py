"""What a customer's way in remembers over several pages: where she wanted to go, what she typed.

    identity.wanted   a page of this site
    identity.near     {"salt", "words"}   the words of the typed address, as digests

`carried` takes both over the moment of a sign-in, at which a session begins anew.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.http import HttpRequest

from shopward.identity import near_words
from shopward.identity.password import context_words
from shopward.identity.web.keys import keys

WANTED: Final = "identity.wanted"
NEAR: Final = "identity.near"


def keep_wanted(request: HttpRequest, place: str) -> None:
    """Remembers a page of this site, which the caller has checked to be one."""
    if place:
        request.session[WANTED] = place


def wanted(request: HttpRequest) -> str:
    """The page that was wanted; empty for none."""
    place: str = request.session.get(WANTED, "")
    return place


def arrived(request: HttpRequest) -> str:
    """The same; the way in is at its end, and nothing of it is remembered."""
    request.session.pop(NEAR, None)
    place: str = request.session.pop(WANTED, "")
    return place


def keep_near(request: HttpRequest, typed: str) -> None:
    """Remembers the words of a typed address, without keeping one of them."""
    salt = secrets.token_hex(8)
    words = near_words.kept(context_words(typed), _key(salt))
    request.session[NEAR] = {"salt": salt, "words": words}


def near(request: HttpRequest, password: str) -> str:
    """Those of these words that stand in a password, with blanks between. Secret."""
    kept = request.session.get(NEAR)
    if not kept:
        return ""
    return " ".join(near_words.found(password, kept["words"], _key(kept["salt"])))


@contextmanager
def carried(request: HttpRequest) -> Iterator[None]:
    """Takes what is remembered over a sign-in."""
    before = {name: request.session.get(name) for name in (WANTED, NEAR)}
    yield
    request.session.update({name: value for name, value in before.items() if value})


def _key(salt: str) -> bytes:
    return hmac.digest(keys().names, f"near:{salt}".encode(), "sha256")
