"""Whether somebody sits at a device we know: a random cookie, and a coarse look at the browser.

The fingerprint is family and system, such as "Firefox on Windows": enough to say in a mail which
device it was and to notice a cookie that has moved to another browser, too little to follow anybody
through the web. Versions change every month and are left out.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from typing import Final

COOKIE_BYTES: Final = 16
_COOKIE: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def label(user_agent: str) -> str:
    """The coarse fingerprint, a phrase for people."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "an unknown browser"


def new_cookie() -> str:
    """The value of a device's cookie, 22 letters, 128 random bits. Secret."""
    return secrets.token_urlsafe(COOKIE_BYTES)


def is_cookie(value: str) -> bool:
    """Whether a value has the form of a device's cookie."""
    return _COOKIE.fullmatch(value) is not None


def digest(cookie: str, fingerprint: str) -> str:
    """What is stored of a device, 64 hex digits; another browser with the cookie is another."""
    return hashlib.sha256(f"device\x00{cookie}\x00{fingerprint}".encode()).hexdigest()


def is_known(digests: Sequence[str], cookie: str, fingerprint: str) -> bool:
    """Whether one of the digests is this device's; each is compared, in constant time."""
    wanted = digest(cookie, fingerprint)
    return sum(hmac.compare_digest(one, wanted) for one in digests) > 0


def _first(names: Sequence[tuple[str, str]], text: str) -> str:
    return next((name for mark, name in names if mark in text), "")
