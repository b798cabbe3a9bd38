"""Django's settings of an installation that a story made, for the time of one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from psycopg.sql import SQL, Identifier
from pytest_django import Settings as SettingsWrapper

from shopward.console import asserting
from shopward.settings import ConsoleSettings, ListenSettings, MailSettings, Settings
from tests.postgres.engine import Postgres
from tests.scenarios.plane import DataPlane, home
from tests.scenarios.vouching import AUDIENCE


@pytest.fixture(scope="module")
def plane() -> Iterator[DataPlane]:
    """A running data plane that the stories of one module share."""
    with home() as folder, closing(DataPlane.furnish(folder)) as made:
        yield made.start(create=True)


@pytest.fixture
def house(settings: SettingsWrapper, tmp_path: Path) -> Settings:
    """The settings of an installation in a folder of its own; nothing runs."""
    made = msgspec.structs.replace(
        Settings(),
        home=tmp_path,
        log=AUDIENCE,
        listen=ListenSettings(socket=tmp_path / "api.sock"),
        console=ConsoleSettings(
            signing_key=tmp_path / "signing.key", copy=tmp_path / "accounts.copy"
        ),
        mail=MailSettings(folder=tmp_path / "mail"),
    )
    settings.SHOPWARD = made
    return made


@pytest.fixture
def joined(house: Settings, plane: DataPlane, settings: SettingsWrapper) -> Settings:
    """As `house`, registered with the running data plane."""
    made = msgspec.structs.replace(house, listen=ListenSettings(socket=plane.home / "api.sock"))
    settings.SHOPWARD = made
    operator = plane.operator()
    for row in operator.callers():
        if row.name == asserting.NAME and row.revoked is None:
            operator.revoke_caller(row.id)
    operator.add_caller(asserting.NAME, "control-plane", key=asserting.signer_of(made).vkey)
    return made


@pytest.fixture
def console_database(postgres: Postgres) -> Iterator[str]:
    """An empty database."""
    made = f"console_{uuid4().hex[:12]}"
    with postgres.connect() as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(made)))
        yield made
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(made)))
