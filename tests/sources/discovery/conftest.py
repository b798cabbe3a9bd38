"""What the tests of discovery share: a run over a path, and made-up customers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shopward.sources.discovery import Limits, Report, discover, open_source
from shopward.sources.discovery.state import State

Look = Callable[..., Report]


@pytest.fixture
def look() -> Look:
    def run(target: Path | str, limits: Limits | None = None, state: State | None = None) -> Report:
        state = state or State()
        source = open_source(str(target), limits or Limits(), state.key)
        try:
            return discover(source, state, lambda: "2026-11-24T12:00:00+00:00")
        finally:
            source.close()

    return run
