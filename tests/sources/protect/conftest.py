"""A vault for shops that are protected, and the command that protects them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from tests.scenarios.plane import ROOT, DataPlane, home
from tests.sources.protect import engines

engine, shop = engines.engine, engines.shop

POLICY = """
[shop]
name = "Shop"
time_zone = "UTC"

[classes.account]
title = "account data"
keep_days = 730
starts = "last-contact"

[purposes.account]
title = "keep your account"
use = "essential.service.authentication"
basis = "contract"

[roles.shop-backend]
title = "our shop software"
may = ["store", "update", "reveal", "search", "erase"]
rate_per_minute = 600000

[roles.reader]
title = "a reader"
may = ["reveal"]

[[allow]]
role = "shop-backend"
purpose = "account"
fields = ["email", "mail", "phone", "name", "street"]

[fields.email]
title = "e-mail address"
category = "user.contact.email"
retention = "account"
type = "email"
max_chars = 200
indexes = ["unique"]
token = "mail"

[fields.mail]
title = "e-mail address"
category = "user.contact.email"
retention = "account"
type = "email"
max_chars = 200

[fields.phone]
title = "phone number"
category = "user.contact.phone_number"
retention = "account"
type = "phone"
max_chars = 40
token = "phone"

[fields.name]
title = "name"
category = "user.name"
retention = "account"
max_chars = 200

[fields.street]
title = "street address"
category = "user.contact.address.street"
retention = "account"
max_chars = 200
"""


@dataclass
class Vault:
    """A data plane, and `shopward protect` against it."""

    plane: DataPlane

    def customers(self) -> int:
        """How many the vault holds."""
        connection = apsw.Connection(str(self.plane.place.path), apsw.SQLITE_OPEN_READONLY)
        try:
            return int(next(connection.execute("SELECT count(*) FROM subject"))[0])
        finally:
            connection.close()

    def call(self, name: str, role: str) -> None:
        """Make a caller of this machine."""
        file = self.plane.home / "callers" / f"{name}.json"
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o600)
        credential = self.plane.credential(role)
        file.write_text(json.dumps({"name": name, "role": role, "credential": credential}))

    def command(self, address: str, columns: Path, *more: str) -> list[str]:
        config = str(self.plane.home / "shopward.toml")
        start = [sys.executable, "-m", "shopward", "--config", config, "protect", address]
        return [*start, "--map", str(columns), "--purpose", "account", "--yes", *more]

    def protect(self, address: str, columns: Path, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(address, columns, *more),
            env=environ(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", "HOME": "/"}


@pytest.fixture(scope="module")
def vault() -> Iterator[Vault]:
    with home() as folder:
        plane = DataPlane.furnish(folder, policy=POLICY)
        try:
            plane.start(create=True)
            made = Vault(plane)
            made.call("shop", "shop-backend")
            made.call("reader", "reader")
            yield made
        finally:
            plane.close()


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    return tmp_path / "columns.toml"


def mapped(*columns: tuple[str, str, str, str], extra: str = "") -> str:
    """A map of (table, column, field, token)."""
    entries = (
        f'[[column]]\ntable = "{table}"\ncolumn = "{column}"\nfield = "{field}"\n'
        f'token = "{token}"\nconfirmed = true\n'
        for table, column, field, token in columns
    )
    return "\n".join([*entries, extra])
