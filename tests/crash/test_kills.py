"""SIGKILL under load: no acknowledged write is lost, whatever moment it comes."""

from __future__ import annotations

import pytest

from tests.crash.campaigns import FULL
from tests.crash.epochs import Epochs
from tests.crash.imports import Imports
from tests.crash.kills import Kills

FEW = 6


def test_no_acknowledged_write_is_lost_when_the_process_is_killed() -> None:
    kills = Kills(seed=1)
    kills.run(FEW)
    assert kills.verdict.words == []
    assert kills.counts["kills"] >= FEW
    assert kills.verdict.looked["write"] > FEW


@pytest.mark.slow
def test_no_acknowledged_write_is_lost_in_many_more_kills() -> None:
    kills = Kills(seed=2)
    kills.run(FULL["kills"])
    assert kills.verdict.words == []


def test_every_acknowledged_weekly_key_is_in_the_keystore_after_a_kill() -> None:
    epochs = Epochs(seed=1)
    epochs.run(FEW)
    assert epochs.verdict.words == []
    assert epochs.counts["epochs acknowledged"] > 0


@pytest.mark.slow
def test_every_acknowledged_weekly_key_is_there_after_many_more_kills() -> None:
    epochs = Epochs(seed=2)
    epochs.run(FULL["epochs"])
    assert epochs.verdict.words == []


def test_a_killed_import_stores_every_row_once() -> None:
    imports = Imports(seed=1)
    imports.run(FEW)
    assert imports.verdict.words == []


@pytest.mark.slow
def test_an_import_that_is_killed_many_more_times_stores_every_row_once() -> None:
    imports = Imports(seed=2)
    imports.run(FULL["imports"])
    assert imports.verdict.words == []
