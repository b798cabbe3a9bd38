"""The settings of backups: where they go, how often, and what must never come back from one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta


class BackupSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[backup]`: where backups go, how often, and what must never come back from one."""

    folder: Annotated[
        Path | None,
        Meta(
            description="Where backups are made by themselves; none are made without it. Copy them "
            "to another machine."
        ),
    ] = None
    every_hours: Annotated[
        int,
        Meta(description="Hours from one backup to the next.", ge=1, le=8_760),
    ] = 24
    keep: Annotated[
        int,
        Meta(description="How many of these backups are kept, the newest.", ge=1, le=10_000),
    ] = 14
    drill_every_days: Annotated[
        int,
        Meta(
            description="Days from one restore drill to the next; 0 for none by itself.",
            ge=0,
            le=365,
        ),
    ] = 7
    journal: Annotated[
        Path | None,
        Meta(
            description="The erasure journal: who must not come back from a backup; by default "
            "`erasures.journal` beside the keystore."
        ),
    ] = None
