"""What one value is: its shape, the kind it is as a whole, the kinds that are somewhere in it.

    look("ada@shop.se")    -> Look(whole=Kind.EMAIL, shape="mail")
    look("Ada Lovelace")   -> Look(shape="words")
    look("ring 08-123 45") -> Look(shape="text", inside=(Kind.PHONE,))

It knows no names (`names`) and counts nothing (`tally`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from shopward.sources.detect import numbers
from shopward.sources.detect.kinds import Kind
from shopward.sources.detect.text import scan


class Shape(StrEnum):
    """How a value is written."""

    WORDS = "words"
    TITLE = "salutation"
    CODE = "code"
    NUMBER = "number"
    DATE = "date"
    PHONE = "phone-shaped"
    HEX = "digest"
    TEXT = "text"
    MAIL = "stored mail"
    BINARY = "binary"
    OTHER = "other"

    __hash__ = str.__hash__  # counters are updated for every value; that of Enum is slow


class Look(NamedTuple):
    """What a value is.

    Attributes:
        shape: How it is written.
        whole: The kind that all of it is.
        inside: The kinds that parts of it are, each once.
        is_test: Whether what was found is made for tests.
    """

    shape: Shape
    whole: Kind | None = None
    inside: tuple[Kind, ...] = ()
    is_test: bool = False


MAX_CHARS: Final = 65_536
_PLAIN: Final = {shape: Look(shape) for shape in Shape}
_NEVER: Final = frozenset({Shape.WORDS, Shape.DATE, Shape.TITLE})
_WORDS: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|['\u2019.\-, ]){0,79}")
_TITLE: Final = re.compile(
    r"(?:mrs?|ms|miss|mx|dr|prof|sir|m|f|w|d|x|male|female|other|divers|herrn?|frau|mme|mlle|"
    r"monsieur|madame|sra?|srta|sig|sig\.ra|dhr|mevr)\.?",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[+-]?\d{1,19}(?:[.,]\d{1,12})?%?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.{0,20})?|\d{1,2}[./]\d{1,2}[./]\d{4}")
_PHONE: Final = re.compile(r"[+(]?\d[\d ()./-]{4,22}\d")
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})")
_CODE: Final = re.compile(r"[\w./:#+-]{1,64}")
_MAIL: Final = re.compile(
    r"^(?:From|To|Subject|Received|MIME-Version|Content-Type|Message-ID|Date): ", re.MULTILINE
)


def look(text: str) -> Look:
    """What a value that is not blank is; only its first 64 Ki characters are looked at."""
    value = text.strip()[:MAX_CHARS]
    shape = shape_of(value)
    if shape in _NEVER:
        return _PLAIN[shape]
    raw = value.encode("utf-8", "replace")
    hits = scan(raw)
    if not hits:
        is_vat = shape is Shape.CODE and numbers.is_vat(value)
        return Look(shape, Kind.VAT_ID) if is_vat else _PLAIN[shape]
    whole = next((hit for hit in hits if hit.start == 0 and hit.end == len(raw)), None)
    if whole is not None and whole.kind is not Kind.URL:
        return Look(shape, whole.kind, (), whole.is_test)
    found = [hit for hit in hits if hit.kind is not Kind.URL]
    kinds = tuple(dict.fromkeys(hit.kind for hit in found))
    return Look(shape, None, kinds, bool(found) and all(hit.is_test for hit in found))


def shape_of(value: str) -> Shape:
    """How a value is written."""
    if _TITLE.fullmatch(value):
        return Shape.TITLE
    if _WORDS.fullmatch(value):
        return Shape.WORDS
    if _NUMBER.fullmatch(value) and not value.startswith("+"):
        return Shape.NUMBER
    for shape, pattern in _SHAPES:
        if pattern.fullmatch(value):
            return shape
    if len(_MAIL.findall(value[:4096])) > 2:
        return Shape.MAIL
    return Shape.TEXT if " " in value else Shape.OTHER


_SHAPES: Final = (
    (Shape.DATE, _DATE),
    (Shape.PHONE, _PHONE),
    (Shape.HEX, _HEX),
    (Shape.CODE, _CODE),
)
