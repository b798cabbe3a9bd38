"""Health, readiness and metrics: no credential, no personal data."""

from __future__ import annotations

from shopward.api import wire
from shopward.api.plane import Plane, Reply, reply
from shopward.api.worker import Sample

METRICS = b"text/plain; version=0.0.4; charset=utf-8"
BEHIND_S = 5.0
"""A clock this far behind the ledger makes the data plane say so."""
SLOW_S = 5.0
"""A store that is this long at work on one group makes it say so, too."""


def problems(plane: Plane) -> list[str]:
    """What keeps this data plane from being ready, in words."""
    found = []
    if plane.draining:
        found.append("draining: it is shutting down")
    if plane.vault.behind_s() > BEHIND_S:
        found.append("clock: it is behind the ledger's last entry; facts expire by that entry")
    if (trouble := plane.settler.trouble) is not None:
        found.append(f"store: {trouble.detail} {trouble.hint}")
    if (waits_s := plane.settler.waits_s()) > SLOW_S:
        found.append(f"store: the disk has not answered for {waits_s:.0f} s; requests wait")
    return found


def healthz(_: Plane) -> Reply:
    """The process answers."""
    return reply(wire.Health("ok"))


def readyz(plane: Plane) -> Reply:
    """Whether it takes requests, and what a person should look at."""
    found = problems(plane)
    notes = [f"policy: {mistake}" for mistake in plane.policy_file.refused]
    if plane.vault.register.forged:
        notes.append("callers: the store has rows that this data plane did not write")
    if plane.keeper.due:
        notes.append("journal: erasures are done that the erasure journal could not take yet")
    if plane.keeper.unread:
        notes.append("journal: the ledger has erasures whose entries do not open")
    status = "not-ready" if found else "ready"
    return reply(wire.Health(status, found + notes), 503 if found else 200)


def metrics(plane: Plane) -> Reply:
    """Counters and gauges of every worker in the Prometheus text format."""
    lines, known = [], ""
    for name, kind, labels, value in sorted(plane.worker.all(samples(plane))):
        if name != known:
            lines.append(f"# TYPE {name} {kind}")
            known = name
        braced = f"{{{labels}}}" if labels else ""
        lines.append(f"{name}{braced} {value}")
    return Reply(200, ("\n".join(lines) + "\n").encode(), METRICS)


def samples(plane: Plane) -> list[Sample]:
    """This process's figures."""
    found: list[Sample] = []
    for (route, status), count in plane.answers.items():
        labels = f'route="{route}",status="{status}"'
        found.append(("shopward_answers_total", "counter", labels, count))
    for name, count in plane.looks.items():
        verb, _, outcome = name.partition(":")
        labels = f'verb="{verb}",outcome="{outcome}"'
        found.append(("shopward_looks_total", "counter", labels, count))
    gauges = {
        "shopward_ledger_entries": plane.vault.log.size,
        "shopward_ledger_last_entry_seconds": plane.vault.log.time_ms / 1000,
        "shopward_clock_behind_seconds": plane.vault.behind_s(),
        "shopward_policy_refused": int(bool(plane.policy_file.refused)),
        "shopward_draining": int(plane.draining),
        "shopward_store_failing": int(plane.settler.trouble is not None),
        "shopward_store_waiting_seconds": round(plane.settler.waits_s(), 3),
        "shopward_erasures_due": len(plane.keeper.due),
    }
    every = gauges | plane.schedule.gauges()
    return found + [(name, "gauge", "", value) for name, value in every.items()]
