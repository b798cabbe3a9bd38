"""Which databases are refused, because their address would give data or a password away.

- The address holds no password: it would be in copies of the settings.
- Beyond this machine the server has to prove who it is: `sslmode=verify-full`.
- Only what is known may follow the `?`: `options` and the like would change what we rely on.
- Several workers need a database: a SQLite file has one writer.
- The control plane's database is another one than the store's, under another role.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qs, urlsplit

from shopward.settings.model import Settings, StoreSettings
from shopward.settings.refusal import is_loopback, refusal
from shopward.settings.rows import STORE_PASSWORD_VARIABLE

PARAMETERS: Final = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"})


def refuse_store(settings: Settings) -> None:
    """Go through every rule about the two databases.

    Raises:
        ConfigError: One of them is broken.
    """
    store, accounts = settings.store, settings.console.place
    for place in (store, accounts):
        if place.url is not None:
            _refuse_url(place.url, place.url_key)
    if store.url is not None and accounts.url is not None:
        _refuse_shared(store.url, accounts.url)
    if store.url is None and settings.listen.workers > 1:
        raise refusal(
            "listen.workers",
            "is more than 1, and a SQLite file has one writer",
            "Leave it at 1, or set store.url to a PostgreSQL database.",
        )
    _refuse_password(store)


def _refuse_shared(store: str, accounts: str) -> None:
    """Accounts and sealed records never share a database, nor a role that could reach both."""
    if _database(store) == _database(accounts):
        hint = "Give the control plane a database of its own."
        raise refusal("console.url", "names the database of store.url", hint)
    if urlsplit(store).username == urlsplit(accounts).username:
        hint = "Give the control plane a role of its own, which cannot connect to the store's."
        raise refusal("console.url", "names the role of store.url", hint)


def _database(url: str) -> tuple[tuple[str, ...], object, str]:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    port = query.get("port") or parts.port
    return tuple(_hosts(parts.netloc, query)), port, parts.path


def _refuse_url(url: str, key: str) -> None:
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        has_password = parts.password is not None
    except ValueError:
        raise refusal(key, "is no address", _EXAMPLE) from None
    if parts.scheme != "postgresql" or parts.fragment or not parts.path.strip("/"):
        raise refusal(key, "is not postgresql://user@host/database", _EXAMPLE)
    if has_password or "password" in query:
        hint = f"Put it into store.password_file or {STORE_PASSWORD_VARIABLE}, and change it."
        raise refusal(key, "holds a password", hint)
    if not query.keys() <= PARAMETERS or any(len(values) > 1 for values in query.values()):
        hint = f"These may follow the question mark, once each: {', '.join(sorted(PARAMETERS))}."
        raise refusal(key, "has a parameter that is not known", hint)
    is_far = any(not _is_local(host) for host in _hosts(parts.netloc, query))
    if is_far and query.get("sslmode") != ["verify-full"]:
        hint = "Add ?sslmode=verify-full (and sslrootcert=…), or use a server on this machine."
        raise refusal(key, "would reach another machine without proof of who it is", hint)


_EXAMPLE: Final = "Write it like postgresql://shopward@/shopward?host=/run/postgresql."


def _hosts(netloc: str, query: dict[str, list[str]]) -> Iterator[str]:
    """Every host that libpq would try; a folder is that of a Unix socket."""
    if "host" in query:
        yield from query["host"][0].split(",")
        return
    for part in netloc.rpartition("@")[2].split(","):
        yield urlsplit(f"//{part}").hostname or ""


def _is_local(host: str) -> bool:
    return not host or host.startswith("/") or is_loopback(host)


def _refuse_password(store: StoreSettings) -> None:
    if store.password and store.password_file:
        raise refusal(
            "store.password_file",
            f"and {STORE_PASSWORD_VARIABLE} are both set",
            "Keep one, so that it is clear which password is used.",
        )
