"""The forms by which customers are found beside a whole unique value: whole ones and parts.

A whole form is the normal form of the field's type (`normalise`); where a value has none, since it
can be stored all the same, it is the loose one. A part, as somebody types it, is always brought to
the loose form, of which the whole one is made too:

    text       as the normal form
    email      NFKC, case-folded, without spaces
    phone      NFKC, `+` and digits alone; a whole number is E.164
    postcode   NFKC, capitals, without spaces and hyphens

Where an index folds accents, a text loses its combining marks (U+0300 to U+036F, after NFKD), and
letters that have no mark but a stroke or are two letters in one become plain ones.

- The fold of a fold is itself.
- Nothing here raises about a value that is stored: it has a form or is not found.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from shopward.errors import InvalidError
from shopward.vault.normalise import normalise

_STROKES: Final = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
    }
    | {"þ": "th", "ß": "ss", "ŋ": "n", "ĸ": "k"}
)
_FIRST_MARK: Final = "\u0300"
_LAST_MARK: Final = "\u036f"


def whole(kind: str, value: str, *, region: str, folds: bool) -> str | None:
    """The form of a whole value, None when it has nothing that can be searched for.

    Args:
        kind: The field's type in the policy.
        value: As written; personal data.
        region: ISO 3166-1 alpha-2 of phone numbers without a country code.
        folds: Whether accents are dropped.
    """
    try:
        form = normalise(kind, value, field="value", region=region)
    except InvalidError:
        return part(kind, value, folds=folds)
    return fold(form) if folds and kind == "text" else form


def part(kind: str, value: str, *, folds: bool) -> str | None:
    """The form of a part of a value, None when nothing is left of it."""
    if kind == "text":
        return _text(value, folds=folds)
    text = "".join(unicodedata.normalize("NFKC", value).split())
    if kind == "phone":
        return (
            "".join(one for one in text if one.isascii() and (one.isdigit() or one == "+")) or None
        )
    if kind == "postcode":
        return text.replace("-", "").upper() or None
    return text.casefold() or None


def fold(text: str) -> str:
    """A normal form of text without its accents."""
    apart = unicodedata.normalize("NFKD", text.translate(_STROKES))
    plain = "".join(one for one in apart if not _FIRST_MARK <= one <= _LAST_MARK)
    return unicodedata.normalize("NFC", plain).translate(_STROKES)


def _text(value: str, *, folds: bool) -> str | None:
    try:
        form = normalise("text", value, field="value")
    except InvalidError:
        return None
    return fold(form) if folds else form
