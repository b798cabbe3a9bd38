"""Every log of a ledger, verified: each by itself, and that it continues the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from shopward.errors import IntegrityError
from shopward.ledger.checkpoint import open_checkpoint
from shopward.ledger.keychain import KeyChain
from shopward.ledger.link import Ended, lost_between, verify_link
from shopward.ledger.reader import LedgerReader
from shopward.ledger.verify import Finding, verify_log
from shopward.signing import Verifier


class ChainReader(LedgerReader, Protocol):
    """A stored log that knows the logs before it."""

    def pasts(self) -> Sequence[tuple[str, Self]]:
        """(name, reader) of the logs before this one, the oldest first."""
        ...


Chain = TypeVar("Chain", bound=ChainReader)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found in one log.

    Attributes:
        origin: Its name.
        size: How many entries it has.
        findings: Every damage.
        before: The name of the log it continues; empty for the first.
        lost: Entries of the log before that are known to be lost.
        is_last: Whether it is the present one.
    """

    origin: str
    size: int
    findings: tuple[Finding, ...]
    before: str
    lost: int
    is_last: bool


def verify_chain(
    present: Chain,
    verifier: Verifier | KeyChain,
    *,
    checkpoint: str | None = None,
    watch: Callable[[Chain, str], Callable[[], object]] | None = None,
) -> Iterator[Verified]:
    """What is found in each log, the oldest first.

    Args:
        present: The present log.
        verifier: Its key, or its keys where it changed them; the others have the newest one under
            their own names.
        checkpoint: A signed note that was kept outside, of whichever log has its name.
        watch: Told of each log and its name before it is read; gives what to call after it.
    """
    keys = verifier if isinstance(verifier, KeyChain) else KeyChain([verifier])
    verifier = keys.current
    logs = [*present.pasts(), (verifier.name, present)]
    owner = _owner(checkpoint, [origin for origin, _ in logs], verifier)
    before: Ended | None = None
    for origin, log in logs:
        named = Verifier(origin, verifier.public_key)
        ended = watch(log, origin) if watch else None
        mark = checkpoint if origin == owner else None
        found = tuple(verify_log(log, keys if log is present else named, checkpoint=mark))
        if ended is not None:
            ended()
        found += tuple(verify_link(log, before, named))
        earlier, lost = before.origin if before else "", lost_between(log, named)
        yield Verified(origin, log.size, found, earlier, lost, log is present)
        before = Ended(origin, log.size, log.note)


def _owner(checkpoint: str | None, origins: list[str], verifier: Verifier) -> str:
    """Whose checkpoint it is; the present log's when it is nobody's, to be named as a damage."""
    for origin in origins if checkpoint else ():
        try:
            return open_checkpoint(checkpoint or "", Verifier(origin, verifier.public_key)).origin
        except IntegrityError:
            continue
    return origins[-1]
