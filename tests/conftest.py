"""What every test shares: how hard Hypothesis tries, an environment without our variables, engines.

A test that asks for `engine` runs on SQLite and on PostgreSQL; one that asks for `postgres` is
about PostgreSQL itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from shopward.settings import StoreSettings
from tests.postgres import accounts
from tests.postgres import engine as engines

settings.register_profile("default", max_examples=50, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

for _name in [name for name in os.environ if name.startswith("SHOPWARD_")]:
    del os.environ[_name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--accounts postgres` runs the control plane's tests on PostgreSQL."""
    parser.addoption("--accounts", choices=("sqlite", "postgres"), default="sqlite")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> None:
    """The engine under Django in this run; SQLite in a file, where threads wait for each other."""
    del django_db_modify_db_settings_parallel_suffix
    if request.config.getoption("--accounts") == "postgres":
        accounts.use_postgres(request.getfixturevalue("postgres"))
    else:
        accounts.use_file(tmp_path_factory.mktemp("accounts") / "console.db")


@pytest.fixture(scope="session")
def postgres() -> Iterator[engines.Postgres]:
    """The PostgreSQL cluster of this test run."""
    engines.require()
    with engines.running() as engine:
        yield engine


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> engines.Engine:
    """Each engine that a store runs on."""
    if request.param == "sqlite":
        return engines.Sqlite()
    found: engines.Postgres = request.getfixturevalue("postgres")
    return found


@pytest.fixture
def place(engine: engines.Engine, tmp_path: Path) -> Iterator[StoreSettings]:
    """Where a test's own store goes, on each engine."""
    yield engine.place(tmp_path)
    engine.drop(tmp_path)
