"""Finds typed values in running text: mails, phones, cards, IBANs, addresses of machines, secrets.

    scan(b"call +49 30 901820") -> [Hit(Kind.PHONE, 5, 18, is_test=False)]

It knows no columns: `tally` joins what is found here with names. Positions are in bytes.

- A card passes its issuer's range and check digit, an IBAN its country's format and check digits,
  an SSN the ranges that were issued; a phone has a possible country code or a word that says so.
- Hits of one text do not overlap, except that a web address may hold others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from shopward.sources.detect import numbers, patterns
from shopward.sources.detect.kinds import Kind

_TRAILING: Final = b".,);?!"
_WORD_REACH_BYTES: Final = 40
_MAX_PHONE_BYTES: Final = 30
_PHONE_DIGITS: Final = 7
_SECRET_SIGN: Final = re.compile(rb"AKIA|_live_|gh[opsu]_|shp[acps]{2}_|xox[bpars]-|eyJ| KEY-")
_DATE: Final = patterns.compiled(r"\A\d{4}-\d\d-\d\d")


class Hit(NamedTuple):
    """One value in a text."""

    kind: Kind
    start: int
    end: int
    is_test: bool


Part = Callable[[bytes], Iterator[Hit]]


def scan(text: bytes) -> list[Hit]:
    """Every value of a known type in a text; each type is looked for if it can be there at all."""
    digits = len(text) - len(text.translate(None, b"0123456789"))
    found: list[Hit] = []
    for part in _due(text, digits):
        found += part(text)
    if digits >= _PHONE_DIGITS and (b" " in text or b"+" in text):
        taken = [(hit.start, hit.end) for hit in found if hit.kind is not Kind.URL]
        found += [
            hit
            for hit in _phones(text)
            if not any(hit.start < end and start < hit.end for start, end in taken)
        ]
    return found


def _due(text: bytes, digits: int) -> list[Part]:
    """The types that a text can hold, by what each cannot do without."""
    size = len(text)
    due: list[Part] = []
    if b"@" in text:
        due.append(_mails)
    if b"://" in text:
        due.append(_urls)
    if digits >= 4 and text.count(b".") > 2:
        due.append(_v4)
    if text.count(b":") > 1:
        due.append(_v6)
    if digits >= 12:
        due.append(_cards)
    if digits >= 9 and text.count(b"-") > 1:
        due.append(_ssns)
    if digits >= 6 and size > 14:
        due.append(_ibans)
    if size > 15 and (b"$" in text or _SECRET_SIGN.search(text)):
        due.append(_secrets)
    return due


def _said(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _mails(text: bytes) -> Iterator[Hit]:
    for one in patterns.MAIL.finditer(text):
        start = one.start()
        while text[start : start + 1] in b".'`":
            start += 1
        address = text[start : one.end()]
        if not address.startswith(b"@"):
            yield Hit(Kind.EMAIL, start, one.end(), numbers.is_test_mail(_said(address)))


def _urls(text: bytes) -> Iterator[Hit]:
    for one in patterns.URL.finditer(text):
        end = one.end()
        while text[end - 1] in _TRAILING:
            end -= 1
        yield Hit(Kind.URL, one.start(), end, is_test=False)


def _v4(text: bytes) -> Iterator[Hit]:
    for one in patterns.V4.finditer(text):
        address = one.group().decode()
        if numbers.is_v4(address) and not _is_version(text, one.start(), one.end()):
            yield Hit(Kind.IP, one.start(), one.end(), numbers.is_inner_v4(address))


def _is_version(text: bytes, start: int, end: int) -> bool:
    """Whether more numbers follow, or a product's name precedes, as in `Chrome/120.0.0.0`."""
    after, before = text[end : end + 2], text[max(0, start - 2) : start]
    is_longer = after[:1] == b"." and after[1:].isdigit()
    is_product = before[1:] in {b"/", b"-"} and before[:1].isalnum()
    return is_longer or is_product or before[1:] == b"."


def _v6(text: bytes) -> Iterator[Hit]:
    import ipaddress  # noqa: PLC0415 - few texts need it

    for one in patterns.V6.finditer(text):
        try:
            address = ipaddress.IPv6Address(one.group().decode())
        except ValueError:
            continue
        yield Hit(Kind.IP, one.start(), one.end(), not address.is_global)


def _cards(text: bytes) -> Iterator[Hit]:
    for one in patterns.CARD.finditer(text):
        before = text[max(0, one.start() - 2) : one.start()]
        if before[1:] == b"." and before[:1].isdigit():
            continue
        for start, end in _runs(text, one.start(), one.end()):
            number = numbers.digits(text[start:end].decode())
            if numbers.is_card(number):
                yield Hit(Kind.CARD, start, end, numbers.is_test_card(number))
                break


def _runs(text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The whole, and then what is left when groups of digits are dropped at either end."""
    edges = [at for at in range(start, end) if text[at : at + 1] in {b" ", b"-"}]
    starts = [start, *(at + 1 for at in edges)]
    ends = [end, *reversed(edges)]
    for first in starts[:4]:
        for last in ends[:4]:
            if last - first >= 12:
                yield first, last


def _ibans(text: bytes) -> Iterator[Hit]:
    for one in patterns.IBAN.finditer(text):
        number = one.group().decode()
        if numbers.is_iban(number):
            yield Hit(Kind.IBAN, one.start(), one.end(), numbers.is_test_iban(number))


def _ssns(text: bytes) -> Iterator[Hit]:
    for one in patterns.SSN.finditer(text):
        number = one.group().decode()
        if numbers.is_ssn(number):
            yield Hit(Kind.SSN, one.start(), one.end(), numbers.is_test_ssn(number))


def _secrets(text: bytes) -> Iterator[Hit]:
    for one in patterns.SECRET.finditer(text):
        yield Hit(Kind.SECRET, one.start(), one.end(), is_test=False)
    if b"$" in text:
        for one in patterns.PASSWORD_HASH.finditer(text):
            yield Hit(Kind.PASSWORD_HASH, one.start(), one.end(), is_test=False)


def _phones(text: bytes) -> Iterator[Hit]:
    """Numbers with a possible country code, and those that a word nearby calls a phone."""
    seen = set()
    for start, end in (*_with_plus(text), *_near_words(text)):
        number = numbers.digits(_said(text[start:end]).partition("x")[0])
        if start not in seen and 7 <= len(number) <= 15 and not _DATE.search(text[start:end]):
            seen.add(start)
            yield Hit(Kind.PHONE, start, end, numbers.is_test_phone(number))


def _with_plus(text: bytes) -> Iterator[tuple[int, int]]:
    if b"+" in text:
        for one in patterns.PLUS_PHONE.finditer(text):
            if numbers.is_phone(one.group().decode()):
                yield one.start(), one.end()


def _near_words(text: bytes) -> Iterator[tuple[int, int]]:
    done = 0
    for word in patterns.PHONE_WORD.finditer(text):
        reach = word.end() + _WORD_REACH_BYTES
        for one in patterns.PHONE.finditer(text, max(done, word.end()), reach + _MAX_PHONE_BYTES):
            if one.start() <= reach:
                yield one.start(), one.end()
                done = one.end()
    for tail in patterns.PHONE_TAIL.finditer(text):
        for one in patterns.PHONE.finditer(text, max(0, tail.start() - _MAX_PHONE_BYTES)):
            if one.start() > tail.start():
                break
            if one.end() == tail.start() + 1:
                yield one.start(), one.end()
