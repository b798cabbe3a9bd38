"""Connects to a shop's PostgreSQL server: whom it believes, and how its refusals are told.

A server beyond this machine has to prove who it is, unless the address says otherwise.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import SplitResult, parse_qs

import psycopg

from shopward.errors import UnavailableError
from shopward.settings.refusal import is_loopback

_CONNECT_S: Final = 10
_SAYS: Final = {
    "42501": "no right to read it, or row security hides rows of it",
    "57014": "a statement took too long",
    "55P03": "locked by somebody else",
}


def connected(address: SplitResult, password: str | None, program: str) -> psycopg.Connection[Any]:
    """A connection of the program; libpq's own files and variables are used too.

    Raises:
        UnavailableError: The server does not answer, or does not let us in.
    """
    extra: dict[str, Any] = {}
    given = parse_qs(address.query)
    hosts = given.get("host", [address.hostname or ""])[0].split(",")
    if "sslmode" not in given and not all(is_local(host) for host in hosts):
        extra = {"sslmode": "verify-full", "sslrootcert": "system"}
    try:
        connection: psycopg.Connection[Any] = psycopg.connect(
            address.geturl(),
            password=password,
            connect_timeout=_CONNECT_S,
            application_name=program,
            **extra,
        )
    except psycopg.Error as error:
        raise UnavailableError(
            f"The database does not let us in: {_first_line(error)}",
            hint="Check host, user and --password-file; sslmode=… in the address says how far "
            "a server has to prove who it is.",
        ) from None
    return connection


def shown(address: SplitResult) -> str:
    """The address without user and password."""
    return f"postgresql://{address.hostname or 'localhost'}{address.path}"


def is_local(host: str) -> bool:
    """Whether a server's host is this machine: nothing, a socket's folder, or loopback."""
    return not host or host.startswith("/") or is_loopback(host)


def reason(error: psycopg.Error) -> str:
    """What a server's error means, without a value."""
    if error.sqlstate is None:
        return "the connection was lost"
    return _SAYS.get(error.sqlstate, f"PostgreSQL says {error.sqlstate}")


def _first_line(error: psycopg.Error) -> str:
    line = str(error).strip().partition("\n")[0][:200]
    return "".join(letter for letter in line if letter.isprintable())
