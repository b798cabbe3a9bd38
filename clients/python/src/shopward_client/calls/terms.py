"""What is past its date (admin socket only)."""

from __future__ import annotations

from datetime import UTC, datetime

from shopward_client.answers import RetentionPreview
from shopward_client.call import Call
from shopward_client.calls.build import get, json_of


def retention_preview(at: datetime | None = None) -> Call[RetentionPreview]:
    """Count, by retention class, what the retention job would erase.

    Args:
        at: As of this aware moment; None is now.
    """
    if at is None:
        return get("/v1/retention", json_of(RetentionPreview))
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return get("/v1/retention", json_of(RetentionPreview), at=moment)
