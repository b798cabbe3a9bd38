"""Events of a control plane: what happened beside the vault, entered in its ledger."""

from __future__ import annotations

from collections.abc import Iterable

from shopward_client.answers import Entered
from shopward_client.call import Call
from shopward_client.calls.build import write, write_many
from shopward_client.items import Event
from shopward_client.outcome import Batch


def record(event: Event, *, idempotency_key: str | None = None) -> Call[Entered]:
    """Enter what happened in a control plane; only one that is registered may, and the operator.

    Args:
        event: What happened.
        idempotency_key: The event's own name, so that it is entered once however often it is sent.
    """
    return write("/v1/events", event, Entered, idempotency_key)


def record_many(
    events: Iterable[Event], *, idempotency_key: str | None = None
) -> Call[Batch[Entered]]:
    """Enter many events in one call; each stands for itself."""
    return write_many("/v1/events", events, Entered, idempotency_key)
