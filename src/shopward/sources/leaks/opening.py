"""Opens what wraps text inside a block, one layer inside the other, up to four deep.

URL, HTML and backslash escapes, quoted-printable, Base64, hex, and compressed streams:

    b"...%40example..." -> ("URL", 1042, 1060, b"...@example...")

A piece comes with the place of the line or run that it was opened from. What is only nearly of a
form gives a piece that holds nothing; nothing is executed, and no signature is looked at.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from shopward.sources.detect.patterns import Pattern, compiled

DEPTH: Final = 4
MAX_OUT_BYTES: Final = 4_194_304
_MAX_STREAMS: Final = 2_000
_LONG_RUN: Final = 40

Piece = tuple[str, int, int, bytes]
"""(what was opened, where it begins and ends, what was in it)."""

_URL: Final = compiled(r"[^\n]*(?:%[0-9A-Fa-f]{2}|[0-9A-Za-z]\+[0-9A-Za-z])[^\n]*")
_HTML: Final = compiled(r"[^\n]*&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});[^\n]*")
_BACKSLASH: Final = compiled(r"[^\n]*\\[^\n]*")
_QUOTED: Final = compiled(r"(?:[^\n]*=\r?\n)+[^\n]*|[^\n]*=[0-9A-Fa-f]{2}[^\n]*")
_BASE64: Final = compiled(r"[A-Za-z0-9+/_\x2d]{12,}={0,2}(?:\r?\n[A-Za-z0-9+/_\x2d]{4,}={0,2})*")
_HEX: Final = compiled(r"[0-9A-Fa-f]{12,}(?:\r?\n[0-9A-Fa-f]{12,})*")
_STREAM: Final = compiled(r"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_ESCAPE: Final = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SURROGATES: Final = re.compile(rb"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


def pieces(block: bytes) -> Iterator[Piece]:
    """Everything that can be opened in a block, one layer deep."""
    for how, pattern, decode in _LINES:
        for found in pattern.finditer(block):
            raw = found.group()
            opened = decode(raw)
            if opened != raw:
                yield how, found.start(), found.end(), opened
    yield from _base64(block)
    for found in _HEX.finditer(block):
        run = re.sub(rb"\s", b"", found.group())
        for start in (0, 1):
            even = run[start : start + (len(run) - start) // 2 * 2]
            yield "hex", found.start(), found.end(), binascii.unhexlify(even)
    yield from _streams(block)


def _base64(block: bytes) -> Iterator[Piece]:
    for found in _BASE64.finditer(block):
        run = re.sub(rb"[\s=]", b"", found.group()).translate(_STANDARD)
        for start in range(4 if len(run) >= _LONG_RUN else 1):
            part = run[start:]
            part = part[: len(part) - (len(part) % 4 == 1)]
            opened = base64.b64decode(part + b"=" * (-len(part) % 4))
            yield "Base64", found.start(), found.end(), opened


def _streams(block: bytes) -> Iterator[Piece]:
    for number, found in enumerate(_STREAM.finditer(block)):
        if number == _MAX_STREAMS:
            return
        opened = _inflated(block, found.start())
        if len(opened) >= 8:
            yield "compressed", found.start(), found.end(), opened


def _inflated(block: bytes, at: int) -> bytes:
    """What a stream holds that begins there, as far as it is whole."""
    window = 31 if block.startswith(b"\x1f\x8b", at) else 15
    inflater = zlib.decompressobj(window)
    out = b""
    try:
        for start in range(at, len(block), 4096):
            out += inflater.decompress(block[start : start + 4096], MAX_OUT_BYTES - len(out))
            if inflater.eof or len(out) >= MAX_OUT_BYTES:
                break
    except zlib.error:
        return out
    return out


def _url(line: bytes) -> bytes:
    return unquote_to_bytes(line.replace(b"+", b" "))


def _html(line: bytes) -> bytes:
    return html.unescape(line.decode("utf-8", "replace")).encode("utf-8", "replace")


def _backslash(line: bytes) -> bytes:
    paired = _SURROGATES.sub(_both, line)
    return _ESCAPE.sub(_escaped, paired)


def _both(found: re.Match[bytes]) -> bytes:
    pair = bytes.fromhex((found[1] + found[2]).decode())
    return pair.decode("utf-16-be", "replace").encode()


def _escaped(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return chr(int(found[1], 16)).encode("utf-8", "replace")
    if found[2]:
        return bytes.fromhex(found[2].decode())
    return {b"n": b"\n", b"t": b"\t", b"r": b"\r"}.get(found[3], found[3])


def _quoted(lines: bytes) -> bytes:
    return quopri.decodestring(lines).replace(b"_", b" ")


_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_LINES: Final[tuple[tuple[str, Pattern, Callable[[bytes], bytes]], ...]] = (
    ("URL", _URL, _url),
    ("HTML", _HTML, _html),
    ("backslashes", _BACKSLASH, _backslash),
    ("quoted-printable", _QUOTED, _quoted),
)
