r"""What travels when a control plane records an event. Everything here is data."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shopward.api.wire import Expiry, Receipt, Reference, Wire, one_of
from shopward.events import OF_CONTROL_PLANES

EventKind = Annotated[str, one_of(*sorted(OF_CONTROL_PLANES))]
Realm = Annotated[str, one_of("", "staff", "customer")]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[!-~]+\Z")]
Token = Annotated[str, msgspec.Meta(pattern=r"^cus_[0-9a-z]{27}\Z")]


class EventRequest(Wire, frozen=True):
    """Enter what happened in a control plane; only a control plane itself and the operator may.

    `at` is when it happened there. `about` holds slugs and counts, never a value.
    """

    kind: EventKind
    at: Expiry
    actor: Word
    realm: Realm = ""
    role: Annotated[str, msgspec.Meta(max_length=40)] = ""
    session: Word | None = None
    subject: Token | None = None
    about: Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[ -~]*\Z")] | None = None
    reference: Reference | None = None


class Entered(Wire, frozen=True):
    """The event was entered."""

    receipt: Receipt
