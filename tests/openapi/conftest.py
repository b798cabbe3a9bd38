from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openapi.running import Running, data_plane


@pytest.fixture(scope="module")
def plane() -> Iterator[Running]:
    """A data plane with callers and customers; its folder is short, as sockets want it."""
    with tempfile.TemporaryDirectory(prefix="shopward-") as home, data_plane(Path(home)) as running:
        yield running
