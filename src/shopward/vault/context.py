"""The bound context: what a sealed value belongs to, as bytes that both ends must agree on.

The context is authenticated with every sealed value (it is the AEAD's associated data) and never
stored: whoever opens a value states where it was found, and a value moved to another row, field,
class or version does not open. This module encrypts nothing.

Format: for each part, its length as u32 big-endian, then the part.

- Two different lists of parts never make the same bytes, since no part is ended by a separator.
"""

from __future__ import annotations


def context(*parts: bytes) -> bytes:
    """Joins parts, each behind its length.

    Args:
        parts: Any number of parts of 0 to 2^32 - 1 bytes; not secret.

    Returns:
        4 bytes more per part than the parts together.
    """
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def u32(number: int) -> bytes:
    """A version or count as 4 bytes, big-endian; a part of a context."""
    return number.to_bytes(4, "big")
