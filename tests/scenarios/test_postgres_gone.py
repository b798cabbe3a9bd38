"""PostgreSQL goes away under a running data plane: it says so, and goes on by itself afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from shopward_client import Client, UnavailableError
from tests.postgres import engine
from tests.postgres.keeper import Cluster
from tests.scenarios.people import person
from tests.scenarios.plane import ONCE, DataPlane, home, wait_until

SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """A cluster that may be stopped, for these stories alone."""
    engine.require()
    with tempfile.TemporaryDirectory(prefix="sw-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder, "c"))
        cluster.make()
        cluster.start()
        cluster.prepare()
        yield cluster
        cluster.stop("immediate")
        shutil.rmtree(cluster.folder)


@contextmanager
def serving(own: Cluster, workers: int) -> Iterator[DataPlane]:
    postgres = engine.Postgres(own)
    with postgres.connect() as connection:
        connection.execute(f"CREATE DATABASE gone{workers}".encode())
    url = postgres.url(f"gone{workers}")
    with home() as folder, closing(DataPlane.furnish(folder, url=url, workers=workers)) as made:
        yield made.start(create=True)
    with postgres.connect() as connection:
        connection.execute(f"DROP DATABASE gone{workers} WITH (FORCE)".encode())


@pytest.fixture(scope="module", params=[2, pytest.param(1, marks=SLOW)])
def plane(own: Cluster, request: pytest.FixtureRequest) -> Iterator[DataPlane]:
    with serving(own, request.param) as made:
        yield made


def crash(own: Cluster) -> None:
    """The server is killed where it stands, and all its processes with it."""
    os.kill(own.postmaster(), signal.SIGKILL)
    wait_until(lambda: not os.path.exists(f"/proc/{own.postmaster()}"), 10)  # noqa: PTH110


def end_all(own: Cluster) -> None:
    """An administrator ends every connection, in the middle of whatever it does."""
    with engine.Postgres(own).connect(user="postgres") as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'shopward'"
        )


@pytest.mark.parametrize("how", ["fast", pytest.param("immediate", marks=SLOW), "crash"])
def test_while_it_is_gone_it_says_so_and_afterwards_it_goes_on(
    own: Cluster, plane: DataPlane, how: str
) -> None:
    with plane.caller("shop-backend") as shop:
        subject = shop.store(person(city="Aachen")).subject
        crash(own) if how == "crash" else own.stop(how)
        with pytest.raises(UnavailableError) as caught:
            shop.reveal(subject, ["city"], purpose="account")
        assert caught.value.reason == "store-gone"
        assert plane.ask("GET", "/readyz").status in {200, 503}
        own.start()
        assert shop.reveal(subject, ["city"], purpose="account").fields["city"] == "Aachen"
    wait_until(lambda: plane.ask("GET", "/readyz").status == 200, 10, plane.words)


@pytest.mark.parametrize("how", ["ended", pytest.param("crash", marks=SLOW)])
def test_what_was_acknowledged_is_there_once_whatever_happens_meanwhile(
    own: Cluster, plane: DataPlane, how: str
) -> None:
    credential, told, done = plane.credential("shop-backend"), dict[str, str](), threading.Event()
    sent: list[str] = []

    def work() -> None:
        with Client(plane.url, credential=credential, retry=ONCE) as shop:
            while not done.is_set():
                given = person()
                sent.append(given["email"])
                with suppress(UnavailableError):
                    told[given["email"]] = shop.store(given).subject

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(3):
        before = len(told)
        wait_until(lambda before=before: len(told) > before + 20, 30, plane.words)
        if how == "ended":
            end_all(own)
        else:
            crash(own)
            own.start()
        del turn
    before = len(told)
    wait_until(lambda: len(told) > before + 20, 30, plane.words)
    done.set()
    for thread in threads:
        thread.join()
    with plane.client(credential) as shop, plane.caller("auditor") as auditor:
        for mail, subject in told.items():
            assert shop.search("email", mail, purpose="account").subject == subject
        size = int(auditor.checkpoint().split("\n")[1])
        entries = [
            row for start in range(0, size, 1000) for row in auditor.entries(start, 1000).entries
        ]
        assert [row.index for row in entries] == list(range(len(entries)))
    assert len(told) <= len(sent)
