"""A real data plane under attack: in a process of its own, or opened in this one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.scenarios.plane import DataPlane, example_policy

EDITOR = """
[roles.editor]
title = "a form that corrects data"
may = ["update"]
"""


def _home() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="sw-", dir="/tmp")


@pytest.fixture(scope="module")
def plane() -> Iterator[DataPlane]:
    """A running data plane that the attacks of one module share."""
    policy = example_policy() + EDITOR
    with _home() as home, closing(DataPlane.furnish(Path(home), policy=policy)) as made:
        yield made.start(create=True)


@pytest.fixture
def bare_plane() -> Iterator[DataPlane]:
    """Settings, policy and keystore; nothing was started yet."""
    with _home() as home, closing(DataPlane.furnish(Path(home))) as made:
        yield made
