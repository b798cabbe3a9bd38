"""The recursive definitions of RFC 9162 §2.1, word for word: slow, and plainly right."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def tree(data: Sequence[bytes]) -> bytes:
    """MTH(D_n)."""
    if not data:
        return sha256().digest()
    if len(data) == 1:
        return sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return sha256(b"\x01" + tree(data[:k]) + tree(data[k:])).digest()


def path(index: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D_n)."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if index < k:
        return [*path(index, data[:k]), tree(data[k:])]
    return [*path(index - k, data[k:]), tree(data[:k])]


def proof(old: int, data: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D_n)."""
    return subproof(old, data, whole=True)


def subproof(old: int, data: Sequence[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b)."""
    if old == len(data):
        return [] if whole else [tree(data)]
    k = split(len(data))
    if old <= k:
        return [*subproof(old, data[:k], whole=whole), tree(data[k:])]
    return [*subproof(old - k, data[k:], whole=False), tree(data[:k])]
