"""How many needs are read in one round trip: one statement for each kind of need there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.numeric import Int8

from shopward.store.port import Found, Need
from shopward.store.postgres_arrays import Blobs, Texts
from shopward.store.rows import ClassRow, FactRow, ReplayRow, Snapshot

LOOK = """SELECT a.digest, a.name, a.proof, a.version, s.subject, s.generation, s.erased_ms,
       s."freeze", r.class, r.version, r.epoch, r.wrapped, r.body, r.since_ms
FROM alias a JOIN subject s ON s.subject = a.subject LEFT JOIN record r ON r.subject = a.subject
WHERE a.digest = ANY (%b)"""
SUBJECTS = """SELECT s.subject, s.generation, s.erased_ms, s."freeze",
       r.class, r.version, r.epoch, r.wrapped, r.body, r.since_ms
FROM subject s LEFT JOIN record r ON r.subject = s.subject WHERE s.subject = ANY (%b)"""
FACTS = """SELECT f.type, f.id, f.subject, f.state, f.expires_ms, f.version
FROM unnest(%b, %b) AS k (type, id) JOIN fact f ON f.type = k.type AND f.id = k.id"""
REPLAYS = """SELECT digest, request, position, sealed FROM replay
WHERE digest = ANY (%b) AND expires_ms > %b"""


def asked(needs: Sequence[Need], now_ms: Int8) -> list[tuple[str, tuple[Any, ...]]]:
    """One statement for each kind of need there is."""
    aliases = {need.alias for need in needs if need.alias is not None}
    facts = {need.fact for need in needs if need.fact is not None}
    keys = {need.replay for need in needs if need.replay is not None}
    subjects = {need.subject for need in needs if need.subject is not None}
    asks: list[tuple[str, tuple[Any, ...]]] = []
    if subjects:
        asks.append((SUBJECTS, (Blobs(subjects),)))
    if aliases:
        asks.append((LOOK, (Blobs(aliases),)))
    if facts:
        asks.append((FACTS, tuple(Texts(part) for part in zip(*facts, strict=True))))
    if keys:
        asks.append((REPLAYS, (Blobs(keys), now_ms)))
    return asks


def found(needs: Sequence[Need], answers: dict[str, list[tuple[Any, ...]]]) -> list[Found]:
    """What each need found, out of the rows of what was asked."""
    snapshots = _snapshots(answers.get(LOOK, ()))
    subjects = _subjects(answers.get(SUBJECTS, ()))
    facts = {(row[0], row[1]): FactRow(*row) for row in answers.get(FACTS, ())}
    replays = {row[0]: ReplayRow(*row[1:]) for row in answers.get(REPLAYS, ())}
    return [
        Found(
            _of(need, snapshots, subjects),
            facts.get(need.fact) if need.fact is not None else None,
            replays.get(need.replay) if need.replay is not None else None,
        )
        for need in needs
    ]


def _of(
    need: Need, by_alias: Mapping[bytes, Snapshot], by_subject: Mapping[bytes, Snapshot]
) -> Snapshot | None:
    if need.subject is not None:
        return by_subject.get(need.subject)
    return by_alias.get(need.alias) if need.alias is not None else None


def _subjects(rows: Sequence[tuple[Any, ...]]) -> dict[bytes, Snapshot]:
    found: dict[bytes, Snapshot] = {}
    for subject, generation, erased_ms, freeze, name, *row in rows:
        snapshot = found.get(subject)
        if snapshot is None:
            known: Any = (subject, generation, erased_ms, {}, "", b"", freeze)
            snapshot = found[subject] = Snapshot(*known)
        if name is not None:
            snapshot.classes[name] = ClassRow(name, *row)
    return found


def _snapshots(rows: Sequence[tuple[Any, ...]]) -> dict[bytes, Snapshot]:
    found: dict[bytes, Snapshot] = {}
    for digest, alias, proof, version, subject, generation, erased_ms, freeze, name, *row in rows:
        snapshot = found.get(digest)
        if snapshot is None:
            snapshot = found[digest] = Snapshot(
                subject, generation, erased_ms, {}, alias, proof, freeze, version=version
            )
        if name is not None:
            snapshot.classes[name] = ClassRow(name, *row)
    return found
