"""The floor of V4: the same rows out of the same schema, still sealed.

The server of `reference.py`, but for the items of a request it runs the product's own read
statement on a copy of the product's file, or on its very database, unpacks the sealed fields that
were asked for and answers their bytes as base64. It holds no key, opens nothing, asks no policy
and enters nothing in a ledger. Since a token's digest needs a key, an item names the digest
itself, in hex.

    python -m benchmarks.rows PORT FILE-OR-URL
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import msgspec
import psycopg

from benchmarks.pool import Pool
from benchmarks.reference import App, Message, Receive, Send, read_body, serve
from shopward.store.schema import connect
from shopward.store.sqlite import LOOK
from shopward.vault.details import TOKEN_FIELD

COLUMNS = [one.strip() for one in LOOK.partition("FROM")[0].removeprefix("SELECT").split(",")]
BODY = COLUMNS.index("r.body")
"""Where the statement has a record's body, on either engine."""
Find = Callable[[tuple[bytes, ...]], Awaitable[list[tuple[Any, ...]]]]


class Item(msgspec.Struct):
    """Which row, and which of its fields."""

    digest: str
    purpose: str
    fields: list[str]


class Request(msgspec.Struct):
    """A hundred items, or any other number."""

    items: list[Item]


def copy(store: Path, target: Path) -> None:
    """A consistent copy of a store that is in use."""
    source, copied = connect(store), connect(target)
    with copied.backup("main", source, "main") as backup:
        backup.step()
    source.close()
    copied.close()


def digests(store: str, most: int) -> list[str]:
    """The digests of at most so many customers' tokens, in hex; being digests, spread over all."""
    sql = "SELECT digest FROM alias WHERE name = ? LIMIT ?"
    if is_url(store):
        with psycopg.connect(store) as asked:
            found = asked.execute(sql.replace("?", "%s").encode(), (TOKEN_FIELD, most)).fetchall()
    else:
        connection = connect(Path(store))
        found = connection.execute(sql, (TOKEN_FIELD, most)).fetchall()
        connection.close()
    return [bytes(row[0]).hex() for row in found]


def is_url(store: str) -> bool:
    """Whether a store is a PostgreSQL database."""
    return store.startswith("postgresql:")


def in_file(path: Path) -> Find:
    """Reads on the event loop, as the product does."""
    connection = connect(path)

    async def find(digests: tuple[bytes, ...]) -> list[tuple[Any, ...]]:
        return connection.execute(LOOK, (apsw.carray(digests),)).fetchall()

    return find


def in_database(url: str) -> Find:
    """Reads over a few connections, each statement prepared."""
    from shopward.store import postgres_look  # noqa: PLC0415 - only where it is the engine

    pool = Pool(url)

    async def find(digests: tuple[bytes, ...]) -> list[tuple[Any, ...]]:
        return await pool.fetch(postgres_look.LOOK, list(digests))

    return find


def application(find: Find) -> App:
    """The ASGI application over one way to find."""
    decode = msgspec.json.Decoder(Request).decode
    unpack = msgspec.msgpack.Decoder(dict[str, bytes]).decode
    encode = msgspec.json.Encoder().encode

    async def answer(items: list[Item]) -> list[dict[str, object]]:
        digests = tuple(bytes.fromhex(item.digest) for item in items)
        sealed: dict[bytes, dict[str, bytes]] = {}
        for row in await find(digests):
            sealed.setdefault(row[0], {}).update(unpack(row[BODY]))
        return [
            {
                "subject": item.digest,
                "fields": {name: sealed[digest][name] for name in item.fields},
            }
            for item, digest in zip(items, digests, strict=True)
        ]

    async def application(_scope: Message, receive: Receive, send: Send) -> None:
        content = encode({"items": await answer(decode(await read_body(receive)).items)})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return application


if __name__ == "__main__":
    where = sys.argv[2]
    serve(
        application(in_database(where) if is_url(where) else in_file(Path(where))), int(sys.argv[1])
    )
