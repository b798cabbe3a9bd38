"""A real vault under the example shop's policy, for small Django shops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.scenarios.plane import DataPlane, home
from tests.shop.vault import POLICY

collect_ignore = ["stories"]  # they run in processes with a shop (`test_stories`)


@pytest.fixture(scope="session")
def shop_vault() -> Iterator[DataPlane]:
    with home() as folder:
        policy = POLICY.read_text("utf-8")
        with closing(DataPlane.furnish(folder, policy=policy)) as made:
            made.start(create=True)
            (folder / "credential").write_text(made.credential("shop-backend"))
            yield made
