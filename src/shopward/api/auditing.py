"""Who may read what others did: auditors all of it, a customer what is about her.

Everybody else is refused, and that is entered.
"""

from __future__ import annotations

from shopward.api.handlers import receipt_of, refusal
from shopward.api.plane import Call, Reply
from shopward.errors import DeniedError
from shopward.policy import may
from shopward.vault.administer import ReadEntries
from shopward.vault.bound import Foreign
from shopward.vault.caller import Caller
from shopward.vault.operation import Base
from shopward.vault.service import Vault


def may_audit(vault: Vault, caller: Caller) -> bool:
    """Whether this caller may open the details of entries that are not its own."""
    return caller.is_operator or (
        caller.bound is None and may(vault.policy, caller.role, "audit") is None
    )


async def refuse_stranger(call: Call) -> Reply | None:
    """The refusal of a caller that may not audit, entered; None for one that may."""
    vault = call.plane.vault
    if may_audit(vault, call.caller):
        return None
    base = Base(vault, call.caller, call.request)
    settled = (await call.plane.settler.settle([ReadEntries(base)]))[0]
    return refusal(settled.error or DeniedError(), receipt_of(settled))


async def refuse_foreign(call: Call, verb: str, subject: str | None) -> Reply | None:
    """The refusal of a customer who asks about somebody else, entered; None for all others."""
    if call.caller.bound in (None, subject):
        return None
    base = Base(call.plane.vault, call.caller, call.request)
    settled = (await call.plane.settler.settle([Foreign(base, verb)]))[0]
    return refusal(settled.error or DeniedError(), receipt_of(settled))
