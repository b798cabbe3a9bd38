"""A small Django shop and its vault: settings for a process of the shop, and how to start one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.scenarios.plane import DataPlane

ROOT: Final = Path(__file__).resolve().parents[2]
SHOP: Final = Path(__file__).parent
POLICY: Final = ROOT / "examples" / "oscar_shop" / "policy.toml"
Run = subprocess.CompletedProcess[str]


def given(vault: DataPlane, database: dict[str, str], columns: str) -> dict[str, str]:
    shop = {
        "url": vault.url,
        "credential_file": str(vault.home / "credential"),
        "database": database,
        "map": columns,
    }
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "DJANGO_SETTINGS_MODULE": "tests.shop.settings",
        "SHOP": json.dumps(shop),
    }


def run(environ: dict[str, str], *command: str) -> Run:
    return subprocess.run(
        [sys.executable, "-m", *command],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
