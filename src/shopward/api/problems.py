"""Errors on the wire: RFC 9457 problem details, from one place.

Every problem carries the stable `code`, a sentence that names fields and never values, and a hint.
"""

from __future__ import annotations

import msgspec

from shopward.api.auth import RateLimited
from shopward.api.wire import ProblemWire, Receipt
from shopward.errors import InvalidError, MethodError, ShopwardError

CONTENT_TYPE = b"application/problem+json"
DOCS = "https://shopward.localhost/errors#"
TIME = "Write it as 2026-12-24T18:00:00+01:00, in capitals and not before 1970."
FORMS = {
    "at": TIME,
    "expires": TIME,
    "until": TIME,
    "kind": "A control plane enters what happened in itself, such as console:started.",
    "realm": "Write `staff` or `customer`, or leave it out for the control plane itself.",
    "fact": "Write it as <type>:<id>, like order:1042.",
    "state": "Write `open` or `closed`.",
}


class NotAllowedError(MethodError):
    """`allow` is the Allow header: what this path does take."""

    def __init__(self, allow: str) -> None:
        super().__init__(f"This path takes {allow}.")
        self.allow = allow


def problem(error: ShopwardError, receipt: Receipt | None = None) -> ProblemWire:
    """The problem document of an error."""
    return ProblemWire(
        type=DOCS + error.code,
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail,
        hint=error.hint,
        field=error.field,
        reason=error.reason,
        receipt=receipt,
    )


def headers_of(error: ShopwardError) -> list[tuple[bytes, bytes]]:
    """The headers that go with an error."""
    if isinstance(error, RateLimited):
        return [(b"retry-after", b"%d" % error.retry_after_s)]
    if isinstance(error, NotAllowedError):
        return [(b"allow", error.allow.encode())]
    if error.status == 401:
        return [(b"www-authenticate", b'Bearer realm="shopward"')]
    return []


def malformed(error: msgspec.DecodeError) -> InvalidError:
    """What is wrong with a body, without quoting anything in it."""
    text = str(error)
    where = text.rpartition("`$")[2].rstrip("`").lstrip(".") if "`$" in text else ""
    if "unknown field" in text:
        return InvalidError(
            "There is a member that this request does not have.", field=where or None
        )
    if " matching regex " in text:
        hint = FORMS.get(
            where.rpartition(".")[2], "Lower case letters, digits, _ and - name things."
        )
        return InvalidError("This is not written as it must be.", hint=hint, field=where or None)
    if isinstance(error, msgspec.ValidationError):
        said = text.partition(" - at ")[0]
        return InvalidError(f"{said}.", field=where or None)
    return InvalidError("The body is not well-formed JSON in UTF-8.")
