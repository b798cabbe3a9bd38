"""How a setting is refused, and which hosts are this machine."""

from __future__ import annotations

import ipaddress

from shopward.errors import ConfigError


def refusal(key: str, what: str, hint: str) -> ConfigError:
    """The error that says what is wrong with a setting; names it, never its value."""
    return ConfigError(f"{key} {what}.", hint=hint, field=key)


def is_loopback(host: str) -> bool:
    """Whether this name or address never leaves the machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
