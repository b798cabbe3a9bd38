"""Two nodes on one PostgreSQL: no acknowledged write is lost, whatever of it is killed."""

from __future__ import annotations

import pytest

from tests.crash.campaigns import FULL
from tests.crash.nodes import Nodes
from tests.postgres.engine import require

FEW = 4


@pytest.fixture(autouse=True)
def _postgres() -> None:
    require()


def test_no_acknowledged_write_is_lost_when_a_node_or_postgresql_is_killed() -> None:
    nodes = Nodes(seed=1)
    nodes.run(FEW)
    assert nodes.verdict.words == []
    assert nodes.counts["kills"] == FEW
    assert nodes.verdict.looked["write"] > FEW


@pytest.mark.slow
def test_no_acknowledged_write_is_lost_in_many_more_kills_of_nodes() -> None:
    nodes = Nodes(seed=2)
    nodes.run(FULL["nodes"])
    assert nodes.verdict.words == []
