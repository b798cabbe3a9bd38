"""What a password is made of when it is made badly: the lists behind the blocklist.

Entries are derived by rule, so that they have the length the policy asks for; published lists of
breached passwords hold almost none that long. Compared case-insensitively, whole.

- repeats: one to four characters over and over;
- walks: runs along keyboard rows, columns and alphabets, forwards, backwards and over again;
- words: common words and passwords doubled, joined, and with years, digits and signs around them.

Source: NIST SP 800-63B-4 §3.1.1.2 (blocklist).
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final

from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST: Final = 12
LONGEST: Final = 64
_TOP: Final = 150
_YEARS: Final = tuple(str(year) for year in range(1940, 2041))
_TAILS: Final = ("1", "12", "123", "1234", "12345", "123456", "123456789", "!", "1!", "123!", "!!")
_EDGES: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SEASONS: Final = (
    *("spring", "summer", "autumn", "winter", "frühling", "sommer", "herbst"),
    *("january", "february", "march", "april", "june", "july", "august", "september"),
    *("october", "november", "december", "monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday", "welcome", "willkommen", "passwort", "passwords"),
    *("letmein", "changeme", "administrator", "iloveyou", "correcthorsebatterystaple"),
    *("thequickbrownfox", "opensesame", "loremipsum", "tobeornottobe"),
)
_ROWS: Final = (
    "1234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qazwsxedcrfvtgbyhnujmik",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    string.ascii_lowercase,
)


@cache
def blocklist() -> frozenset[str]:
    """Every entry, case-folded, 12 to 64 code points long. About 9 MB, made once a process."""
    made = (*_repeats(), *_walks(), *_affixed(), *_doubled())
    return frozenset(one for one in made if SHORTEST <= len(one) <= LONGEST)


def is_common(password: str) -> bool:
    """Whether it is an entry, or a common word with nothing but digits and signs around it."""
    folded = password.casefold()
    return folded in blocklist() or _EDGES.sub("", folded) in common_words()


@cache
def common_words() -> tuple[str, ...]:
    """The words that people start from, the most common first, case-folded."""
    guessed = FREQUENCY_LISTS["passwords"][:_TOP]
    return tuple(dict.fromkeys(word.casefold() for word in (*guessed, *_SEASONS)))


def _repeats() -> Iterator[str]:
    signs = string.ascii_lowercase + string.digits + "!.-_*#"
    pairs = ("".join(pair) for pair in product(string.digits, repeat=2))
    units = (*signs, *pairs, "abc", "123", "qwe", "asd", "abcd", "1234", "qwer", "asdf")
    for unit in units:
        for length in range(SHORTEST, LONGEST + 1):
            yield (unit * length)[:length]


def _walks() -> Iterator[str]:
    for row in _ROWS:
        for way in (row, row[::-1]):
            around = way * (LONGEST // len(way) + 2)
            for start in range(len(way)):
                for length in range(SHORTEST, 33):
                    yield around[start : start + length]


def _affixed() -> Iterator[str]:
    for word in common_words():
        for tail in (*_YEARS, *_TAILS):
            yield word + tail
            yield tail + word
            yield f"{word}{word}{tail}"
        for year in _YEARS:
            yield f"{word}{year}!"
            yield f"{word}{year}{year}"


def _doubled() -> Iterator[str]:
    for word in common_words():
        for times in range(1, LONGEST // len(word) + 1):
            yield word * times
            yield "-".join([word] * times)
    for first, second in product(common_words()[:60], repeat=2):
        yield first + second
        yield first + second + first
