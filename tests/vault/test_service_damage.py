"""Any bit of a customer's rows may flip: what comes out is the value, nothing, or an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.errors import ShopwardError, UndecryptableError
from shopward.vault.operation import Settled
from tests.postgres.engine import Engine, sql
from tests.vault.service_world import PERSON, World

ASKED = ("first_name", "email", "city")
SELECT = "SELECT wrapped, body FROM record WHERE class = ? AND subject = ?"
UPDATE = "UPDATE record SET wrapped = ?, body = ? WHERE class = ? AND subject = ?"


class Bench:
    """One customer whose rows are flipped and mended again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = world.customer()
        ((self.subject,),) = self.sql("SELECT subject FROM record WHERE class = '_ledger'")

    def sql(self, statement: str, *values: object) -> list[tuple[bytes, ...]]:
        return sql(self.world.place, statement, *values)

    def look(self) -> Settled:
        self.world.vault.keyring.clear()
        return self.world.do(self.world.revealing(self.token, *ASKED))

    def flip(self, name: str, column: int, bit: int) -> Settled:
        """What a look gives while one bit is flipped."""
        (row,) = self.sql(SELECT, name, self.subject)
        data = bytearray(row[column])
        data[bit // 8 % len(data)] ^= 1 << bit % 8
        changed = [*row[:column], bytes(data), *row[column + 1 :]]
        self.sql(UPDATE, *changed, name, self.subject)
        try:
            return self.look()
        finally:
            self.sql(UPDATE, *row, name, self.subject)


@pytest.fixture(scope="module")
def bench(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    with World(folder, place=engine.place(folder)) as world:
        yield Bench(world)


def _is_harmless(settled: Settled) -> bool:
    """An error, or the stored values with some of them missing: never another value."""
    if settled.error is not None:
        return isinstance(settled.error, UndecryptableError) and settled.value is None
    return all(value in (None, PERSON[name]) for name, value in settled.value[1].items())


@given(
    name=st.sampled_from(["account", "order", "_ledger"]),
    column=st.sampled_from([0, 1]),
    bit=st.integers(0, 1 << 13),
)
def test_a_flipped_bit_never_shows_another_value(
    bench: Bench, name: str, column: int, bit: int
) -> None:
    assert _is_harmless(bench.flip(name, column, bit))


@given(bit=st.integers(0, 77 * 8 - 1))
def test_a_flipped_bit_of_a_wrapped_key_opens_nothing(bench: Bench, bit: int) -> None:
    settled = bench.flip("order", 0, bit)
    assert isinstance(settled.error, UndecryptableError)


def test_a_mended_row_opens_again(bench: Bench) -> None:
    assert bench.flip("order", 0, 99).error is not None
    assert bench.look().value == (bench.token, {name: PERSON[name] for name in ASKED})


@pytest.mark.parametrize("column", ["version", "epoch"])
def test_another_version_or_epoch_of_a_row_opens_nothing(bench: Bench, column: str) -> None:
    where = "WHERE class = 'order'"
    bench.sql(f"UPDATE record SET {column} = {column} + 1 {where}")  # noqa: S608 - our names
    try:
        assert isinstance(bench.look().error, UndecryptableError)
    finally:
        bench.sql(f"UPDATE record SET {column} = {column} - 1 {where}")  # noqa: S608 - our names


def test_every_failure_is_entered_and_names_no_value(bench: Bench) -> None:
    world = bench.world
    for name, column in (("order", 0), ("order", 1), ("_ledger", 0)):
        settled = bench.flip(name, column, 8 * 45)
        assert settled.error is not None
        assert isinstance(settled.error, ShopwardError)
        assert settled.position == world.size - 1, name
        told = world.details(settled.position)
        assert (told["decision"], told["reason"]) == ("fail", "undecryptable")


def test_neither_the_old_row_nor_a_mix_of_both_opens_after_an_update(
    bench: Bench,
) -> None:
    world = bench.world
    (old,) = bench.sql(SELECT, "order", bench.subject)
    world.do(world.updating(bench.token, {"city": "Rome"}))
    (new,) = bench.sql(SELECT, "order", bench.subject)
    try:
        for mixed in ((old[0], new[1]), (new[0], old[1]), old):
            bench.sql(UPDATE, *mixed, "order", bench.subject)
            assert isinstance(bench.look().error, UndecryptableError)
    finally:
        bench.sql(UPDATE, *new, "order", bench.subject)
        world.do(world.updating(bench.token, {"city": PERSON["city"]}))
