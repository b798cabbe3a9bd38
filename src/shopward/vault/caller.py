"""Who asks: a program with a role, or the operator at the admin socket."""

from __future__ import annotations

from dataclasses import dataclass

from shopward.store import CallerRow
from shopward.vault.context import context
from shopward.vault.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller. `assurance` is 1 to 3 (NIST SP 800-63 AAL); `role` is the policy's.

    The operator has no role: no policy can let the admin socket look at a value.
    """

    id: str
    name: str
    role: str = ""
    assurance: int = 1
    clauses: frozenset[str] = frozenset()
    is_operator: bool = False


def row_proof(keyring: Keyring, row: CallerRow) -> bytes:
    """32 bytes made of all a caller's row says, so that nobody without the keystore adds one."""
    said = (row.id, row.name, row.role, str(row.assurance), " ".join(row.clauses))
    times = (str(row.created_ms), str(row.revoked_ms), str(row.freeze))
    parts = [text.encode() for text in (*said, *times)]
    return keyring.index("@caller", "row").digest(context(*parts, row.secret_hash))


OPERATOR = Caller("operator", "operator", is_operator=True)
"""Whoever can open the admin socket."""

SYSTEM = Caller("shopward", "shopward", is_operator=True)
"""The data plane itself, for entries that nobody asked for."""
