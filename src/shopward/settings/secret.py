"""A text that must not be printed by accident."""

from __future__ import annotations

import hmac
from typing import Final, NoReturn

_MASK: Final = "Secret('**********')"


class Secret:
    """A text that hides itself wherever it is printed; only `reveal` gives it out."""

    __slots__ = ("_text",)
    __hash__ = None  # type: ignore[assignment]  # a digest of a secret must not end up in a set

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Secret."""
        return self._text

    def __repr__(self) -> str:
        return _MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other.reveal().encode())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never serialised")
