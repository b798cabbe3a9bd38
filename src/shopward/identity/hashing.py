"""How passwords are kept: Argon2id over a keyed digest, a bounded number at once.

    argon2id(t=2, m=46 MiB, p=1)( HMAC-SHA-256(pepper, NFC password) )

- The pepper is a key of the control plane's secret file; the database holds salt and hash only.
- Every check does the work of exactly one hash, whether the account exists, has a password or not.
- Two hashes at once, eight wait, the next is told to come back: a flood of sign-ins takes 92 MiB
  and two cores, not the machine. The bound is a process's; the control plane is one.

Source: RFC 9106; OWASP Password Storage; NIST SP 800-63B-4 §3.1.1.2.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from shopward.errors import UnavailableError
from shopward.identity.password import MAX_CODE_POINTS, normalise

TIME_COST: Final = 2
MEMORY_KIB: Final = 46 * 1024
AT_ONCE: Final = 2
WAITING: Final = 8
WAIT_S: Final = 5.0

_ARGON2: Final = PasswordHasher(TIME_COST, MEMORY_KIB, 1, hash_len=32, salt_len=16, type=Type.ID)


class Gate:
    """Lets a few in at a time and a few more wait.

    Args:
        at_once: How many are inside.
        waiting: How many wait for a place.
        wait_s: How long each of them waits.
    """

    def __init__(
        self, at_once: int = AT_ONCE, waiting: int = WAITING, wait_s: float = WAIT_S
    ) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._queue = threading.BoundedSemaphore(at_once + waiting)
        self._wait_s = wait_s

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place, given back at the end.

        Raises:
            UnavailableError: Too many wait already, or the wait was in vain.
        """
        if not self._queue.acquire(blocking=False):
            raise _busy()
        try:
            if not self._places.acquire(timeout=self._wait_s):
                raise _busy()
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._queue.release()


class Hashing:
    """Hashes and checks passwords under one pepper.

    Args:
        pepper: 32 bytes. Secret.
        gate: Who may hash at the same time.
    """

    def __init__(self, pepper: bytes, gate: Gate) -> None:
        self._pepper = pepper
        self._gate = gate
        self._nobody = _ARGON2.hash(secrets.token_bytes(32))

    def hash(self, password: str) -> str:
        """The encoded hash, `$argon2id$…`, with a new salt.

        Raises:
            UnavailableError: Too many hashes are made right now.
        """
        with self._gate.place():
            return _ARGON2.hash(self._keyed(password))

    def verify(self, encoded: str | None, password: str) -> bool:
        """Whether it is the password of the hash; for None, as much work and False.

        Raises:
            UnavailableError: Too many hashes are made right now.
        """
        too_long = len(password) > MAX_CODE_POINTS * 4
        keyed = self._keyed("" if too_long else password)
        against = encoded if encoded and is_ours(encoded) else self._nobody
        with self._gate.place():
            try:
                _ARGON2.verify(against, keyed)
            except (VerificationError, InvalidHashError):
                return False
        return against == encoded and not too_long

    def _keyed(self, password: str) -> bytes:
        return hmac.digest(self._pepper, normalise(password).encode(), "sha256")


def is_ours(encoded: str) -> bool:
    """Whether a stored hash is one of Argon2id; anything else is nobody's password."""
    return encoded.startswith("$argon2id$")


def is_outdated(encoded: str) -> bool:
    """Whether its costs are no longer today's, so that the next sign-in hashes anew."""
    return _ARGON2.check_needs_rehash(encoded)


def _busy() -> UnavailableError:
    return UnavailableError(
        "Too many people sign in at this moment.", hint="Wait a few seconds and try again."
    )
