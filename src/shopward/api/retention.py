"""The handler of the retention preview: what would be erased at some moment, counted."""

from __future__ import annotations

from shopward.api import wire, wire_retention
from shopward.api.plane import Call, Reply, reply
from shopward.api.verbs import parse_moment
from shopward.clock import to_ms
from shopward.vault.retention import preview


async def preview_retention(call: Call) -> Reply:
    """By class, how many customers' data is past its date at `at`, or now."""
    vault, at = call.plane.vault, call.parameter("at")
    at_ms = to_ms(vault.moment()) if at is None else parse_moment(at, "at")
    rows = [
        wire_retention.DueRow(
            one.name,
            vault.policy.classes[one.name].keep_days,
            one.customers,
            None if one.first_ms is None else wire.moment(one.first_ms),
        )
        for one in await preview(vault, at_ms)
    ]
    return reply(wire_retention.RetentionPreview(wire.moment(at_ms), rows))
