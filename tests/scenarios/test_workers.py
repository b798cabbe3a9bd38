"""Two workers on one PostgreSQL: what one changes holds for the other, and none is missed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing

import pytest

from shopward_client import Client, ConflictError, ShopwardError, UnauthenticatedError
from tests.postgres.engine import Postgres
from tests.scenarios.people import person
from tests.scenarios.plane import ONCE, DataPlane, at_once, home, kind_of, wait_until

TRIES = 24
"""So many new connections reach both workers, for all practical purposes."""


@pytest.fixture
def pair(postgres: Postgres) -> Iterator[DataPlane]:
    """A data plane of two workers."""
    with home() as folder:
        url = postgres.place(folder).url
        with closing(DataPlane.furnish(folder, url=url, workers=2)) as made:
            yield made.start(create=True)
        postgres.drop(folder)


def children(plane: DataPlane) -> list[int]:
    """The workers of a data plane."""
    assert plane.process is not None
    task = f"/proc/{plane.process.pid}/task/{plane.process.pid}/children"
    with open(task, encoding="ascii") as file:  # noqa: PTH123 - a file of the kernel
        return [int(one) for one in file.read().split()]


def each(plane: DataPlane, credential: str, subject: str) -> list[object]:
    """A look on each of many connections of its own."""
    found: list[object] = []
    for _ in range(TRIES):
        with Client(plane.url, credential=credential, retry=ONCE) as shop:
            try:
                found.append(shop.reveal(subject, ["city"], purpose="account").fields["city"])
            except ShopwardError as error:
                found.append(type(error))
    return found


def kinds(plane: DataPlane) -> list[str]:
    with plane.caller("auditor") as auditor:
        return [kind_of(one.leaf) for one in auditor.entries(0, 1000).entries]


def test_both_serve_and_their_figures_are_told_apart(pair: DataPlane) -> None:
    credential = pair.credential("shop-backend")
    with pair.client(credential) as shop:
        subject = shop.store(person(city="Aachen")).subject
    assert set(each(pair, credential, subject)) == {"Aachen"}
    gauges = [f'shopward_ledger_entries{{worker="{number}"}}' for number in range(2)]

    def text() -> str:
        return pair.ask("GET", "/metrics").body.decode()

    wait_until(lambda: all(one in text() for one in gauges), 10)
    assert text().count("# TYPE shopward_ledger_entries gauge") == 1


def test_a_revoked_caller_is_refused_by_every_worker_at_once(pair: DataPlane) -> None:
    credential = pair.credential("shop-backend")
    with pair.client(credential) as shop:
        subject = shop.store(person(city="Aachen")).subject
    assert set(each(pair, credential, subject)) == {"Aachen"}
    with pair.operator() as operator:
        (made,) = [one for one in operator.callers() if one.role == "shop-backend"]
        operator.revoke_caller(made.id)
    assert set(each(pair, credential, subject)) == {UnauthenticatedError}
    answers = {
        pair.ask("GET", "/v1/log/checkpoint", credential=credential).status for _ in range(TRIES)
    }
    assert 200 not in answers


def test_a_policy_is_in_force_everywhere_in_the_transaction_of_its_entry(pair: DataPlane) -> None:
    credential = pair.credential("shop-backend")
    with pair.client(credential) as shop:
        subject = shop.store(person(city="Aachen")).subject
    strict = '\n[[deny]]\nrole = "*"\npurpose = "*"\nfields = ["city"]\n'
    pair.edit_policy(lambda text: text + strict)
    with pair.operator() as operator:
        operator.reload_policy()
    assert "Aachen" not in each(pair, credential, subject)
    assert kinds(pair).count("policy:loaded") == 2


def test_an_idempotency_key_is_one_for_all_workers(pair: DataPlane) -> None:
    credential, body = pair.credential("shop-backend"), {"fields": person()}
    headers = {"Idempotency-Key": "only-once"}

    def store() -> int:
        return pair.ask("POST", "/v1/records", body, credential=credential, headers=headers).status

    assert set(at_once(*[store] * 12)) <= {200, 201}
    assert kinds(pair).count("record:stored") == 1


def test_one_mail_address_is_given_to_one_customer_whoever_asks(pair: DataPlane) -> None:
    credential = pair.credential("shop-backend")

    def store(at: int) -> object:
        with Client(pair.url, credential=credential, retry=ONCE) as shop:
            return shop.store(person(email=f"taken{at // 4}@example.com")).subject

    told = at_once(*[lambda at=at: store(at) for at in range(16)])
    subjects = [one for one in told if isinstance(one, str)]
    assert len(subjects) == 4
    assert all(isinstance(one, str | ConflictError) for one in told), told


def test_a_worker_that_dies_is_replaced_and_that_is_entered(pair: DataPlane) -> None:
    credential = pair.credential("shop-backend")
    with pair.client(credential) as shop:
        subject = shop.store(person(city="Aachen")).subject
    first, second = children(pair)
    os.kill(second, signal.SIGKILL)
    wait_until(lambda: kinds(pair).count("worker:restarted") == 1, 30, pair.words)
    assert first in children(pair)
    assert second not in children(pair)
    assert set(each(pair, credential, subject)) == {"Aachen"}


def test_a_stop_drains_every_worker_and_enters_it_last(pair: DataPlane) -> None:
    workers = children(pair)
    assert pair.stop() == 0
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
    pair.start()
    assert kinds(pair)[:5].count("server:stopped") == 1


def test_workers_end_with_their_parent(pair: DataPlane) -> None:
    workers = children(pair)
    pair.kill()
    wait_until(lambda: not any(os.path.exists(f"/proc/{one}") for one in workers), 15)  # noqa: PTH110
    pair.start()


def test_what_cannot_start_ends_all_with_its_reason(pair: DataPlane) -> None:
    pair.stop()
    (pair.home / "keys" / "passphrase").write_text("another passphrase altogether")
    status, said = pair.refuses_to_start()
    assert status == 1
    assert "passphrase does not open the keystore" in said
