"""The floor of V4: the same rows out of the same schema, still sealed.

The server of `reference.py`, but for the items of a request it runs the product's own read
statement on a copy of the product's store, unpacks the sealed fields that were asked for and
answers their bytes as base64. It holds no key, opens nothing, asks no policy and enters nothing in
a ledger. Since a token's digest needs a key, an item names the digest itself, in hex.

    python -m benchmarks.rows PORT STORE
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import apsw
import msgspec

from benchmarks.reference import App, Message, Receive, Send, read_body, serve
from shopward.store.schema import connect
from shopward.store.sqlite import LOOK
from shopward.vault.details import TOKEN_FIELD


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


def digests(store: Path, most: int) -> list[str]:
    """The digests of at most so many customers' tokens, in hex; being digests, spread over all."""
    connection = connect(store)
    rows = connection.execute(
        "SELECT hex(digest) FROM alias WHERE name = ? LIMIT ?", (TOKEN_FIELD, most)
    ).fetchall()
    connection.close()
    return [str(row[0]) for row in rows]


def application(connection: apsw.Connection) -> App:
    """The ASGI application over one connection."""
    decode = msgspec.json.Decoder(Request).decode
    unpack = msgspec.msgpack.Decoder(dict[str, bytes]).decode
    encode = msgspec.json.Encoder().encode

    # `LOOK` ends in a record's body.
    def answer(items: list[Item]) -> list[dict[str, object]]:
        digests = tuple(bytes.fromhex(item.digest) for item in items)
        rows: list[tuple[Any, ...]] = connection.execute(LOOK, (apsw.carray(digests),)).fetchall()
        sealed: dict[bytes, dict[str, bytes]] = {}
        for row in rows:
            sealed.setdefault(row[0], {}).update(unpack(row[-1]))
        return [
            {
                "subject": item.digest,
                "fields": {name: sealed[digest][name] for name in item.fields},
            }
            for item, digest in zip(items, digests, strict=True)
        ]

    async def application(_scope: Message, receive: Receive, send: Send) -> None:
        content = encode({"items": answer(decode(await read_body(receive)).items)})
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(content)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return application


if __name__ == "__main__":
    serve(application(connect(Path(sys.argv[2]))), int(sys.argv[1]))
