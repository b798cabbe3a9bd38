"""Where each subject's leaves lie in the SQLite file, for what a customer reads of herself.

An index on the table of leaves would touch a page of its own for nearly every leaf, since those
who are looked at come in no order: a tenth of a reveal. Places are written in blocks instead, each
sorted and whole in the transaction that fills it; a read asks block by block, from the newest.

- A block is there exactly when its last leaf is: there is no mark that could be behind.
"""

from __future__ import annotations

from typing import Final

import apsw

from shopward.store.rows import LeafRow
from shopward.store.schema import query

BLOCK: Final = 4096
"""Leaves in a block: as many as a read may have to look through at the end of the log."""
AT_ONCE: Final = 64
"""Blocks that one statement asks."""
WRITE: Final = """INSERT INTO leaf_place SELECT position / ?1, subject, position FROM leaf
WHERE position >= ?2 AND position < ?3 ORDER BY position / ?1, subject, position"""
LAST: Final = """SELECT position, leaf, subject, sealed FROM leaf
WHERE position >= ? AND position < ? AND subject = ? ORDER BY position DESC LIMIT ?"""
PLACED: Final = """WITH RECURSIVE asked (block) AS
(SELECT ?1 UNION ALL SELECT block + 1 FROM asked WHERE block + 1 < ?2)
SELECT l.position, l.leaf, l.subject, l.sealed FROM
(SELECT p.position FROM asked a CROSS JOIN leaf_place p ON p.block = a.block AND p.subject = ?3
WHERE p.position < ?4 ORDER BY p.position DESC LIMIT ?5) one
CROSS JOIN leaf l ON l.position = one.position ORDER BY l.position DESC"""


def write_places(connection: apsw.Connection, grown: range) -> None:
    """Writes the blocks that these new positions fill; nothing for most groups."""
    first, last = grown.start // BLOCK, grown.stop // BLOCK
    if first < last:
        connection.execute(WRITE, (BLOCK, first * BLOCK, last * BLOCK))


def leaves_of(
    connection: apsw.Connection, subject: bytes, before: int, count: int
) -> list[LeafRow]:
    """Up to `count` leaves under a subject's key, before a position, the newest first."""
    stored = query(connection, "SELECT max(position) + 1 FROM leaf")[0][0] or 0
    before = min(before, stored)
    whole = before // BLOCK
    rows = query(connection, LAST, (whole * BLOCK, before, subject, count))
    while whole and len(rows) < count:
        first = max(0, whole - AT_ONCE)
        given = (first, whole, subject, before, count - len(rows))
        rows += query(connection, PLACED, given)
        whole = first
    return [LeafRow(*row) for row in rows]
