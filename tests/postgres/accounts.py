"""Where Django's tables are in a run of the tests: in a file, or in a database of PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from django.db import connections

from shopward.console.database import database
from shopward.settings import ConsoleSettings
from tests.postgres.engine import Postgres


def use_postgres(engine: Postgres) -> None:
    """From now on Django means this cluster; called before anything was asked of it."""
    console = ConsoleSettings(url=engine.url(f"a_{uuid4().hex[:12]}"))
    connections["default"].close()
    del connections["default"]
    connections.settings["default"].update(database(console))


def use_file(path: Path) -> None:
    """From now on Django means this file."""
    connections["default"].settings_dict["TEST"]["NAME"] = str(path)
