"""Letters that look alike: which texts may stand for themselves in an index.

Two mail addresses that look the same must be one address or be refused, whatever their code
points. ASCII passes: `l` and `1` are different letters to everybody. Of the rest, only whole
words in one of three alphabets pass. This module does not judge ASCII and corrects nothing.

- An accepted word has letters of one alphabet: Latin, Greek or Cyrillic, as in the tables below.
- The tables have no two letters that look the same within one alphabet.
- A Greek or Cyrillic word has at least one letter that the other two alphabets lack, and no
  digits (`з` and `3`). Case matters for this: ask for the word as written and for its form.
- Every other letter, mark and sign is refused: combining marks that no letter takes up, dotless
  i, letters of other scripts, which have look-alikes that these tables do not know.

Source: Unicode UTS 39 §5 for the kinds of confusables; the tables are our own and narrower.
"""

from __future__ import annotations

import unicodedata
from typing import Final


def _both_cases(letters: str) -> frozenset[str]:
    return frozenset(letters) | {letter.upper() for letter in letters if len(letter.upper()) == 1}


_LATIN: Final = _both_cases(
    "àáâãäåāăąæçćĉċčďđèéêëēėęěĝğġģĥħìíîïĩīįĵķĺļľłñńņňòóôõöøōőœŕŗřśŝşšţťùúûüũūůűųŵýÿŷźżžþß"
    "ẞảạấầẩẫậắằẳẵặẻẽẹếềểễệỉịỏọốồổỗộơớờởỡợủụưứừửữựỳỷỹỵ"
)
_GREEK: Final = _both_cases("αβγδεζηθικλμνξοπρστυφχψωάέήίόύώϊϋΐΰ") | {"ς"}
_CYRILLIC: Final = _both_cases("абвгдежзийклмнопрстуфхцчшщъыьэюяёђѓєѕіїјќћѝўџґ")
_ONLY_GREEK: Final = frozenset("δζθλξψΘΞΣΨΩ")
_ONLY_CYRILLIC: Final = frozenset("джийцщъыэюяБЖИЙЦШЩЪЫЭЮЯ")
_BIDIRECTIONAL: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)


def has_controls(text: str) -> bool:
    """Whether a text has what no stored value needs.

    That is: control characters but tab and line ends, characters that change the direction of
    what follows, lone surrogates, and code points that are no characters.
    """
    return not text.isprintable() and any(_is_control(letter) for letter in text)


def has_hidden(text: str) -> bool:
    """Whether a text has any character that cannot be seen, tabs and line ends included."""
    if text.isascii():
        return not text.isprintable()
    return any(is_unseen(letter) or _is_control(letter) or letter in "\t\n\r" for letter in text)


def is_unseen(letter: str) -> bool:
    """Whether a character has no look of its own: joiners, marks of direction, selectors."""
    return letter in _UNSEEN or unicodedata.category(letter) == "Cf"


def is_unmistakable(word: str) -> bool:
    """Whether a word, in NFKC, looks like no other accepted word.

    Args:
        word: Judged in the case it is in.
    """
    if word.isascii():
        return True
    foreign = {letter for letter in word if not letter.isascii()}
    if foreign <= _LATIN:
        return True
    if any(letter.isascii() and letter.isalnum() for letter in word):
        return False
    if foreign <= _GREEK:
        return bool(foreign & _ONLY_GREEK)
    # In capitals a soft sign and a Ukrainian i together look like one yery.
    return foreign <= _CYRILLIC and bool(foreign & _ONLY_CYRILLIC) and "ьі" not in word.lower()


def _is_control(letter: str) -> bool:
    if letter in _BIDIRECTIONAL:
        return True
    return letter not in "\t\n\r" and unicodedata.category(letter) in _REFUSED


_REFUSED: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
