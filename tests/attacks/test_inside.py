"""Operations that meet in one group, and a store that fails at the wrong moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import apsw

from shopward import settings
from shopward.api import server
from shopward.api.plane import Plane
from shopward.api.verbs import subject_digest
from shopward.errors import ShopwardError
from shopward.store.sqlite import SqliteStore
from shopward.vault.caller import Caller
from shopward.vault.erase import Erase
from shopward.vault.facts import PutFact
from shopward.vault.keep import Store
from shopward.vault.operation import Base, Operation, Settled
from shopward.vault.search import Search
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane
from tests.vault.service_world import known

SHOP = Caller("a" * 12, "shop", "shop-backend")
ORDERS = Caller("b" * 12, "orders", "order-system")


def test_a_fact_stated_beside_an_erasure_goes_too(bare_plane: DataPlane) -> None:
    async def attack(plane: Plane) -> None:
        token = (await _settle(plane, Store(_base(plane, SHOP), person(), None, ()))).value[0]
        alias, own = subject_digest(plane.vault, token)
        stated = PutFact(_base(plane, ORDERS), alias, own, "order", "77", "open", None, None)
        erased = Erase(_base(plane, SHOP), alias, own, None)
        await plane.settler.settle([stated, erased])
        assert _rows(bare_plane, "SELECT type, id FROM fact") == []

    _inside(bare_plane, attack)


def test_an_erased_class_leaves_no_index_of_its_values(bare_plane: DataPlane) -> None:
    async def attack(plane: Plane) -> None:
        fields = person()
        stored = await _settle(plane, Store(_base(plane, SHOP), fields, None, ()))
        _move_mail_to(bare_plane, "tax")
        assert await plane.policy_file.look(plane.settler, is_whole=True)
        alias, own = subject_digest(plane.vault, stored.value[0])
        await _settle(plane, Erase(_base(plane, SHOP), alias, own, ("account",)))
        digest = plane.vault.index_digest("email", fields["email"])
        found = await _settle(plane, Search(_base(plane, SHOP), digest, "email", "account", None))
        assert found.value is None

    _inside(bare_plane, attack)


def test_a_policy_that_could_not_be_entered_is_not_in_force(bare_plane: DataPlane) -> None:
    async def attack(plane: Plane) -> None:
        store, policy = plane.vault.store, bare_plane.home / "policy.toml"
        assert isinstance(store, SqliteStore)
        writer = store._writer
        policy.write_text(policy.read_text() + "\n# another policy\n")
        writer.execute("PRAGMA query_only=ON")
        with suppress(ShopwardError):
            await plane.policy_file.look(plane.settler, is_whole=True)
        writer.execute("PRAGMA query_only=OFF")
        await plane.policy_file.look(plane.settler, is_whole=True)
        stored = await _settle(plane, Store(_base(plane, SHOP), person(), None, ()))
        assert stored.error is None
        assert (await plane.vault.store.head()).policy == plane.vault.policy.sha256

    _inside(bare_plane, attack)


def _inside(made: DataPlane, attack: Callable[[Plane], Awaitable[None]]) -> None:
    """Runs an attack on a data plane opened in this process."""
    house = settings.load(made.home / "shopward.toml")
    server.initialise(house)

    async def run() -> None:
        async with server.running(house) as plane:
            await attack(plane)

    asyncio.run(run())


def _base(plane: Plane, caller: Caller) -> Base:
    return Base(plane.vault, known(plane.vault, caller), "attack")


async def _settle(plane: Plane, operation: Operation) -> Settled:
    return (await plane.settler.settle([operation]))[0]


def _rows(made: DataPlane, sql: str) -> list[tuple[object, ...]]:
    path = str(made.home / "store" / "vault.db")
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def _move_mail_to(made: DataPlane, name: str) -> None:
    def moved(text: str) -> str:
        before, mail, after = text.partition("[fields.email]")
        return before + mail + after.replace('retention = "account"', f'retention = "{name}"', 1)

    made.edit_policy(moved)
