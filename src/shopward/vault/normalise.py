"""Normal forms: what is the same value, written differently; and what may be stored at all.

A blind index digests a value's normal form; the stored value stays as it was written. This
module looks nothing up and corrects nothing that is stored.

    text      NFKC, case-folded, unseen characters dropped, white space joined
    email     see `mail_address`
    phone     E.164, `;ext=` and the extension behind it; numbers of no possible length refused
    postcode  NFKC, capitals, A-Z and 0-9 alone
    country   ISO 3166-1 alpha-2, capitals
    date      YYYY-MM-DD

- The form of a form is itself.
- No error repeats any of a value; each names the field and what to do.
- Phone forms rest on the numbering plans in the `phonenumbers` library: an update of it may ask
  for the index to be rebuilt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Final, NoReturn

from shopward.errors import InvalidError
from shopward.vault.alphabets import has_controls, has_hidden, is_unseen
from shopward.vault.mail_address import normalise_mail
from shopward.vault.phone import e164

_MAX_PHONE_CHARS: Final = 60
_MAX_SHORT_CHARS: Final = 60
_LONGEST: Final = {"text": 1000, "email": 400}
"""Characters that are looked at: normalisation may make eighteen of one."""
_ROUNDS: Final = 4
_POSTCODE: Final = re.compile(r"[A-Z0-9]{2,12}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS: Final = re.compile(r"\d")


def normalise(kind: str, value: str, *, field: str, region: str | None = None) -> str:
    """The normal form of a value, for its index.

    Args:
        kind: The field's type in the policy: text, email, phone, postcode, country or date.
        value: As written; personal data.
        field: What to call it in an error.
        region: ISO 3166-1 alpha-2 of phone numbers without a country code.

    Raises:
        InvalidError: The value has not the form of its type, or could be taken for another one.
    """
    if len(value) > _LONGEST.get(kind, _MAX_SHORT_CHARS):
        _refuse(field, "is too long to be searched for", "Send what it is, and nothing else.")
    if kind == "phone":
        return _phone(value, field, region)
    return _FORMS[kind](value, field)


def check(kind: str, field: str, value: str, max_chars: int) -> None:
    """Refuses what no field of this type can hold; demands less than an index does.

    Args:
        kind: The field's type in the policy.
        field: What to call it in an error.
        value: As written; personal data.
        max_chars: The field's limit in characters.

    Raises:
        InvalidError: Empty, too long, with control characters, or not of its type at all.
    """
    if not value.strip():
        _refuse(field, "is empty", "Send null to remove a field, or leave it out.")
    if len(value) > max_chars:
        _refuse(field, f"is longer than {max_chars} characters", "Shorten it, or raise max_chars.")
    if has_controls(value):
        _refuse(
            field,
            "has control characters or characters that turn the direction of writing",
            "Remove them; tabs and line ends may stay.",
            "hidden-character",
        )
    if kind in _CHECKS:
        _CHECKS[kind](value, field)


def _text(value: str, field: str) -> str:
    if has_controls(value):
        _refuse_hidden(field)
    for _ in range(_ROUNDS):
        folded = _fold(value)
        if folded == value:
            break
        value = folded
    if not value or _fold(value) != value:
        _refuse(field, "has nothing that can be searched for", "Send it with letters or digits.")
    return value


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join([letter for letter in folded if not is_unseen(letter)])
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _phone(value: str, field: str, region: str | None) -> str:
    text = unicodedata.normalize("NFKC", value).strip(" \t\r\n")
    if has_hidden(text):
        _refuse_hidden(field)
    form = e164(text, region) if len(text) <= _MAX_PHONE_CHARS else None
    if form is None or (form != text and e164(form, None) != form):
        _refuse(
            field,
            "is no phone number that can be called",
            "Write it with its country code, like +49 30 901820.",
        )
    return form


def _postcode(value: str, field: str) -> str:
    text = unicodedata.normalize("NFKC", value)
    if has_hidden(text.strip(" \t\r\n")):
        _refuse_hidden(field)
    code = "".join(text.split()).replace("-", "").upper()
    if not text.isascii() or not _POSTCODE.fullmatch(code):
        _refuse(field, "is no postcode", "Write it in the letters A to Z and digits.")
    return code


def _country(value: str, field: str) -> str:
    code = unicodedata.normalize("NFKC", value).strip(" \t\r\n")
    if not code.isascii() or not _COUNTRY.fullmatch(code.upper()):
        _refuse(field, "is no country code", "Give its two letters in ISO 3166-1, like DE.")
    return code.upper()


def _date(value: str, field: str) -> str:
    text = value.strip(" \t\r\n")
    if not _DATE.fullmatch(text) or not _is_day(text):
        _refuse(field, "is no date", "Write it as YYYY-MM-DD.")
    return text


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_mail(value: str, field: str) -> None:
    local, at, domain = value.strip().rpartition("@")
    if not (local and at and domain) or has_hidden(value.strip()):
        _refuse(field, "is no mail address", "Give one address like name@example.com.")


def _check_phone(value: str, field: str) -> None:
    if len(_DIGITS.findall(value)) < 3 or len(value) > _MAX_PHONE_CHARS:
        _refuse(field, "is no phone number", "Write it with its country code, like +49 30 901820.")


def _refuse_hidden(field: str) -> NoReturn:
    _refuse(
        field,
        "has a character that cannot be seen",
        "Type it again instead of pasting it.",
        "hidden-character",
    )


def _refuse(field: str, what: str, hint: str, reason: str | None = None) -> NoReturn:
    raise InvalidError(f"`{field}` {what}.", hint=hint, field=field, reason=reason)


_FORMS: Final[dict[str, Callable[[str, str], str]]] = {
    "text": _text,
    "email": normalise_mail,
    "postcode": _postcode,
    "country": _country,
    "date": _date,
}
_CHECKS: Final[dict[str, Callable[[str, str], object]]] = {
    "email": _check_mail,
    "phone": _check_phone,
    "country": _country,
    "date": _date,
}
