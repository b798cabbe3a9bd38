"""What is changed again and again is answered each time; what is damaged is erased all the same."""

from __future__ import annotations

import apsw

from shopward_client import PutFact
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane


def test_a_batch_may_state_one_fact_often(plane: DataPlane) -> None:
    token = plane.caller("shop-backend").store(person()).subject
    orders = plane.caller("order-system")
    states = ["open", "closed"] * 20
    outcomes = orders.put_facts([PutFact("order:often", token, state) for state in states])
    assert [one.status for one in outcomes] == [200] * len(states)
    assert [one.unwrap().version for one in outcomes] == list(range(1, len(states) + 1))


def test_a_class_is_erased_although_its_row_is_damaged(bare_plane: DataPlane) -> None:
    bare_plane.start(create=True)
    shop = bare_plane.caller("shop-backend")
    token = shop.store(person(), external="damaged").subject
    bare_plane.stop()
    connection = apsw.Connection(str(bare_plane.home / "store" / "vault.db"))
    connection.execute("UPDATE record SET body = x'ff' WHERE class = 'account'")
    connection.close()
    bare_plane.start()
    again = bare_plane.caller("shop-backend")
    assert again.erase(token, classes=["account"]).classes == ("account",)
