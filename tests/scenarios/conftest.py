"""A data plane for each module of stories, and one of its own for a story that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.postgres.engine import Engine
from tests.scenarios.plane import DataPlane, home


@pytest.fixture(scope="module")
def plane(engine: Engine) -> Iterator[DataPlane]:
    """A running data plane that the stories of one module share, on each engine."""
    with home() as folder:
        with closing(DataPlane.furnish(folder, url=engine.place(folder).url)) as made:
            yield made.start(create=True)
        engine.drop(folder)


@pytest.fixture(scope="module")
def file_plane() -> Iterator[DataPlane]:
    """As `plane`, in a SQLite file alone: for stories about that file."""
    with home() as folder, closing(DataPlane.furnish(folder)) as made:
        yield made.start(create=True)


@pytest.fixture
def own_plane() -> Iterator[DataPlane]:
    """A running data plane for one story alone."""
    with home() as folder, closing(DataPlane.furnish(folder)) as made:
        yield made.start(create=True)


@pytest.fixture
def bare_plane() -> Iterator[DataPlane]:
    """Settings, policy and keystore; nothing was started yet."""
    with home() as folder, closing(DataPlane.furnish(folder)) as made:
        yield made
