"""What an audit asks the room `identity`."""

from __future__ import annotations

from typing import Final

from shopward.checks import Check

CHECKS: Final[tuple[Check[None], ...]] = ()
