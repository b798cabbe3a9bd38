"""The floor of V5: a point read by an indexed column, behind the same HTTP server.

The server of `reference.py`, but it looks the `value` of each request up in a plain table of mail
addresses and tokens, as many as the product has customers and on the same engine, and answers the
token. Nothing is sealed, decided or entered.

    python -m benchmarks.lookup PORT FILE-OR-URL
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import apsw
import msgspec
import psycopg

from benchmarks.pool import Pool
from benchmarks.reference import App, Message, Receive, Send, read_body, serve

SQL = "SELECT token FROM customer WHERE mail = ?"
Find = Callable[[str], Awaitable[str | None]]


class Request(msgspec.Struct):
    """What the product is sent, too."""

    field: str
    value: str
    purpose: str


def make_file(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """A SQLite file with these (mail, token)."""
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, mail TEXT, token TEXT)")
    with connection:
        connection.executemany("INSERT INTO customer (mail, token) VALUES (?, ?)", pairs)
    connection.execute("CREATE UNIQUE INDEX customer_mail ON customer (mail)")
    connection.close()


def make_table(url: str, pairs: Iterable[tuple[str, str]]) -> None:
    """The same in a new PostgreSQL database."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " mail text, token text)"
        )
        with cursor.copy("COPY customer (mail, token) FROM STDIN") as copy:
            for pair in pairs:
                copy.write_row(pair)
        cursor.execute("CREATE UNIQUE INDEX customer_mail ON customer (mail)")
        cursor.execute("ANALYZE customer")


def in_file(path: Path) -> Find:
    """Reads on the event loop, as the product does."""
    connection = apsw.Connection(str(path))

    async def find(mail: str) -> str | None:
        rows = connection.execute(SQL, (mail,)).fetchall()
        return str(rows[0][0]) if rows else None

    return find


def in_table(url: str) -> Find:
    """Reads over a few connections, each statement prepared."""
    pool = Pool(url)

    async def find(mail: str) -> str | None:
        rows = await pool.fetch(SQL.replace("?", "%b"), mail)
        return str(rows[0][0]) if rows else None

    return find


def application(find: Find) -> App:
    """The ASGI application over one way to find."""
    decode = msgspec.json.Decoder(Request).decode
    encode = msgspec.json.Encoder().encode

    async def application(_scope: Message, receive: Receive, send: Send) -> None:
        token = await find(decode(await read_body(receive)).value)
        content = encode({"found": token is not None, "subject": token})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return application


if __name__ == "__main__":
    where = sys.argv[2]
    is_table = where.startswith("postgresql:")
    serve(application(in_table(where) if is_table else in_file(Path(where))), int(sys.argv[1]))
