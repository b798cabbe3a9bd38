"""What an auditor holds, in parts that a test may damage, and the shape of a kind of tampering."""

from __future__ import annotations

import json
from collections.abc import Callable, MutableMapping, MutableSequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from shopward.ledger.verify import Damage
from shopward.signing import Verifier
from tests.ledger.sample import EARLIER, SIZE, Book, Row, rows, sample

INDEX = 137

K = TypeVar("K")
V = TypeVar("V")


@dataclass
class Evidence:
    """What an auditor holds, as mutable parts."""

    book: Book
    vkey: str
    earlier: str
    receipt: dict[str, Any] = field(default_factory=dict)
    old: str = ""
    new: str = ""
    proof: dict[str, Any] = field(default_factory=dict)

    @property
    def verifier(self) -> Verifier:
        return Verifier.parse(self.vkey)


def gather() -> Evidence:
    """Sound evidence."""
    book = sample()
    return Evidence(
        book=book,
        vkey=book.key.vkey,
        earlier=book.notes[EARLIER],
        receipt=json.loads(book.receipt(INDEX).to_json()),
        old=book.notes[EARLIER],
        new=book.note,
        proof=json.loads(book.consistency(EARLIER, SIZE)),
    )


@dataclass(frozen=True)
class Kind:
    """One kind of tampering: its name, what it does, and the damage our replay must name."""

    name: str
    apply: Callable[[Evidence], None]
    damage: Damage | None = None
    needs_earlier: bool = False


def flip(data: bytes, at: int = -1) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def swap(items: MutableMapping[K, V] | MutableSequence[V], first: K, second: K) -> None:
    """Exchange two items."""
    table = cast("MutableMapping[K, V]", items)
    table[first], table[second] = table[second], table[first]


def turn_letter(text: str, at: int) -> str:
    """The text with one base64 letter changed for another."""
    letter = "B" if text[at] == "A" else "A"
    return text[:at] + letter + text[at:][1:]


def respell(text: str) -> str:
    """The same base64 bytes with an unused bit set, as a lax decoder would accept."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body, letter = text[:-2], text[-2]
    assert text.endswith("=")
    assert body[-1] != "="
    return body + alphabet[alphabet.index(letter) ^ 1] + "="


def forked_looks() -> list[Row]:
    """A history that shares its first 250 looks with the usual one."""
    return [*rows(EARLIER)[:250], *rows(SIZE, "another branch")[250:]]
