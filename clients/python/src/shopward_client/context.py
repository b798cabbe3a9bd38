"""Why somebody looks, said once for all looks within a block.

    with shopward_client.purpose("fulfil", order=1042):
        vault.reveal(token, ["city"])
        vault.reveal_many([Reveal(token, ["phone"]) for token in tokens])

Looks that name no purpose of their own take both, purpose and fact, from the innermost block; one
that names a purpose takes neither, so that no fact meant for something else goes along. The block
holds for this thread or task alone, and for tasks that are started within it. Writes name no
purpose and take nothing from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from shopward_client.errors import InvalidError


@dataclass(frozen=True, slots=True)
class Reason:
    """A purpose, and the fact it rests on, such as `order:1042`."""

    purpose: str | None = None
    fact: str | None = None


_REASON: ContextVar[Reason | None] = ContextVar("shopward_reason", default=None)


@contextmanager
def purpose(name: str, /, **fact: str | int) -> Iterator[Reason]:
    """Let every look within the block have this purpose.

    Args:
        name: The purpose, as the policy names it.
        **fact: At most one: its type and id, such as `order=1042`.

    Raises:
        InvalidError: More than one fact is named.
    """
    if len(fact) > 1:
        raise InvalidError("A purpose rests on one fact.", field="fact")
    named = [f"{kind}:{identifier}" for kind, identifier in fact.items()]
    reason = Reason(name, named[0] if named else None)
    token = _REASON.set(reason)
    try:
        yield reason
    finally:
        _REASON.reset(token)


def reason(purpose: str | None, fact: str | None) -> Reason:
    """Give what a look says of itself, or else what the block around it says."""
    around = _REASON.get()
    if purpose is not None or around is None:
        return Reason(purpose, fact)
    return Reason(around.purpose, around.fact if fact is None else fact)
