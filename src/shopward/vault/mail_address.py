"""The normal form of a mail address: what its blind index is made of.

Two addresses that look the same have one form or are refused; so do two ways to write one
address. This module does not test whether an address exists, does not know which hosts ignore
dots or `+tags` (those stay), and is no parser of mail headers.

Form: local part "@" domain. NFKC; the local part case-folded; the domain in lower case, its
international labels as A-labels (`xn--…`), without a final dot.

- The form of a form is itself.
- Look-alike ASCII (`l`, `I` and `1`) is not merged: those are different mailboxes.
- No error repeats any of the address.

Source: RFC 5321 §4.1.2 (Dot-string only) and §4.5.3.1; RFC 5891 for A-labels; RFC 6531.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NoReturn

import idna

from shopward.errors import InvalidError
from shopward.vault.alphabets import has_hidden, is_unmistakable

_MAX_CHARS: Final = 254
_MAX_LOCAL_BYTES: Final = 64
_MAX_DOMAIN_CHARS: Final = 253
# Letters beyond ASCII were judged by `is_unmistakable` before this looks.
_WORD: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\uffff]+"
_LOCAL: Final = re.compile(rf"{_WORD}(?:\.{_WORD})*")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TYPE_IT: Final = "Type the address again instead of pasting it."
_WRITE_XN: Final = "Write the domain in its ASCII form (`xn--…`), and the name before @ in ASCII."


def normalise_mail(value: str, field: str) -> str:
    """The normal form of a mail address.

    Args:
        value: The address as written; personal data.
        field: What to call it in an error.

    Returns:
        At most 64 bytes, "@" and at most 253 ASCII characters.

    Raises:
        InvalidError: It is none, or could be taken for another one. Names the field alone.
    """
    if len(value) > _MAX_CHARS:
        _refuse(field, "is too long for a mail address", "Give the address alone.")
    text = unicodedata.normalize("NFKC", value).strip(" \t\r\n")
    if has_hidden(text):
        _refuse(field, "has a character that cannot be seen", _TYPE_IT, "hidden-character")
    local, at, domain = text.rpartition("@")
    if not at or "@" in local:
        _refuse(field, "is no mail address", "Give one address like name@example.com.")
    return f"{_local(local, field)}@{_domain(domain, field)}"


def _local(written: str, field: str) -> str:
    local = unicodedata.normalize("NFKC", written.casefold())
    if not (is_unmistakable(written) and is_unmistakable(local)):
        _refuse_letters(field)
    if not _LOCAL.fullmatch(local) or len(local.encode()) > _MAX_LOCAL_BYTES:
        _refuse(
            field,
            "has something before the @ that is no plain mail name",
            "Give it without quotes, comments, spaces or doubled dots, at most 64 bytes.",
        )
    return local


def _domain(written: str, field: str) -> str:
    labels = [_label(label, field) for label in written.removesuffix(".").split(".")]
    domain = ".".join(labels)
    if len(labels) < 2 or labels[-1].isdigit() or len(domain) > _MAX_DOMAIN_CHARS:
        _refuse_domain(field)
    return domain


def _label(written: str, field: str) -> str:
    lower = written.lower() if written.isascii() else _lower(written)
    if not (is_unmistakable(written) and is_unmistakable(lower)):
        _refuse_letters(field)
    label = lower if lower.isascii() else _a_label(lower)
    if not _LABEL.fullmatch(label) or (label.startswith("xn--") and not _is_a_label(label)):
        _refuse_domain(field)
    return label


def _lower(label: str) -> str:
    """Letter by letter, since `str.lower` would treat a final sigma in its own way."""
    return unicodedata.normalize("NFC", "".join([letter.lower() for letter in label]))


def _a_label(label: str) -> str:
    """The label in ASCII, or "" when IDNA does not allow it."""
    try:
        return idna.alabel(label).decode()
    except idna.IDNAError:
        return ""


def _is_a_label(label: str) -> bool:
    try:
        return idna.alabel(idna.ulabel(label)).decode() == label
    except idna.IDNAError:
        return False


def _refuse_letters(field: str) -> NoReturn:
    _refuse(
        field,
        "has letters that can be taken for others, or mixes alphabets",
        _WRITE_XN,
        "look-alike",
    )


def _refuse_domain(field: str) -> NoReturn:
    _refuse(field, "has something after the @ that is no domain", "Give a domain like example.com.")


def _refuse(field: str, what: str, hint: str, reason: str | None = None) -> NoReturn:
    raise InvalidError(f"`{field}` {what}.", hint=hint, field=field, reason=reason)
