"""Rows that were damaged or swapped in the file: never a wrong value, always an entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import apsw
import pytest

from shopward.vault import body
from shopward_client import Client, ErasedError, Reveal, ShopwardError, UndecryptableError
from tests.scenarios.people import number, person
from tests.scenarios.plane import Answer, DataPlane, kind_of

KEY = {"Idempotency-Key": "a-key-to-damage"}
Change = Callable[[apsw.Connection], None]


@dataclass(frozen=True, slots=True)
class Shop:
    """A stopped data plane with two customers; `ada` is the one that gets damaged."""

    plane: DataPlane
    credential: str
    auditing: str
    ordering: str
    ada: str
    bob: str
    fact: str
    replay: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def used(file_plane: DataPlane) -> Shop:
    plane = file_plane
    credential, ordering = plane.credential("shop-backend"), plane.credential("order-system")
    with plane.client(credential) as shop, plane.client(ordering) as orders:
        ada = shop.store(person(city="Aachen", company="Alpha"), external="ada").subject
        bob = shop.store(person(city="Bonn", company="Beta"), external="bob").subject
        fact = f"order:{number()}"
        orders.put_fact(fact, ada, "open")
        replay = {"fields": person()}
        plane.ask("POST", "/v1/records", replay, credential=credential, headers=KEY)
    made = Shop(plane, credential, plane.credential("auditor"), ordering, ada, bob, fact, replay)
    assert plane.stop() == 0
    return made


@contextmanager
def damaged(used: Shop, change: Change) -> Iterator[tuple[DataPlane, Client, Client]]:
    """A copy that was damaged and started again; its shop and its auditor."""
    with used.plane.copied() as plane:
        connection = apsw.Connection(str(plane.home / "store" / "vault.db"))
        change(connection)
        connection.close()
        plane.start()
        yield plane, plane.client(used.credential), plane.client(used.auditing)
        assert plane.ask("GET", "/readyz").status == 200
        assert "Traceback" not in plane.words()
        for value in ("Aachen", "Bonn"):
            assert value not in plane.words()


def _subjects(connection: apsw.Connection) -> tuple[bytes, bytes]:
    """Ada's and Bob's ids: the oldest two that are no house."""
    rows = list(connection.execute("SELECT subject FROM subject ORDER BY subject LIMIT 3"))
    return rows[1][0], rows[2][0]


def _row(connection: apsw.Connection, subject: bytes, name: str) -> tuple[bytes, bytes]:
    sql = "SELECT wrapped, body FROM record WHERE subject = ? AND class = ?"
    (row,) = connection.execute(sql, (subject, name))
    return row[0], row[1]


def _put(connection: apsw.Connection, who: bytes, name: str, wrapped: bytes, body_: bytes) -> None:
    sql = "UPDATE record SET wrapped = ?, body = ? WHERE subject = ? AND class = ?"
    connection.execute(sql, (wrapped, body_, who, name))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def flip_value(name: str, field: str) -> Change:
    def change(connection: apsw.Connection) -> None:
        ada, _ = _subjects(connection)
        wrapped, sealed = _row(connection, ada, name)
        fields = body.unpack(sealed)
        fields[field] = flipped(fields[field], len(fields[field]) - 3)
        _put(connection, ada, name, wrapped, body.pack(fields))

    return change


def flip_key(name: str, at: int) -> Change:
    def change(connection: apsw.Connection) -> None:
        ada, _ = _subjects(connection)
        wrapped, sealed = _row(connection, ada, name)
        _put(connection, ada, name, flipped(wrapped, at), sealed)

    return change


def truncate_body(connection: apsw.Connection) -> None:
    ada, _ = _subjects(connection)
    wrapped, sealed = _row(connection, ada, "order")
    _put(connection, ada, "order", wrapped, sealed[:-20])


def bobs_body(connection: apsw.Connection) -> None:
    ada, bob = _subjects(connection)
    _put(
        connection,
        ada,
        "order",
        _row(connection, ada, "order")[0],
        _row(connection, bob, "order")[1],
    )


def bobs_row(connection: apsw.Connection) -> None:
    ada, bob = _subjects(connection)
    _put(connection, ada, "order", *_row(connection, bob, "order"))


def another_class(connection: apsw.Connection) -> None:
    ada, _ = _subjects(connection)
    _put(connection, ada, "order", *_row(connection, ada, "account"))


def city_is_company(connection: apsw.Connection) -> None:
    ada, _ = _subjects(connection)
    wrapped, sealed = _row(connection, ada, "order")
    fields = body.unpack(sealed)
    _put(connection, ada, "order", wrapped, body.pack(fields | {"city": fields["company"]}))


def another_version(connection: apsw.Connection) -> None:
    ada, _ = _subjects(connection)
    connection.execute(
        "UPDATE record SET version = 2 WHERE subject = ? AND class = 'order'", (ada,)
    )


def no_ledger_row(connection: apsw.Connection) -> None:
    ada, _ = _subjects(connection)
    connection.execute("DELETE FROM record WHERE subject = ? AND class = '_ledger'", (ada,))


def another_epoch(connection: apsw.Connection) -> None:
    ada, _ = _subjects(connection)
    connection.execute(
        "UPDATE record SET epoch = epoch + 7 WHERE subject = ? AND class = 'order'", (ada,)
    )


FIELDS = {
    "a byte of a value": flip_value("order", "city"),
    "a byte of a key": flip_key("order", 50),
    "the format of a key": flip_key("order", 0),
    "half a body": truncate_body,
    "another customer's body": bobs_body,
    "another customer's key and body": bobs_row,
    "the body of another class": another_class,
    "the value of another field": city_is_company,
    "another version of the key": another_version,
}
LEDGER = {
    "a byte of the customer's token": flip_value("_ledger", "#token"),
    "a byte of the key of the customer's entries": flip_key("_ledger", 50),
    "the row of the customer's entries": no_ledger_row,
}


def _fails(look: Callable[[], object], auditor: Client) -> None:
    """The look fails without a value, and the failure is entered."""
    with pytest.raises(UndecryptableError) as caught:
        look()
    assert caught.value.status == 500
    assert "Aachen" not in caught.value.detail
    assert caught.value.receipt is not None
    row = auditor.entries(caught.value.receipt.index, 1).entries[0]
    assert kind_of(row.leaf) == "record:failed"
    details = json.loads(row.details or "")
    assert (details["decision"], details["reason"]) == ("fail", "undecryptable")


@pytest.mark.parametrize("what", FIELDS)
def test_a_damaged_field_does_not_open_and_the_failure_is_entered(used: Shop, what: str) -> None:
    with damaged(used, FIELDS[what]) as (_, shop, auditor):
        _fails(lambda: shop.reveal(used.ada, ["city"], purpose="account"), auditor)
        _fails(lambda: shop.update("external:ada", {"city": "Rome"}), auditor)
        seen = shop.reveal(used.ada, ["first_name"], purpose="account")
        assert seen.fields == {"first_name": "Ada"}
        assert shop.reveal(used.bob, ["city"], purpose="account").fields == {"city": "Bonn"}


@pytest.mark.parametrize("what", LEDGER)
def test_without_a_place_for_its_entries_a_customer_is_not_shown(used: Shop, what: str) -> None:
    with damaged(used, LEDGER[what]) as (plane, shop, auditor):
        orders = plane.client(used.ordering)
        _fails(lambda: shop.reveal("external:ada", ["city"], purpose="account"), auditor)
        _fails(lambda: shop.update("external:ada", {"city": "Rome"}), auditor)
        _fails(lambda: orders.facts("external:ada"), auditor)
        assert shop.reveal(used.bob, ["city"], purpose="account").fields == {"city": "Bonn"}


def test_a_damaged_customer_does_not_spoil_a_batch(used: Shop) -> None:
    for change in (flip_value("order", "city"), no_ledger_row, flip_key("_ledger", 50)):
        with damaged(used, change) as (_, shop, _):
            looks = [
                Reveal(f"external:{who}", ["city"], "account") for who in ("bob", "ada", "bob")
            ]
            assert [one.status for one in shop.reveal_many(looks)] == [200, 500, 200]


@pytest.mark.parametrize("what", FIELDS | LEDGER)
def test_a_damaged_customer_can_still_be_erased(used: Shop, what: str) -> None:
    with damaged(used, (FIELDS | LEDGER)[what]) as (_, shop, _):
        erased = shop.erase(used.ada)
        assert erased.classes == ("account", "order")
        assert [one.name for one in erased.stays] == ["tax"]
        with pytest.raises(ErasedError):
            shop.reveal(used.ada, ["first_name"], purpose="account")


def test_a_key_whose_epoch_is_gone_opens_nothing(used: Shop) -> None:
    with damaged(used, another_epoch) as (_, shop, auditor):
        _fails(lambda: shop.reveal(used.ada, ["city"], purpose="account"), auditor)


def test_damaged_details_are_told_from_a_whole_entry_and_its_inclusion_still_holds(
    used: Shop,
) -> None:
    def change(connection: apsw.Connection) -> None:
        ((at, sealed),) = connection.execute("SELECT max(position), sealed FROM leaf")
        sql = "UPDATE leaf SET sealed = ? WHERE position = ?"
        connection.execute(sql, (flipped(sealed, 40), at))
        places.append(at)

    places: list[int] = []
    with damaged(used, change) as (_, shop, auditor):
        row = auditor.entries(places[0], 1).entries[0]
        assert (row.salt, row.details, row.is_damaged) == (None, None, True)
        whole = auditor.entries(places[0] - 1, 1).entries[0]
        assert not whole.is_damaged
        assert shop.inclusion(places[0], places[0] + 1).hashes
        with pytest.raises(UndecryptableError):
            shop.receipt(places[0])


def test_a_damaged_answer_under_an_idempotency_key_is_not_given_and_nothing_is_written(
    used: Shop,
) -> None:
    def change(connection: apsw.Connection) -> None:
        for digest, sealed in list(connection.execute("SELECT digest, sealed FROM replay")):
            sql = "UPDATE replay SET sealed = ? WHERE digest = ?"
            connection.execute(sql, (flipped(sealed, 40), digest))

    with damaged(used, change) as (plane, _, _):
        before = plane.size()
        again: Answer = plane.ask(
            "POST", "/v1/records", used.replay, credential=used.credential, headers=KEY
        )
        assert (again.status, again.json()["code"]) == (500, "undecryptable")
        later = plane.operator().entries(before, 10).entries
        assert [kind_of(row.leaf) for row in later] == ["record:failed"]


def test_a_page_of_the_store_that_was_overwritten_gives_an_error_and_no_value(used: Shop) -> None:
    def change(connection: apsw.Connection) -> None:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'record'"
        ((page,),) = connection.execute(sql)
        pages.append(page)

    pages: list[int] = []
    with used.plane.copied() as plane:
        path = plane.home / "store" / "vault.db"
        connection = apsw.Connection(str(path))
        change(connection)
        ((size,),) = connection.execute("PRAGMA page_size")
        connection.close()
        data = bytearray(path.read_bytes())
        data[(pages[0] - 1) * size : (pages[0] - 1) * size + 100] = bytes([0xA5]) * 100
        path.write_bytes(data)
        try:
            plane.start()
        except AssertionError:
            assert "shopward: error: " in plane.words()
            assert "should not have happened" not in plane.words()
            return
        shop = plane.client(used.credential)
        with pytest.raises(ShopwardError) as caught:
            shop.reveal(used.ada, ["city"], purpose="account")
        assert caught.value.status in {500, 503}
        assert plane.ask("GET", "/healthz").status == 200
