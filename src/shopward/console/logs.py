"""What the control plane writes to its log: which page, which kind of trouble, where. No values.

    500 POST people/<uuid:person_id>/ OperationalError at flows/people.py:88

- A page is named by its route, never by its address: links of one use are addresses.
- What an exception says is left out, for it may hold a value.
- A refusal (4xx) is no news; what matters of it is in the ledger.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from types import TracebackType


class RouteFormatter(logging.Formatter):
    """One line without a value for each record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        words = [
            str(getattr(record, "status_code", record.levelname)),
            getattr(request, "method", None) or record.name,
            match.route if match else "",
        ]
        if record.exc_info and record.exc_info[0] is not None:
            words += [record.exc_info[0].__name__, "at", _where(record.exc_info[2])]
        return " ".join(word for word in words if word)


def set_up() -> None:
    """Sends errors to stderr in this form, whoever logs them: Django, the server, a library."""
    handler = logging.StreamHandler()
    handler.setFormatter(RouteFormatter())
    log = logging.getLogger()
    log.handlers = [handler]
    log.setLevel(logging.ERROR)


def _where(trace: TracebackType | None) -> str:
    last = traceback.extract_tb(trace)[-1:]
    return "".join(f"{'/'.join(Path(one.filename).parts[-2:])}:{one.lineno}" for one in last)
