"""Which tables hold copies of what is kept elsewhere: the places an erasure forgets.

Search text, sessions, stored mails, logs and histories, queues, unkeyed hashes and values inside
JSON. A shop's first-hand tables are none of these.
"""

from __future__ import annotations

import re
from typing import Final

from shopward.sources.detect import Finding, Kind
from shopward.sources.detect.names import words
from shopward.sources.detect.values import Shape
from shopward.sources.discovery.collect import Column

_SESSION: Final = re.compile(r"(?:.*)sessions?|sess")
_SEARCH: Final = re.compile(r"search|fts\d?|fulltext|tsv|tsvector|haystack|index|searchtext")
_MAIL: Final = re.compile(r"e?mails?|mailer|mailbox|messages?|communication|outbox|newsletterqueue")
_MAIL_PART: Final = re.compile(r"body|html|text|subject|content|message|raw|payload|headers?")
_LOG: Final = re.compile(
    r"logs?|logentry|history|historical|audit|events?|changes?|revisions?|versions?|trail|activity"
)
_QUEUE: Final = re.compile(r"queues?|jobs?|tasks?|webhooks?|celery|cache|outbox|deliveries|failed")
_WORDS: Final = ((_SESSION, "session"), (_SEARCH, "search text"), (_LOG, "log or history"),
                 (_QUEUE, "queue or cache"))  # fmt: skip


def copy_of(table: str, name: str, column: Column, found: Finding) -> str:
    """What kind of copy a finding is in; "" for first-hand data."""
    if found.kind in {Kind.MAIL_HASH, Kind.PHONE_HASH}:
        return "unkeyed hash"
    if found.kind is Kind.SESSION:
        return "session"
    of_table, of_column = words(table.rpartition(":")[2]), words(name.partition(".")[0])
    if column.type.lower() == "tsvector" or any(map(_SEARCH.fullmatch, of_column)):
        return "search text"
    if column.tally.shapes[Shape.MAIL] or (
        any(map(_MAIL.fullmatch, of_table)) and any(map(_MAIL_PART.fullmatch, of_column))
    ):
        return "stored mail"
    for pattern, title in _WORDS:
        if any(map(pattern.fullmatch, of_table)):
            return title
    return "inside another value" if "." in name else ""
