"""How hard a text is to read: the Flesch-Kincaid grade of English prose.

A grade is the number of school years that reading it takes in the United States; plain texts for
everyone stay at eight or below. Syllables are counted by rule, which is off by one now and then and
right on average.

Source: Kincaid et al. 1975, "Derivation of New Readability Formulas", Research Branch Report 8-75.
"""

from __future__ import annotations

import re
from typing import Final

_SENTENCE_END: Final = re.compile(r"[.!?:]+(?:\s|$)")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'\u2019]*")
_VOWELS: Final = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text; 0 for one without words."""
    words = _WORD.findall(text)
    if not words:
        return 0.0
    sentences = max(1, len(_SENTENCE_END.findall(text)))
    syllables = sum(syllables_of(word) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def syllables_of(word: str) -> int:
    """The syllables of an English word, at least one."""
    plain = word.lower().strip("'\u2019")
    count = len(_VOWELS.findall(plain))
    is_silent = plain.endswith("e") and not plain.endswith(("le", "ee", "ye"))
    is_silent = is_silent or (plain.endswith("ed") and not plain.endswith(("ted", "ded")))
    return max(1, count - is_silent)
