"""Addresses that a browser may be sent back to: registered by the operator, matched exactly.

Source: RFC 9700 §2.1; RFC 8252 §7.3 (loopback); OpenID Connect RP-Initiated Logout 1.0 §3.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

MAX_CHARS: Final = 500
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def fault(address: str) -> str | None:
    """What keeps an address from being registered; None when nothing does."""
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return "is not an address"
    if not address.isascii() or not address.isprintable() or len(address) > MAX_CHARS:
        return f"is not plain text of at most {MAX_CHARS} characters"
    if not parts.hostname or not has_port or " " in address:
        return "is not a whole address, such as https://shop.example/signed-in"
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return "is neither https nor http on this machine"
    if parts.username is not None or "#" in address or "*" in address:
        return "has a name before the host, a fragment or a wildcard"
    return None
