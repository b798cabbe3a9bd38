"""Every key is rotated under load and kills; no request fails but those that a kill cuts off."""

from __future__ import annotations

import pytest

from tests.scenarios.rotating import story


def held(customers: int, kills: int, gap_s: float) -> None:
    report = story(customers, kills, gap_s=gap_s)
    assert report.kills == kills
    assert report.failed == []
    assert report.findings == []
    assert report.requests["reveal"] > 0
    assert report.requests["search"] > 0


@pytest.mark.slow
def test_every_key_is_rotated_under_load_and_three_kills() -> None:
    held(2_000, 3, 1.0)


@pytest.mark.slow
def test_every_key_of_many_customers_is_rotated_under_load_and_twenty_kills() -> None:
    held(100_000, 20, 12.0)
