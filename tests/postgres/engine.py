"""The engines that a store can run on, for tests that hold on each of them.

A test asks for the fixture `engine`; it then runs once per engine. PostgreSQL comes from Debian's
packages: one cluster for the whole run, shared by all its processes, and a database of its own for
each place, copied from one that is migrated already.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import uuid4

import apsw
import psycopg
from psycopg.sql import SQL, Identifier

from shopward.settings import StoreSettings
from shopward.store.postgres_opening import PostgresOpening
from tests.debian import absent, program
from tests.postgres.keeper import ROLE, Cluster, binaries, server_user

TEMPLATE = "shopward_template"
TABLES = """SELECT tablename FROM pg_tables
WHERE schemaname = 'public' AND tablename <> 'shopward_schema'"""
END_OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Engine(Protocol):
    """Gives places for stores."""

    name: str

    def place(self, folder: Path) -> StoreSettings:
        """A place where no store is yet; the second time with a folder, the same place."""

    def drop(self, folder: Path) -> None:
        """Forgets the place of this folder, which nobody has open."""


class Sqlite:
    """A file in the test's folder."""

    name = "sqlite"

    def place(self, folder: Path) -> StoreSettings:
        return StoreSettings(folder / "vault.db")

    def drop(self, folder: Path) -> None:
        """The file goes with its folder."""


class Postgres:
    """A running cluster."""

    name = "postgres"

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._places: dict[Path, str] = {}
        self._free: list[str] = []

    def place(self, folder: Path) -> StoreSettings:
        if folder not in self._places:
            self._places[folder] = self._free.pop() if self._free else self.database()
        return StoreSettings(folder / "vault.db", self.url(self._places[folder]))

    def database(self) -> str:
        """A new database with the tables of a store and nothing in them."""
        name = f"t_{uuid4().hex}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    def drop(self, folder: Path) -> None:
        """Empties the database for the next place: dropping one waits for a checkpoint."""
        name = self._places.pop(folder)
        with self.connect(name) as connection:
            connection.execute(END_OTHERS)
            for (table,) in connection.execute(TABLES).fetchall():
                connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        self._free.append(name)

    def url(self, database: str) -> str:
        """Over the Unix socket, which asks for no password."""
        return (
            f"postgresql://{ROLE}@/{database}?host={self.cluster.folder}&port={self.cluster.port}"
        )

    @contextmanager
    def pooled(self, config: str, place: StoreSettings) -> Iterator[StoreSettings]:
        """The same place behind a pgbouncer of this configuration."""
        pgbouncer = program("pgbouncer", "pgbouncer")
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "pgbouncer.ini")
            given = {"folder": self.cluster.folder, "server": self.cluster.port, "home": folder}
            file.write_text(config.format(port=port, **given))
            if (user := server_user()) is not None:
                shutil.chown(folder, user)
            pooler = subprocess.Popen([pgbouncer, "-q", str(file)], user=user)
            try:
                name = str(place.url).rpartition("/t_")[2].partition("?")[0]
                url = f"postgresql://{ROLE}@127.0.0.1:{port}/t_{name}"
                _await(url)
                yield StoreSettings(place.path, url, pooler="transaction")
            finally:
                pooler.terminate()
                pooler.wait()

    def connect(self, database: str = "postgres", user: str = ROLE) -> psycopg.Connection:
        """A connection of the test's own, in autocommit."""
        folder, port = str(self.cluster.folder), self.cluster.port
        return psycopg.connect(host=folder, port=port, user=user, dbname=database, autocommit=True)


@contextmanager
def running() -> Iterator[Postgres]:
    """The cluster of this test run, started by whoever comes first."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"sw-pg-{run[:12]}"
    with _in_use(folder):
        yield Postgres(Cluster(folder))


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Holds the cluster, and starts it where nobody has."""
    with folder.with_suffix(".start").open("w") as start, _locked(folder) as lock:
        fcntl.flock(start, fcntl.LOCK_EX)
        if not folder.exists():
            _start(folder)
        fcntl.flock(start, fcntl.LOCK_UN)
        yield
        lock.close()


def _locked(folder: Path) -> IO[str]:
    lock = folder.with_suffix(".lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _start(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.postgres.keeper", str(folder)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    engine = Postgres(Cluster(folder))
    with engine.connect() as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    PostgresOpening(StoreSettings(url=engine.url(TEMPLATE)), lambda: 0).abandon()


def require() -> None:
    """Skips by name where Debian's PostgreSQL is not installed; under CI=true that is a failure."""
    if binaries() is None:
        absent("postgresql")


def free_port() -> int:
    """A loopback port nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(url: str) -> None:
    """Until somebody answers there."""
    until_s = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert time.monotonic() < until_s
            time.sleep(0.05)
        else:
            return


def sql(place: StoreSettings, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Runs a statement behind the back of whoever has the store open; `?` marks a value."""
    if place.url is None:
        with closing(apsw.Connection(str(place.path))) as connection:
            return list(connection.execute(statement, values))
    with psycopg.connect(place.url, autocommit=True) as made:
        cursor = made.execute(statement.replace("?", "%b").encode(), values)
        return cursor.fetchall() if cursor.description else []
