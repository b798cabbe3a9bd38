"""Turns a credential into a caller, and counts what each may ask a minute.

A credential is `swc_<12 characters of id>_<43 characters of secret>`. Only SHA-256 of the secret
is stored: it holds 256 random bits, so there is nothing to guess and no salt or slow hash to add.

- An unknown id costs the same comparison as a known one; comparisons take constant time.
- A revoked caller and a wrong secret get the same answer as an unknown id.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from shopward.clock import monotonic_s
from shopward.errors import RateLimitedError, TooLargeError, UnauthenticatedError
from shopward.policy import Policy
from shopward.store import CallerRow
from shopward.vault.caller import CONTROL_PLANE, Caller
from shopward.vault.register import Register

PREFIX = "swc_"
ID_CHARS = 12
SECRET_BYTES = 32
NOBODY = bytes(32)
MOST_BUCKETS = 10_000


def new_credential() -> tuple[str, str, bytes]:
    """(id, credential, hash of the secret): the credential is secret and shown once."""
    identifier = secrets.token_hex(ID_CHARS // 2)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return identifier, f"{PREFIX}{identifier}_{secret}", hash_secret(secret)


def hash_secret(secret: str) -> bytes:
    """SHA-256 of a credential's secret part, 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()


class RateLimited(RateLimitedError):  # noqa: N818 - the error with the seconds it names
    """`retry_after_s` is a whole number of seconds, at least 1."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"This caller's minute is used up; {retry_after_s} s to wait.")
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class Bucket:
    """A token bucket: `per_minute` looks a minute, all of which may come at once."""

    per_minute: int
    left: float
    at_s: float

    def take(self, count: int, now_s: float) -> None:
        """Takes `count` looks.

        Raises:
            RateLimited: There are not so many left; nothing was taken.
        """
        rate = self.per_minute / 60
        self.left = min(float(self.per_minute), self.left + (now_s - self.at_s) * rate)
        self.at_s = now_s
        if count > self.left:
            raise RateLimited(max(1, int((count - self.left) / rate) + 1))
        self.left -= count


class Callers:
    """Everyone who may knock: who they are stands in the vault's register, their minute here."""

    def __init__(self, register: Register, policy: Policy) -> None:
        self.register = register
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._policy = policy

    def adopt(self, policy: Policy) -> None:
        """Takes the rates of a new policy; what was used up stays used up."""
        self._policy = policy
        for (_, role), bucket in self._buckets.items():
            bucket.per_minute = self._rate(role)

    def _rate(self, role: str) -> int:
        known = self._policy.roles.get(role)
        return known.rate_per_minute if known else 60

    def control_planes(self) -> Iterator[CallerRow]:
        """Those whose assertions are taken."""
        for row in self.register.rows.values():
            if row.role == CONTROL_PLANE and self.register.living(row.id)[0] is not None:
                yield row

    def authenticate(self, header: bytes | None) -> Caller:
        """The caller behind an Authorization header.

        Raises:
            UnauthenticatedError: No, malformed, unknown or revoked credential.
        """
        scheme, _, credential = (header or b"").decode("latin-1").partition(" ")
        body = credential.strip().removeprefix(PREFIX)
        identifier, _, secret = body.partition("_")
        caller, row = self.register.living(identifier)
        expected = NOBODY if row is None else row.secret_hash
        matches = hmac.compare_digest(hash_secret(secret), expected)
        if caller is None or not matches or scheme.lower() != "bearer" or caller.signs:
            raise UnauthenticatedError
        return caller

    def refuse_revoked(self, caller: Caller) -> None:
        """Refuses a caller that was revoked while its request arrived.

        Raises:
            UnauthenticatedError: It was.
        """
        if not self.register.may_ask(caller):
            raise UnauthenticatedError

    def take(self, caller: Caller, count: int) -> None:
        """Counts looks of a caller; the operator is not counted.

        Raises:
            RateLimited: The caller's minute is used up.
            TooLargeError: No minute would be enough.
        """
        if caller.is_operator:
            return
        now_s = monotonic_s()
        key = (caller.key, caller.role)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._sweep(now_s)
            rate = self._rate(caller.role)
            bucket = self._buckets[key] = Bucket(rate, float(rate), now_s)
        if count > bucket.per_minute:
            raise TooLargeError("`items` has more items than this role may ask for in a minute.")
        bucket.take(count, now_s)

    def _sweep(self, now_s: float) -> None:
        """Forgets who asked nothing for a minute, so that people do not fill the memory."""
        if len(self._buckets) >= MOST_BUCKETS:
            late = [key for key, one in self._buckets.items() if now_s - one.at_s > 60]
            for key in late:
                del self._buckets[key]
