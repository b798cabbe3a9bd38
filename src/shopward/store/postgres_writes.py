"""Every write as one statement for a whole group: its values travel as one array per column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from shopward.store.port import Change, Op
from shopward.store.postgres_arrays import Array, Blobs, Numbers, Texts

Statement = tuple[str, tuple[Array, ...]]


class Write(Struct, frozen=True):
    """A statement over `columns`; of rows with the same first `key` values the last one counts."""

    sql: str
    columns: tuple[type[Array], ...]
    key: int

    def of(self, rows: Iterable[tuple[Any, ...]]) -> Statement:
        """The statement with these rows."""
        kept = {row[: self.key]: row for row in rows}
        columns = zip(*kept.values(), strict=True)
        made = zip(self.columns, columns, strict=True)
        return self.sql, tuple(kind(values) for kind, values in made)


WRITES = {
    Op.DELETE_ALIASES: Write(
        "DELETE FROM alias a USING unnest(%b, %b) AS w (subject, name)"
        " WHERE a.subject = w.subject AND a.name <> w.name",
        (Blobs, Texts),
        2,
    ),
    Op.DELETE_ALIAS: Write(
        "DELETE FROM alias a USING unnest(%b, %b) AS w (subject, name)"
        " WHERE a.subject = w.subject AND a.name = w.name",
        (Blobs, Texts),
        2,
    ),
    Op.DELETE_POSTINGS: Write("DELETE FROM posting WHERE subject = ANY (%b)", (Blobs,), 1),
    Op.DELETE_POSTINGS_BY: Write(
        "DELETE FROM posting p USING unnest(%b, %b) AS w (subject, field)"
        " WHERE p.subject = w.subject"
        " AND w.field = ANY (string_to_array(split_part(p.name, ':', 2), '+'))",
        (Blobs, Texts),
        2,
    ),
    Op.DELETE_CLASS: Write(
        "DELETE FROM record r USING unnest(%b, %b) AS w (subject, class)"
        " WHERE r.subject = w.subject AND r.class = w.class",
        (Blobs, Texts),
        2,
    ),
    Op.DELETE_CLASSES: Write("DELETE FROM record WHERE subject = ANY (%b)", (Blobs,), 1),
    Op.DELETE_FACTS: Write("DELETE FROM fact WHERE subject = ANY (%b)", (Blobs,), 1),
    Op.DELETE_SEEN: Write("DELETE FROM seen WHERE subject = ANY (%b)", (Blobs,), 1),
    Op.FORGET_SEEN: Write(
        "DELETE FROM seen WHERE (day, caller, purpose, subject) IN (SELECT day, caller, purpose,"
        " subject FROM seen WHERE day < (SELECT max(d) FROM unnest(%b) AS d) LIMIT 1000)",
        (Numbers,),
        1,
    ),
    Op.PUT_SUBJECT: Write(
        "INSERT INTO subject SELECT * FROM unnest(%b, %b, %b, %b) ON CONFLICT (subject)"
        " DO UPDATE SET generation = excluded.generation, erased_ms = excluded.erased_ms,"
        ' "freeze" = excluded."freeze"',  # a reserved word
        (Blobs, Numbers, Numbers, Texts),
        1,
    ),
    Op.PUT_CLASS: Write(
        "INSERT INTO record SELECT * FROM unnest(%b, %b, %b, %b, %b, %b, %b)"
        " ON CONFLICT (subject, class) DO UPDATE SET version = excluded.version,"
        " epoch = excluded.epoch, wrapped = excluded.wrapped, body = excluded.body,"
        " since_ms = excluded.since_ms",
        (Blobs, Texts, Numbers, Numbers, Blobs, Blobs, Numbers),
        2,
    ),
    Op.MOVE_TERM: Write(
        "UPDATE record r SET since_ms = w.since_ms FROM unnest(%b, %b, %b)"
        " AS w (subject, class, since_ms) WHERE r.subject = w.subject AND r.class = w.class",
        (Blobs, Texts, Numbers),
        2,
    ),
    Op.PUT_ALIAS: Write(
        "INSERT INTO alias SELECT * FROM unnest(%b, %b, %b, %b, %b)",
        (Blobs, Blobs, Texts, Blobs, Numbers),
        1,
    ),
    Op.PUT_POSTING: Write(
        "INSERT INTO posting SELECT * FROM unnest(%b, %b, %b, %b) ON CONFLICT DO NOTHING",
        (Blobs, Blobs, Texts, Numbers),
        2,
    ),
    Op.PUT_FACT: Write(
        "INSERT INTO fact SELECT * FROM unnest(%b, %b, %b, %b, %b, %b)"
        " ON CONFLICT (type, id) DO UPDATE SET subject = excluded.subject,"
        " state = excluded.state, expires_ms = excluded.expires_ms, version = excluded.version",
        (Texts, Texts, Blobs, Texts, Numbers, Numbers),
        2,
    ),
    Op.PUT_SEEN: Write(
        "INSERT INTO seen SELECT * FROM unnest(%b, %b, %b, %b) ON CONFLICT DO NOTHING",
        (Blobs, Numbers, Texts, Texts),
        4,
    ),
    Op.PUT_CALLER: Write(
        "INSERT INTO caller SELECT * FROM unnest(%b, %b, %b, %b, %b, %b, %b, %b, %b, %b)",
        (Texts, Texts, Texts, Numbers, Texts, Blobs, Numbers, Numbers, Texts, Blobs),
        1,
    ),
    Op.REVOKE_CALLER: Write(
        "UPDATE caller c SET revoked_ms = w.revoked_ms, proof = w.proof"
        " FROM unnest(%b, %b, %b) AS w (revoked_ms, proof, id)"
        " WHERE c.id = w.id AND c.revoked_ms IS NULL",
        (Numbers, Blobs, Texts),
        3,
    ),
    Op.FREEZE_CALLER: Write(
        'UPDATE caller c SET "freeze" = w.until, proof = w.proof'
        " FROM unnest(%b, %b, %b) AS w (until, proof, id) WHERE c.id = w.id",
        (Texts, Blobs, Texts),
        3,
    ),
    Op.PUT_JOB: Write(
        "INSERT INTO job SELECT * FROM unnest("
        "%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, argument = excluded.argument,"
        " state = excluded.state, cursor = excluded.cursor, done = excluded.done,"
        " total = excluded.total, note = excluded.note, started_ms = excluded.started_ms,"
        " updated_ms = excluded.updated_ms, finished_ms = excluded.finished_ms,"
        " holder = excluded.holder, lease_ms = excluded.lease_ms, version = excluded.version",
        (
            *(Texts, Texts, Texts, Texts, Texts, Numbers, Numbers, Texts),
            *(Numbers, Numbers, Numbers, Texts, Numbers, Numbers),
        ),
        1,
    ),
    Op.PROVE_CALLER: Write(
        "UPDATE caller c SET proof = w.proof FROM unnest(%b, %b, %b) AS w (proof, id, was)"
        " WHERE c.id = w.id AND c.proof = w.was",
        (Blobs, Texts, Blobs),
        3,
    ),
    Op.REWRAP_CLASS: Write(
        "UPDATE record r SET epoch = w.epoch, wrapped = w.wrapped"
        " FROM unnest(%b, %b, %b, %b, %b) AS w (epoch, wrapped, subject, class, was)"
        " WHERE r.subject = w.subject AND r.class = w.class AND r.wrapped = w.was",
        (Numbers, Blobs, Blobs, Texts, Blobs),
        5,
    ),
    Op.RENEW_CLASS: Write(
        "UPDATE record r SET version = w.version, epoch = w.epoch, wrapped = w.wrapped,"
        " body = w.body FROM unnest(%b, %b, %b, %b, %b, %b, %b)"
        " AS w (version, epoch, wrapped, body, subject, class, was)"
        " WHERE r.subject = w.subject AND r.class = w.class AND r.wrapped = w.was",
        (Numbers, Numbers, Blobs, Blobs, Blobs, Texts, Blobs),
        7,
    ),
    Op.RENEW_LEAF: Write(
        "UPDATE leaf l SET sealed = w.sealed FROM unnest(%b, %b, %b) AS w (sealed, position, was)"
        " WHERE l.position = w.position AND l.sealed = w.was",
        (Blobs, Numbers, Blobs),
        3,
    ),
    Op.RENEW_REPLAY: Write(
        "UPDATE replay r SET sealed = w.sealed FROM unnest(%b, %b, %b) AS w (sealed, digest, was)"
        " WHERE r.digest = w.digest AND r.sealed = w.was",
        (Blobs, Blobs, Blobs),
        3,
    ),
    Op.ADD_ALIAS: Write(
        "INSERT INTO alias SELECT w.digest, w.subject, w.name, w.proof, w.version"
        " FROM unnest(%b, %b, %b, %b, %b, %b, %b)"
        " AS w (digest, subject, name, proof, version, class, was)"
        " WHERE EXISTS (SELECT FROM record r WHERE r.subject = w.subject AND r.class = w.class"
        " AND r.wrapped = w.was) ON CONFLICT (digest) DO NOTHING",
        (Blobs, Blobs, Texts, Blobs, Numbers, Texts, Blobs),
        1,
    ),
    Op.DROP_ALIAS: Write(
        "DELETE FROM alias a USING unnest(%b, %b) AS w (digest, version)"
        " WHERE a.digest = w.digest AND a.version = w.version",
        (Blobs, Numbers),
        2,
    ),
    Op.ADD_POSTING: Write(
        "INSERT INTO posting SELECT w.digest, w.subject, w.name, w.version"
        " FROM unnest(%b, %b, %b, %b, %b) AS w (digest, subject, name, version, generation)"
        " JOIN subject s ON s.subject = w.subject AND s.generation = w.generation"
        " ON CONFLICT DO NOTHING",
        (Blobs, Blobs, Texts, Numbers, Numbers),
        2,
    ),
    Op.DROP_POSTING: Write(
        "DELETE FROM posting p USING unnest(%b, %b, %b) AS w (digest, subject, generation)"
        " JOIN subject s ON s.subject = w.subject AND s.generation = w.generation"
        " WHERE p.digest = w.digest AND p.subject = w.subject",
        (Blobs, Blobs, Numbers),
        2,
    ),
    Op.PUT_BUILT: Write(
        "INSERT INTO built SELECT w.name FROM unnest(%b, %b) AS w (name, policy)"
        " JOIN head h ON h.policy = w.policy ON CONFLICT DO NOTHING",
        (Texts, Texts),
        2,
    ),
    Op.DELETE_BUILT: Write("DELETE FROM built WHERE name = ANY (%b)", (Texts,), 1),
    Op.PUT_LOG_KEY: Write(
        "INSERT INTO log_key SELECT * FROM unnest(%b, %b, %b) ON CONFLICT (version)"
        " DO UPDATE SET vkey = excluded.vkey, note = excluded.note",
        (Numbers, Texts, Texts),
        1,
    ),
    Op.PUT_POLICY: Write(
        "INSERT INTO policy SELECT * FROM unnest(%b, %b, %b) ON CONFLICT (sha256) DO NOTHING",
        (Texts, Blobs, Blobs),
        1,
    ),
}
LEAVES = Write(
    "INSERT INTO leaf SELECT * FROM unnest(%b, %b, %b, %b)", (Numbers, Blobs, Blobs, Blobs), 1
)
TILES = Write("INSERT INTO tile SELECT * FROM unnest(%b, %b, %b)", (Numbers, Numbers, Blobs), 2)
REPLAYS = Write(
    "INSERT INTO replay SELECT * FROM unnest(%b, %b, %b, %b, %b) ON CONFLICT (digest) DO UPDATE"
    " SET request = excluded.request, position = excluded.position, sealed = excluded.sealed,"
    " expires_ms = excluded.expires_ms",
    (Blobs, Blobs, Numbers, Blobs, Numbers),
    1,
)
FORGET = """DELETE FROM replay WHERE digest IN
(SELECT digest FROM replay WHERE expires_ms <= %b LIMIT 1000)"""


def statements(drafts: Iterable[Change], staged: Any) -> Iterator[Statement]:
    """What the admitted changes write, leaves and tiles included, in the order of applying."""
    rows: defaultdict[Op, list[tuple[Any, ...]]] = defaultdict(list)
    leaves, replays = [], []
    for position, (draft, leaf) in enumerate(
        zip(drafts, staged.leaves, strict=True), start=staged.first
    ):
        leaves.append((position, leaf, draft.subject, draft.sealed))
        for op, values in draft.writes:
            rows[op].append(values)
        if draft.replay is not None:
            replays.append((*draft.replay[:2], position, *draft.replay[2:]))
    for op, write in WRITES.items():
        if op in rows:
            yield write.of(rows[op])
    yield LEAVES.of(leaves)
    if staged.tiles:
        yield TILES.of(staged.tiles)
    if replays:
        yield REPLAYS.of(replays)
