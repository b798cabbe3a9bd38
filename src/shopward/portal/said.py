"""A sentence that is not yet in anybody's language: words with gaps, and what fills them.

`words` are English and marked for translation; a page translates them, then fills the gaps. A gap
holds a title of the policy, a name or a list of them; never a customer's value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

Filling = str | tuple[str, ...]


def gettext_noop(words: str) -> str:
    """Marks words for translation and leaves them as they are."""
    return words


AND: Final = gettext_noop("and")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence.

    Args:
        words: English, with gaps such as `{who}`.
        values: What fills them; a list is told with commas and an "and".
    """

    words: str
    values: Mapping[str, Filling] = field(default_factory=dict)

    def say(self, translate: Callable[[str], str] = gettext_noop) -> str:
        """The sentence, in the language that `translate` gives."""
        filled = {name: _told(value, translate) for name, value in self.values.items()}
        sentence = translate(self.words).format(**filled)
        return sentence[:1].upper() + sentence[1:]

    def __str__(self) -> str:
        return self.say()


def _told(value: Filling, translate: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return translate(value) if value else ""
    words = [translate(one) for one in value if one]
    return f" {translate(AND)} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
