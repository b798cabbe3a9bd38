"""A shop's database on each engine, as a test needs it: run SQL, read rows, an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import apsw
import pytest

from tests.mariadb import server as servers
from tests.postgres import engine as postgres

NAMES = ("sqlite", "postgres", "mariadb")
Rows = list[tuple[Any, ...]]


@dataclass
class Database:
    """One database of a test's own."""

    engine: str
    address: str
    connection: Any = field(repr=False)

    def run(self, *statements: str) -> None:
        for statement in statements:
            self._execute(statement, ())

    def many(self, sql: str, rows: Rows) -> None:
        marked = sql.replace("%s", "?") if self.engine == "sqlite" else sql
        if self.engine == "sqlite":
            with self.connection:
                self.connection.executemany(marked, rows)
            return
        with self.connection.cursor() as cursor:
            cursor.executemany(marked, rows)

    def rows(self, sql: str, *values: Any) -> Rows:
        return [tuple(row) for row in self._execute(sql, values)]

    def _execute(self, sql: str, values: tuple[Any, ...]) -> Any:
        if self.engine == "sqlite":
            return list(self.connection.execute(sql.replace("%s", "?"), values))
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def started(name: str) -> Iterator[Any]:
    """The server of an engine; None for SQLite."""
    if name == "sqlite":
        yield None
    elif name == "postgres":
        with postgres.running() as cluster:
            yield cluster
    else:
        with servers.running() as server:
            yield server


@contextmanager
def database(name: str, server: Any, folder: Path) -> Iterator[Database]:
    """An empty database."""
    mark = f"s_{uuid4().hex}"
    if name == "sqlite":
        path = folder / "shop.db"
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(30_000)
        yield Database(name, f"sqlite://{path}", connection)
        connection.close()
    elif name == "postgres":
        with server.connect() as outside:
            outside.execute(f"CREATE DATABASE {mark} TEMPLATE template0 ENCODING 'UTF8'")
            with server.connect(mark) as connection:
                yield Database(name, server.url(mark), connection)
            outside.execute(f"DROP DATABASE {mark} WITH (FORCE)")
    else:
        server.run(f"CREATE DATABASE {mark}")
        connection = server.connect(mark)
        yield Database(name, server.url(mark), connection)
        connection.close()
        server.run(f"DROP DATABASE {mark}")


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    with started(request.param) as server:
        yield request.param, server


@pytest.fixture
def shop(engine: tuple[str, Any], tmp_path: Path) -> Iterator[Database]:
    with database(*engine, tmp_path) as made:
        yield made
