"""The transcripts beside this file, typed against a real data plane (or none: `offline-*.txt`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.cli import shop as shops
from tests.cli import transcript

FILES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[shops.Shop]:
    return shops.make(tmp_path)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_typed_shows_what_is_written(file: Path, shop: shops.Shop) -> None:
    running = shops.serving(shop)
    if file.name.startswith("offline-"):
        with running:
            pass
        running = nullcontext()
    with running:
        for step in transcript.parse(file.read_text(encoding="utf-8")):
            transcript.run(step, shop.folder, shop.environment)


def test_there_are_transcripts() -> None:
    assert len(FILES) >= 8
