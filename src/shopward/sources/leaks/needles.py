"""What a canary may look like where it comes out: spellings, digests and encodings of it.

Haystacks are searched with ASCII letters in lower case, so that needles are too. What wraps whole
texts (URL, HTML, JSON, quoted-printable, Base64, hex, compression) is opened by `opening` instead;
here are the forms that stand in a text as they are.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PLAIN: Final = "as it is"
CASE: Final = "in other letters"
COMPACT: Final = "without spaces"
DIGITS: Final = "digits alone"
UTF16: Final = "UTF-16"
BASE64: Final = "Base64"
_HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256"}
_LEAST_DIGITS: Final = 8
_DIGITS_KEPT: Final = 9
_GAP: Final = r"[ ()./\x2d]{0,3}"


@dataclass(frozen=True, slots=True)
class Needle:
    """One form of a canary.

    Attributes:
        label: Whose it is.
        shape: What was done to it, in words.
        exact: The bytes as they were planted, where another case of letters is another shape.
    """

    label: str
    shape: str
    exact: bytes = b""


def literals(label: str, value: str) -> Iterator[tuple[bytes, Needle]]:
    """(bytes in lower case, needle) of every form that has fixed bytes."""
    plain = value.encode()
    for spelled in _spellings(value):
        yield spelled.lower(), Needle(label, PLAIN, plain)
    compact = re.sub(r"[\s.()-]", "", value)
    if compact != value and not _digits(value):
        yield compact.casefold().encode().lower(), Needle(label, COMPACT)
    for order in ("utf-16-le", "utf-16-be"):
        for text in {value, value.casefold(), value.upper()}:
            yield text.encode(order).lower(), Needle(label, UTF16)
    for name, digest in _digests(value):
        yield digest.hex().encode(), Needle(label, name)
        yield digest.lower(), Needle(label, f"{name}, as bytes")


def encoded(label: str, value: str) -> Iterator[tuple[bytes, Needle]]:
    """(bytes, needle) of forms in which the case of letters counts: Base64 inside of longer text.

    Three bytes become four characters, so a value looks different at each of three places; the
    characters that its neighbours decide are left out.
    """
    for text in {value, value.lower(), value.upper()}:
        raw = text.encode()
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + raw)
            first = (0, 2, 3)[shift]
            last = (shift + len(raw)) * 8 // 6
            cut = whole[first:last]
            for form in {cut, cut.replace(b"+", b"-").replace(b"/", b"_")}:
                if len(form) >= 7:
                    yield form, Needle(label, BASE64)


def digits(value: str) -> tuple[str, str] | None:
    """(the last digits, a pattern that finds them with gaps), for phones and the like."""
    found = _digits(value)
    if not found:
        return None
    kept = found[-_DIGITS_KEPT:]
    return kept, _GAP.join(kept)


def _digits(value: str) -> str:
    only = re.sub(r"[\s()./+\-]", "", value)
    return only if only.isascii() and only.isdigit() and len(only) >= _LEAST_DIGITS else ""


def _spellings(value: str) -> set[bytes]:
    forms = {value, value.casefold(), value.upper(), value.title()}
    forms |= {one.replace("'", "''") for one in forms}
    forms |= {unicodedata.normalize(form, one) for form in ("NFC", "NFD") for one in set(forms)}
    spelled = {one.encode("utf-8") for one in forms}
    return spelled | {one.encode("latin-1") for one in forms if _is_latin(one)}


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 256 for letter in text)


def _digests(value: str) -> Iterator[tuple[str, bytes]]:
    compact = re.sub(r"\s", "", value)
    texts = {value, value.lower(), value.upper(), compact, compact.lower(), compact.upper()}
    if _digits(value):
        texts |= {_digits(value), f"+{_digits(value)}"}
    for text in sorted(texts):
        for name, algorithm in _HASHES.items():
            yield name, hashlib.new(algorithm, text.encode(), usedforsecurity=False).digest()
