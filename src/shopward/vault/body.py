"""A record's body: its sealed fields by name, as the bytes of one column.

Names are readable, values are sealed; this module opens nothing. It does not prove which fields
a record had: a deleted entry is noticed by the ledger, not here.

Format: MessagePack map, str to bin, keys in ascending order; the same fields always give the
same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from shopward.errors import UndecryptableError

_ENCODER = msgspec.msgpack.Encoder(order="deterministic")
_DECODER = msgspec.msgpack.Decoder(dict[str, bytes])


def pack(sealed: Mapping[str, bytes]) -> bytes:
    """The body of these sealed fields."""
    return _ENCODER.encode(dict(sealed))


def unpack(body: bytes) -> dict[str, bytes]:
    """The sealed fields of a body.

    Raises:
        UndecryptableError: These bytes are no body; the row is damaged.
    """
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UndecryptableError from None
