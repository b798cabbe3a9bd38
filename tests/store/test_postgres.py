"""PostgreSQL itself: several writers, a server that goes away, and one that is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from shopward.errors import ConfigError, IntegrityError, UnavailableError
from shopward.settings import Secret, StoreSettings
from shopward.store import Committed, Op
from shopward.store.postgres import PostgresStore
from shopward.store.postgres_arrays import Blobs
from shopward.store.postgres_look import LOOK
from shopward.store.postgres_opening import PostgresOpening
from shopward.store.postgres_writer import Writer
from tests.postgres.engine import END_OTHERS, Postgres
from tests.store.shelf import (
    Shelf,
    digest,
    put_alias,
    put_class,
    put_fact,
    put_subject,
    subject,
    told,
)


@pytest.fixture
def place(postgres: Postgres, tmp_path: Path) -> Iterator[StoreSettings]:
    yield postgres.place(tmp_path)
    postgres.drop(tmp_path)


@pytest.fixture
def shelf(place: StoreSettings) -> Iterator[Shelf]:
    with Shelf(place) as made:
        yield made


@pytest.fixture
def other(shelf: Shelf) -> Iterator[Shelf]:
    """Another process's view of the same store."""
    with Shelf(shelf.place) as made:
        yield made


def end_connections(place: StoreSettings) -> None:
    assert place.url is not None
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(END_OTHERS)


# Plans


def test_a_look_never_reads_a_whole_table_although_nothing_was_analysed_yet(shelf: Shelf) -> None:
    names = [f"who-{number}" for number in range(2_000)]
    shelf.commit(*[shelf.stored(name, f"mail-{name}") for name in names])
    wanted = Blobs(digest(f"mail-{name}") for name in names[:64])

    async def plan() -> str:
        assert isinstance(shelf.store, PostgresStore)
        serving = await shelf.store._line.open()
        rows = await serving.execute("EXPLAIN " + LOOK, (wanted,))
        return "\n".join([row[0] for row in await rows.fetchall()])

    told_plan = shelf.run(plan())
    assert "Index" in told_plan
    assert "Seq Scan" not in told_plan


# Several writers


def test_each_writer_goes_on_where_the_other_stopped(shelf: Shelf, other: Shelf) -> None:
    positions = []
    for turn in range(6):
        at = (shelf, other)[turn % 2]
        outcomes = at.commit(*[at.change() for _ in range(3)])
        positions += [one.position for one in outcomes if isinstance(one, Committed)]
    assert positions == list(range(positions[0], positions[0] + 18))
    shelf.run(shelf.store.refresh())
    assert (shelf.log.root, shelf.log.note) == (other.log.root, other.log.note)
    shelf.reopen()
    assert shelf.log.root == other.log.root


def test_a_writer_far_behind_reads_all_it_has_missed(shelf: Shelf, other: Shelf) -> None:
    for _ in range(5):
        other.commit(*[other.change() for _ in range(1000)])
    (outcome,) = shelf.commit(shelf.change())
    assert isinstance(outcome, Committed)
    assert outcome.position == other.log.size
    assert shelf.run(shelf.store.tile(0, 0)) is not None


def test_what_another_writer_moved_makes_a_change_stale(shelf: Shelf, other: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    as_of = shelf.run(shelf.store.look([])).as_of
    other.commit(other.change(put_subject("ada", 2), guard=("ada", 1)))
    assert told(shelf.commit(shelf.change(guard=("ada", 1)), as_of=as_of)) == ["stale"]
    as_of = shelf.run(shelf.store.look([])).as_of
    assert told(shelf.commit(shelf.change(guard=("ada", 2)), as_of=as_of)) == ["committed"]
    other.commit(other.change(put_fact("ada", "7"), fact=("7", 0)))
    assert told(shelf.commit(shelf.change(fact=("7", 0)), as_of=as_of)) == ["stale"]


def test_an_alias_of_another_writers_customer_is_taken(shelf: Shelf, other: Shelf) -> None:
    as_of = shelf.run(shelf.store.look([])).as_of
    other.commit(other.stored("ada", "mail"))
    assert told(shelf.commit(shelf.stored("eve", "mail"), as_of=as_of)) == ["taken"]


def test_another_writers_policy_and_callers_are_seen_by_the_next_look(
    shelf: Shelf, other: Shelf
) -> None:
    other.commit(other.change((Op.SET_POLICY, ("stricter",)), policy=None))
    revoke = (Op.REVOKE_CALLER, (1, bytes(32), "nobody"))
    other.commit(other.change(revoke, policy=None))
    state = shelf.run(shelf.store.look([])).state
    assert (state.policy, state.callers) == ("stricter", 1)
    late = shelf.change(policy="stricter")
    late.callers = 0
    assert told(shelf.commit(late)) == ["stale"]


def test_writers_at_once_lose_nothing(shelf: Shelf, other: Shelf) -> None:
    before = shelf.leaves()

    async def rush(at: Shelf) -> list[Any]:
        return [await at.store.commit([at.change() for _ in range(5)], -1) for _ in range(20)]

    async def both() -> list[list[Any]]:
        return list(await asyncio.gather(rush(shelf), rush(other)))

    shelf.run(both())
    assert shelf.leaves() == before + 200
    shelf.reopen()
    assert shelf.log.size == before + 200


def test_leaves_that_the_key_did_not_sign_are_noticed(shelf: Shelf, postgres: Postgres) -> None:
    assert shelf.place.url is not None
    with psycopg.connect(shelf.place.url, autocommit=True) as connection:
        connection.execute("INSERT INTO leaf SELECT 1, leaf, subject, sealed FROM leaf")
        connection.execute("UPDATE head SET size = size + 1")
    for _ in range(2):
        with pytest.raises(IntegrityError):
            shelf.commit(shelf.change())
    assert shelf.leaves() == 2


def test_a_copy_that_lacks_the_last_entries_is_noticed(shelf: Shelf, other: Shelf) -> None:
    note = shelf.log.note
    shelf.commit(shelf.change())
    assert shelf.place.url is not None
    with psycopg.connect(shelf.place.url, autocommit=True) as connection:
        connection.execute("DELETE FROM leaf WHERE position = 1")
        connection.execute("UPDATE head SET size = 1, note = %s", (note,))
    with pytest.raises(IntegrityError):
        shelf.commit(shelf.change())


# A server that goes away


def test_a_lost_connection_costs_nobody_an_answer(shelf: Shelf) -> None:
    shelf.commit(shelf.stored("ada", "mail"))
    end_connections(shelf.place)
    assert shelf.found("mail") is not None
    end_connections(shelf.place)
    assert told(shelf.commit(shelf.change(guard=("ada", 1)))) == ["committed"]
    end_connections(shelf.place)
    assert len(shelf.leaf_bytes()) == shelf.log.size == 3


@pytest.mark.parametrize("is_sent", [False, True])
def test_lost_while_it_commits_a_group_is_there_once(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, *, is_sent: bool
) -> None:
    real, lost = Writer.commit, []

    async def commit(writer: Writer, connection: Any, staged: Any) -> None:
        if lost:
            await real(writer, connection, staged)
            return
        lost.append(staged)
        if is_sent:
            await real(writer, connection, staged)
        end_connections(shelf.place)
        await connection.execute("SELECT 1")

    monkeypatch.setattr(Writer, "commit", commit)
    before = shelf.leaves()
    (outcome,) = shelf.commit(shelf.stored("ada", "mail"))
    assert isinstance(outcome, Committed)
    assert outcome.position == before
    assert shelf.leaves() == shelf.log.size == before + 1
    assert shelf.found("mail") is not None
    assert told(shelf.commit(shelf.change(guard=("ada", 1)))) == ["committed"]


def test_a_server_that_stays_away_is_said_to_be_unknown_then_gone(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopward.store.postgres.DOUBT_S", 0.3)
    real = shelf.store._line._address.connect_async

    async def commit(writer: Writer, connection: Any, staged: Any) -> None:
        shelf.store._line._address.connect_async = nobody
        end_connections(shelf.place)
        await connection.execute("SELECT 1")

    async def nobody(_plans: object) -> None:
        raise psycopg.OperationalError("a host and a user")

    with monkeypatch.context() as away:
        away.setattr(Writer, "commit", commit)
        with pytest.raises(UnavailableError) as caught:
            shelf.commit(shelf.change())
        assert caught.value.reason == "outcome-unknown"
        with pytest.raises(UnavailableError) as caught:
            shelf.commit(shelf.change())
        assert caught.value.reason == "store-gone"
        assert "host" not in caught.value.detail
    shelf.store._line._address.connect_async = real
    assert told(shelf.commit(shelf.change())) == ["committed"]
    assert shelf.leaves() == shelf.log.size == 2


def test_a_refused_write_leaves_nothing_and_the_next_goes_on(shelf: Shelf) -> None:
    assert shelf.place.url is not None
    with psycopg.connect(shelf.place.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE record ADD CONSTRAINT few CHECK (class <> 'big')")
    bad = shelf.change(put_subject("eve"), put_class("eve", "big"), put_alias("eve", "mail"))
    with pytest.raises(UnavailableError) as caught:
        shelf.commit(shelf.change(), bad)
    assert "eve" not in caught.value.detail
    assert shelf.leaves() == shelf.log.size == 1
    with psycopg.connect(shelf.place.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE record DROP CONSTRAINT few")
    assert told(shelf.commit(shelf.change(), bad)) == ["committed", "committed"]
    assert shelf.class_row("eve", "big") is not None
    assert subject("eve")


# A server that is refused


def test_a_server_that_acknowledges_too_early_is_refused_now_and_later(shelf: Shelf) -> None:
    assert shelf.place.url is not None
    with psycopg.connect(shelf.place.url, autocommit=True) as connection:
        name = Identifier(connection.info.dbname)
        connection.execute(SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
        end_connections(shelf.place)
    with pytest.raises(ConfigError) as refused:
        PostgresOpening(shelf.place, lambda: 0)
    assert refused.value.reason == "not-durable"
    assert "synchronous_commit" in refused.value.detail
    with pytest.raises(UnavailableError) as caught:
        shelf.commit(shelf.change())
    assert caught.value.reason == "not-durable"
    with psycopg.connect(shelf.place.url, autocommit=True) as connection:
        connection.execute(SQL("ALTER DATABASE {} RESET synchronous_commit").format(name))
        end_connections(shelf.place)
    assert told(shelf.commit(shelf.change())) == ["committed"]
    assert shelf.leaves() == 2


def test_a_database_of_another_encoding_is_refused(postgres: Postgres) -> None:
    with postgres.connect(user="postgres") as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(ConfigError) as caught:
            PostgresOpening(StoreSettings(url=postgres.url("latin")), lambda: 0)
        assert caught.value.reason == "encoding"
    finally:
        with postgres.connect(user="postgres") as connection:
            connection.execute("DROP DATABASE latin WITH (FORCE)")


def test_a_store_of_a_newer_version_is_refused(place: StoreSettings) -> None:
    assert place.url is not None
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("UPDATE shopward_schema SET version = 4711")
        try:
            with pytest.raises(ConfigError) as caught:
                PostgresOpening(place, lambda: 0)
            assert "newer" in caught.value.detail
        finally:
            connection.execute("UPDATE shopward_schema SET version = 1")


def test_a_password_is_used_and_never_told(postgres: Postgres, place: StoreSettings) -> None:
    assert place.url is not None
    name = place.url.rpartition("/t_")[2].partition("?")[0]
    url = f"postgresql://shopward@127.0.0.1:{postgres.cluster.port}/t_{name}"
    word = (postgres.cluster.folder / "password").read_text().strip()
    PostgresOpening(StoreSettings(url=url, password=Secret(word)), lambda: 0).abandon()
    with pytest.raises(UnavailableError) as caught:
        PostgresOpening(StoreSettings(url=url, password=Secret("not-the-word")), lambda: 0)
    assert caught.value.reason == "store-gone"
    for hidden in ("not-the-word", name, "127.0.0.1"):
        assert hidden not in caught.value.detail + caught.value.hint


def test_a_role_that_may_make_no_tables_is_enough_to_serve(
    postgres: Postgres, place: StoreSettings
) -> None:
    with Shelf(place) as owner:
        owner.commit(owner.stored("ada", "mail"))
    assert place.url is not None
    with postgres.connect(user="postgres") as connection:
        connection.execute("DROP ROLE IF EXISTS clerk")
        connection.execute("CREATE ROLE clerk LOGIN")
    grant = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk"
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(grant)
    clerk = StoreSettings(place.path, place.url.replace("//shopward@", "//clerk@"))
    with Shelf(clerk) as shelf:
        assert told(shelf.commit(shelf.stored("bob", "other"))) == ["committed"]
        assert shelf.found("mail") is not None
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM clerk")
    with pytest.raises(UnavailableError) as caught:
        PostgresOpening(clerk, lambda: 0)
    assert caught.value.reason == "forbidden"
    with postgres.connect(user="postgres") as connection:
        connection.execute("DROP ROLE clerk")


# Behind a pooler


POOLER = """\
[databases]
* = host={folder} port={server} user=shopward
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
logfile = {home}/pgbouncer.log
ignore_startup_parameters = extra_float_digits
"""


def test_it_works_behind_a_pooler_in_transaction_mode(
    postgres: Postgres, place: StoreSettings
) -> None:
    with postgres.pooled(POOLER, place) as pooled, Shelf(pooled) as one, Shelf(pooled) as two:
        for turn in range(20):
            at = (one, two)[turn % 2]
            words = told(at.commit(at.stored(f"s{turn}", f"a{turn}"), at.change()))
            assert words == ["committed", "committed"]
            assert at.found(f"a{turn}") is not None
        assert one.leaves() == 42
        one.reopen()
        assert one.log.size == 42
