"""`python -m tests.shop.cost`: what protecting a shop costs, plain and protected in turns.

Oscar's `ShippingAddress` with its protected columns, shop and vault both on SQLite files, then both
on PostgreSQL. Each round is a process of the shop of its own; it prints medians over rounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from tests.postgres.engine import Postgres, running
from tests.postgres.keeper import ROLE
from tests.scenarios.plane import DataPlane, home
from tests.shop.test_oscar import PYTHON
from tests.shop.vault import POLICY, ROOT

ROUNDS = 3
Times = dict[str, dict[str, list[float]]]


def measured(vault: DataPlane, databases: dict[str, str]) -> Times:
    found: Times = defaultdict(lambda: defaultdict(list))
    for _ in range(ROUNDS):
        for kind, database in databases.items():
            environ = {
                "PATH": os.environ["PATH"],
                "DJANGO_SETTINGS_MODULE": "examples.oscar_shop.settings",
                "OSCAR_DATABASE": database,
            }
            if kind == "protected":
                environ["SHOPWARD_URL"] = vault.url
                environ["SHOPWARD_CREDENTIAL"] = str(vault.home / "credential")
            done = subprocess.run(
                [str(PYTHON), str(ROOT / "examples" / "oscar_shop" / "cost.py")],
                env=environ,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            for what, seconds in json.loads(done.stdout.splitlines()[-1]).items():
                found[what][kind].append(seconds)
    return found


def tell(engine: str, found: Times) -> None:
    sys.stdout.write(f"\n{engine}\n")
    for what, times in found.items():
        plain, ours = median(times["plain"]), median(times["protected"])
        sys.stdout.write(
            f"| {what} | {plain * 1e3:.1f} ms | {ours * 1e3:.1f} ms | {ours / plain:.1f} |\n"
        )
    sys.stdout.flush()


def on(engine: Postgres | None, folder: Path) -> None:
    databases: dict[str, str] = {}
    url = None
    for kind in ("plain", "protected"):
        databases[kind] = str(folder / f"{kind}.db")
        if engine is not None:
            databases[kind] = json.dumps(_place(engine))
    if engine is not None:
        url = engine.url(engine.database())
    with closing(DataPlane.furnish(folder, policy=POLICY.read_text("utf-8"), url=url)) as vault:
        vault.start(create=True)
        (folder / "credential").write_text(vault.credential("shop-backend"))
        tell("SQLite" if engine is None else "PostgreSQL", measured(vault, databases))


def _place(engine: Postgres) -> dict[str, Any]:
    name = f"shop_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": ROLE,
        "HOST": str(engine.cluster.folder),
        "PORT": str(engine.cluster.port),
    }


if __name__ == "__main__":
    with home() as folder:
        on(None, folder)
    with running() as engine, home() as folder:
        on(engine, folder)
