"""`python -m tests.browser.served CONFIG`: the control plane, with a clock that tests move."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shopward import clock, settings
from shopward.console import server

HOME = Path(sys.argv[-1]).parent


def now() -> datetime:
    ahead = HOME / "ahead"
    return datetime.now(UTC) + timedelta(seconds=int(ahead.read_text()) if ahead.exists() else 0)


def ready(link: str | None) -> None:
    sys.stdout.write(f"ready {link}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    clock.now = now
    server.serve(settings.load(HOME / "shopward.toml"), ready=ready)
