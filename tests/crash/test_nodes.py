"""Two nodes on one PostgreSQL: no acknowledged write is lost, whatever of it is killed."""

from __future__ import annotations

import json

import pytest

from shopward_client import UnavailableError
from tests.crash.campaigns import FULL
from tests.crash.nodes import Nodes, kill_server, own_cluster, two_planes
from tests.postgres.engine import require
from tests.scenarios.people import person
from tests.scenarios.plane import kind_of, wait_until

FEW = 4
SOON_S = 60.0


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


def test_without_postgresql_nothing_is_acknowledged_and_it_comes_back_by_itself() -> None:
    with own_cluster() as cluster, two_planes(cluster, "gone") as (plane, _):
        plane.start(create=True)
        shop = plane.caller("shop-backend")
        known = [shop.store(person()).subject]
        kill_server(cluster)
        for _ in range(2):
            with pytest.raises(UnavailableError) as caught:
                shop.store(person())
            assert caught.value.status == 503
            assert caught.value.reason
            assert caught.value.hint
        assert plane.ask("GET", "/healthz").status == 200
        answer = plane.ask("GET", "/readyz")
        assert answer.status == 503
        assert "store" in json.loads(answer.body)["problems"][0]
        cluster.start()
        wait_until(lambda: plane.ask("GET", "/readyz").status == 200, SOON_S)
        known.append(shop.store(person()).subject)
        for subject in known:
            assert shop.reveal(subject, ["city"], purpose="account").fields["city"] == "London"
        kinds = [kind_of(entry.leaf) for entry in plane.operator().entries(0).entries]
        assert kinds.count("record:stored") == len(known)
        assert "store:recovered" in kinds
        assert plane.stop() == 0
