"""django-oscar's flows in the example shop, protected; in the example's own environment.

`make example-setup` makes that environment. Without it these skip by name.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.postgres.engine import Engine, Postgres
from tests.postgres.keeper import ROLE
from tests.scenarios.plane import DataPlane
from tests.shop.vault import ROOT

PYTHON = ROOT / ".venv-example" / "bin" / "python"
TESTS = ROOT / "examples" / "oscar_shop" / "tests"
QUICK = "guest_orders or registers_and or page_of_twenty or found_by_how"


def flows(vault: DataPlane, database: str, *chosen: str) -> str:
    if not PYTHON.exists():
        pytest.skip("the example's environment is not there: make example-setup")
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "examples.oscar_shop.settings",
        "OSCAR_DATABASE": database,
        "SHOPWARD_URL": vault.url,
        "SHOPWARD_CREDENTIAL": str(vault.home / "credential"),
    }
    command = [str(PYTHON), "-m", "pytest", "-q", "-c", str(TESTS / "pytest.ini"), *chosen]
    done = subprocess.run(
        [*command, str(TESTS)],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_guest_orders_and_staff_find_the_order(shop_vault: DataPlane) -> None:
    assert "4 passed" in flows(shop_vault, "", "-k", QUICK)


@pytest.mark.slow
def test_every_flow_works_protected(shop_vault: DataPlane, engine: Engine, tmp_path: Path) -> None:
    database = ""
    if isinstance(engine, Postgres):
        name = engine.database()
        database = json.dumps(
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "USER": ROLE,
                "HOST": str(engine.cluster.folder),
                "PORT": str(engine.cluster.port),
            }
        )
    flows(shop_vault, database)
