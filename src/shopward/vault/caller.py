"""Who asks: a program with a role, a person whom a control plane vouches for, or the operator."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shopward.clock import to_ms
from shopward.store import CallerRow
from shopward.vault.context import context
from shopward.vault.keyring import Keyring

CONTROL_PLANE: Final = "control-plane"
"""The role of a caller that signs assertions. Its `secret_hash` is its Ed25519 public key."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `assurance` is 1 to 3 (NIST SP 800-63 AAL); `role` is the policy's.

    The operator has no role: no policy can let the admin socket look at a value.

    Whoever a control plane vouches for has more: `via` is the control plane's caller id, `realm`
    whose account it is, `session` and `auth_time_ms` when and how it signed in, and `bound` the
    token of the one customer that it may ask about.
    """

    id: str
    name: str
    role: str = ""
    assurance: int = 1
    clauses: frozenset[str] = frozenset()
    is_operator: bool = False
    via: str = ""
    realm: str = ""
    session: str | None = None
    auth_time_ms: int | None = None
    bound: str | None = None

    @property
    def credential(self) -> str:
        """The id of the caller whose credential or key was shown."""
        return self.via or self.id

    @property
    def key(self) -> str:
        """Tells it from every other caller: a person is known under the plane that vouches."""
        return f"{self.via}:{self.id}" if self.via else self.id

    @property
    def signs(self) -> bool:
        """Whether it is a control plane, which signs assertions and has no credential."""
        return self.role == CONTROL_PLANE

    def auth_age_s(self, now: datetime) -> int | None:
        """Seconds since the person last proved who it is; None for a program."""
        if self.auth_time_ms is None:
            return None
        return max(0, to_ms(now) - self.auth_time_ms) // 1000


def row_proof(keyring: Keyring, row: CallerRow, version: int | None = None) -> bytes:
    """32 bytes made of all a caller's row says, so that nobody without the keystore adds one.

    `version` is that of the index keys; the newest when it is left out.
    """
    said = (row.id, row.name, row.role, str(row.assurance), " ".join(row.clauses))
    times = (str(row.created_ms), str(row.revoked_ms), str(row.freeze))
    parts = [text.encode() for text in (*said, *times)]
    version = keyring.writes[-1] if version is None else version
    return keyring.index("@caller", "row", version).digest(context(*parts, row.secret_hash))


def is_proven(keyring: Keyring, row: CallerRow) -> bool:
    """Whether a row was made with our keystore, under a version that is still accepted."""
    proofs = (row_proof(keyring, row, version) for version in keyring.writes)
    return any(hmac.compare_digest(proof, row.proof) for proof in proofs)


OPERATOR = Caller("operator", "operator", is_operator=True)
"""Whoever can open the admin socket."""

SYSTEM = Caller("shopward", "shopward", is_operator=True)
"""The data plane itself, for entries that nobody asked for."""
