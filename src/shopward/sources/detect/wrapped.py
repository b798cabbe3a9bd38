"""Opens what wraps other values in a cell: JSON, Django's sessions, PHP's serialised arrays.

    unwrap('{"buyer": {"mail": "ada@shop.se"}}') -> ("JSON", [("buyer.mail", "ada@shop.se")])

Signatures are not checked: a session that was forged holds what it holds. Nothing is executed;
what cannot be read as one of the three is text.

- Bounds: 64 KiB in, 256 KiB out of a compressed session, 500 leaves, 12 levels.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, Final

JSON: Final = "JSON"
SESSION: Final = "session"
PHP: Final = "PHP array"
MAX_BYTES: Final = 65_536
_MAX_OUT_BYTES: Final = 262_144
_MAX_LEAVES: Final = 500
_MAX_LEVELS: Final = 12
_SIGNED: Final = re.compile(r"(\.?)([\w-]{2,}):[\w]{4,8}:[\w-]{27,43}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_HASHED: Final = re.compile(rb"[0-9a-f]{40}:(\{.*\})", re.DOTALL)
_PHP: Final = re.compile(r"(?:^|[;{}|])(?:[aOs]:\d+:|[a-z_]+\|)")
_PHP_PAIR: Final = re.compile(r's:\d+:"([^"]{1,80})";(?:s:\d+:"([^"]*)"|[id]:(-?[\d.]+))')

Leaf = tuple[str, Any]


def unwrap(text: str) -> tuple[str, list[Leaf]] | None:
    """What wraps a value and the leaves inside; None for a value that stands for itself."""
    value = text.strip()
    if not 2 <= len(value) <= MAX_BYTES:
        return None
    if value[0] in "{[":
        parsed = _json(value)
        return None if parsed is None else (JSON, list(leaves(parsed)))
    session = _session(value)
    if session is not None:
        return SESSION, list(leaves(session))
    if _PHP.match(value):
        pairs = [(key, word or number) for key, word, number in _PHP_PAIR.findall(value)]
        return (PHP, pairs[:_MAX_LEAVES]) if pairs else None
    return None


def leaves(value: Any, path: str = "", level: int = 0) -> Iterator[Leaf]:
    """Dotted paths and plain values; items of a list share the path of their list."""
    left = _MAX_LEAVES
    stack = [(path, value, level)]
    while stack and left:
        at, one, depth = stack.pop()
        if isinstance(one, dict) and depth < _MAX_LEVELS:
            below = [(f"{at}.{key}" if at else str(key), each) for key, each in one.items()]
            stack.extend((name, each, depth + 1) for name, each in reversed(below))
        elif isinstance(one, list) and depth < _MAX_LEVELS:
            stack.extend((at, each, depth + 1) for each in reversed(one[:100]))
        elif not isinstance(one, dict | list):
            left -= 1
            yield at, one


def _json(value: str | bytes) -> Any:
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict | list) else None


def _session(value: str) -> Any:
    signed = _SIGNED.fullmatch(value)
    if signed:
        return _json(_opened(signed[2], is_packed=bool(signed[1])))
    if _BASE64.fullmatch(value):
        hashed = _HASHED.fullmatch(_decoded(value))
        return _json(hashed[1]) if hashed else None
    return None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_")
    except (ValueError, binascii.Error):
        return b""


def _opened(text: str, *, is_packed: bool) -> bytes:
    data = _decoded(text)
    if not is_packed:
        return data
    try:
        return zlib.decompressobj().decompress(data, _MAX_OUT_BYTES)
    except zlib.error:
        return b""
