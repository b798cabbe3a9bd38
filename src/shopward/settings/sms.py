"""`[sms]`: whether and how codes leave by text message."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta


class SmsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[sms]`: codes by text message, as a second step of customers."""

    accepts_risk: Annotated[
        str,
        Meta(
            description="Who accepts, and why, that text messages can be read by others and numbers"
            " taken over; customers are offered codes by SMS only with such a sentence.",
            max_length=300,
        ),
    ] = ""
    url_file: Annotated[
        Path | None,
        Meta(
            description="A file with the provider's Apprise address, `{number}` where the number"
            " goes, readable by its owner only; without one messages are written to `folder`."
        ),
    ] = None
    folder: Annotated[
        Path,
        Meta(description="Where a local installation without a provider puts messages."),
    ] = Path("sms")
    countries: Annotated[
        str,
        Meta(
            description="Countries whose numbers get codes, as `DE AT`; empty for `region` alone.",
            pattern=r"^([A-Z]{2}( [A-Z]{2})*)?$",
        ),
    ] = ""
    daily: Annotated[
        int,
        Meta(
            description="The most messages in a day; a country other than `region` gets a fifth.",
            ge=1,
            le=1_000_000,
        ),
    ] = 200
