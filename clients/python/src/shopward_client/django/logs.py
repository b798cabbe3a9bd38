"""A filter for a shop's logs: mail addresses and what somebody searched for stay out of them.

    "filters": {"discreet": {"()": "shopward_client.django.logs.Discreet"}},
    "handlers": {"file": {"filters": ["discreet"], …}}

    Sending email to ada@example.com       ->  Sending email to <mail>
    "GET /orders/?name=ada HTTP/1.1" 200   ->  "GET /orders/?… HTTP/1.1" 200

It belongs to a handler, so that it sees what every logger says. Names and addresses in running text
it does not know: do not log them. What a traceback shows it leaves as it is.
"""

from __future__ import annotations

import logging
import re

_MAIL = re.compile(r"[^\s@<>\"'(),;:]{1,64}@[^\s@<>\"'(),;:]{1,255}")
_QUERY = re.compile(r"\?[^\s\"']+")


class Discreet(logging.Filter):
    """Lets every record pass, without what it must not say."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut mail addresses and queries."""
        said = _MAIL.sub("<mail>", _QUERY.sub("?…", record.getMessage()))
        record.msg, record.args = said, ()
        return True
