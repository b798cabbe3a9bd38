"""Connects to a shop's MariaDB or MySQL server: whom it believes, and how its refusals are told.

A server beyond this machine has to prove who it is, unless the address says `?ssl=off`.
"""

from __future__ import annotations

import ssl
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote

import pymysql
import pymysql.cursors

from shopward.errors import InvalidError, UnavailableError
from shopward.settings.refusal import is_loopback

_CONNECT_S: Final = 10
_NO_RIGHT: Final = frozenset({1044, 1142, 1143, 1370})
_TOO_LONG: Final = frozenset({1969, 3024})
_TIMES: Final = ("max_statement_time = {seconds}", "max_execution_time = {seconds}000")
"""MariaDB counts in seconds under one name, MySQL in milliseconds under another."""


def connected(
    address: SplitResult,
    password: str | None,
    program: str,
    statement_s: int,
    cursor: type[pymysql.cursors.Cursor] = pymysql.cursors.Cursor,
) -> Any:  # noqa: ANN401 - the driver has no types
    """A connection of the program in autocommit, whose reads are ended when they take too long.

    Raises:
        UnavailableError: The server does not answer, or does not let us in.
    """
    given = {key: values[-1] for key, values in parse_qs(address.query).items()}
    try:
        connection = pymysql.connect(
            host=address.hostname or "localhost",
            port=address.port or 3306,
            unix_socket=given.get("socket"),
            user=unquote(address.username or ""),
            password=password or "",
            database=name(address),
            charset="utf8mb4",
            connect_timeout=_CONNECT_S,
            read_timeout=statement_s + _CONNECT_S,
            ssl=_tls(address, given),
            cursorclass=cursor,
            program_name=program,
            autocommit=True,
        )
    except (pymysql.MySQLError, OSError) as error:
        raise UnavailableError(
            f"The database does not let us in: {reason(error)}",
            hint="Check host, user and --password-file; `?ssl-ca=FILE` names the authority "
            "that vouches for the server, `?ssl=off` asks for no proof.",
        ) from None
    for setting in _TIMES:
        try:
            with connection.cursor() as opened:
                opened.execute(f"SET SESSION {setting.format(seconds=statement_s)}")
        except pymysql.MySQLError:
            continue
        break
    return connection


def name(address: SplitResult) -> str:
    """The database that an address names.

    Raises:
        InvalidError: It names none.
    """
    named = unquote(address.path.lstrip("/"))
    if not named:
        raise InvalidError(
            "The address names no database", hint="Write it like mysql://user@host/shop."
        )
    return named


def shown(address: SplitResult) -> str:
    """The address without user and password."""
    return f"mysql://{address.hostname or 'localhost'}/{name(address)}"


def reason(error: BaseException) -> str:
    """What a server's error means, without a value."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if number in _NO_RIGHT:
        return "no right to read it"
    if number in _TOO_LONG:
        return "a statement took too long"
    if number in {1045, 1698}:
        return "user or password is not right"
    if number in {2003, 2006, 2013}:
        return "the server does not answer"
    return f"MariaDB or MySQL says {number}" if number else type(error).__name__


def quoted(name: str) -> str:
    """A name as SQL, whatever is in it; `%` is doubled for the driver."""
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"


def _tls(address: SplitResult, given: dict[str, str]) -> ssl.SSLContext | None:
    is_near = is_loopback(address.hostname or "localhost") and "ssl-ca" not in given
    if is_near or given.get("ssl") == "off":
        return None
    return ssl.create_default_context(cafile=given.get("ssl-ca"))
