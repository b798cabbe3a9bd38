"""A file of breached passwords that is asked without reading it: sorted prefixes under an mmap.

Made once from a downloaded list in the form of Have I Been Pwned, `SHA1:COUNT` per line in the
order of the hashes. Format: the 16 bytes of `MAGIC`, then the first 8 bytes of each SHA-1, sorted,
nothing between them. A thousand million passwords take 8 GB; another password's prefix is met by
chance less than once in 10^10.

- The lists name a password by its SHA-1; nothing here is protected by it.
- A list that is not in order is refused, and the file in use stays as it was.

Source: NIST SP 800-63B-4 §3.1.1.2.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from shopward.errors import ConfigError, InvalidError

MAGIC: Final = b"shopward-breach1"
PREFIX_BYTES: Final = 8
_LINE: Final = re.compile(rb"([0-9A-Fa-f]{40})(?::[0-9]+)?\r?\n?")
_HINT: Final = "Download the list ordered by hash; each line is a SHA-1 in hex, `:` and a count."


def import_list(lines: Iterable[bytes], target: Path) -> int:
    """Writes the file of a list, whole or not at all; the number of its passwords.

    Raises:
        InvalidError: A line is no SHA-1 with a count, or the lines are not in order.
    """
    half = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        with half.open("xb") as file:
            half.chmod(0o644)
            count = _copy(lines, file)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
    return count


def _copy(lines: Iterable[bytes], file: BinaryIO) -> int:
    file.write(MAGIC)
    before, count = b"", 0
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise InvalidError(f"Line {number} is not the SHA-1 of a password.", hint=_HINT)
        prefix = bytes.fromhex(match[1].decode())[:PREFIX_BYTES]
        if prefix < before:
            raise InvalidError(f"Line {number} is out of order.", hint=_HINT)
        if prefix != before:
            file.write(prefix)
            count += 1
        before = prefix
    if not count:
        raise InvalidError("The list is empty.", hint=_HINT)
    return count


class BreachedPasswords:
    """The opened file; close it after use.

    Raises:
        ConfigError: It cannot be read or is no such file.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            raise _unusable() from None
        size = len(self._map) - len(MAGIC)
        if self._map[: len(MAGIC)] != MAGIC or size % PREFIX_BYTES:
            self._map.close()
            raise _unusable()
        self.count = size // PREFIX_BYTES

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.close()

    def __contains__(self, password: str) -> bool:
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).digest()[:PREFIX_BYTES]
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low < self.count and self._at(low) == wanted

    def _at(self, index: int) -> bytes:
        start = len(MAGIC) + index * PREFIX_BYTES
        return self._map[start : start + PREFIX_BYTES]

    def close(self) -> None:
        """Gives the mapping back."""
        self._map.close()


def _unusable() -> ConfigError:
    return ConfigError(
        "The file of breached passwords cannot be used.",
        hint="Make it anew: `shopward password import-hibp FILE`.",
        field="identity.breached_passwords",
    )
