"""Every import contract bites: one forbidden import each, in a copy of the source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
}
PROBES = [
    ("layers", "ledger/probe.py", "import shopward.vault"),
    ("layers", "policy/probe.py", "import shopward.store"),
    ("layers", "store/probe.py", "import shopward.sources"),
    ("layers", "signing.py", "import shopward.policy"),
    ("layers", "errors.py", "import shopward.events"),
    ("layers", "vault/probe.py", "import shopward.api"),
    ("layers", "api/probe.py", "import shopward.cli"),
    ("layers", "identity/__init__.py", "import shopward.api"),
    ("layers", "unplaced/__init__.py", ""),
    ("plaintext", "practices.py", "import shopward.vault"),
    ("plaintext", "identity/__init__.py", "import shopward.vault.probe"),
    ("ciphers", "ledger/probe.py", "import cryptography.hazmat.primitives.ciphers.aead"),
    ("ciphers", "api/probe.py", "import cryptography"),
    ("drivers", "vault/probe.py", "import apsw"),
    ("drivers", "cli/probe.py", "import apsw"),
    ("drivers", "api/probe.py", "import psycopg"),
    ("drivers", "cli/probe.py", "import pymysql"),
    ("doors", "vault/probe.py", "import click"),
    ("doors", "ledger/probe.py", "import uvicorn"),
    ("django", "identity/probe.py", "import django.db"),
    ("django", "api/probe.py", "import django.http"),
    ("django", "identity/probe.py", "import allauth"),
    ("django", "identity/probe.py", "import fido2.server"),
    ("messages", "identity/probe.py", "import apprise"),
    ("mounts", "identity/probe.py", "import shopward.identity.web"),
    ("mounts", "cli/probe.py", "import shopward.identity.web.models"),
    ("pure", "policy/probe.py", "import urllib.request"),
    ("pure", "checks.py", "import asyncio"),
    ("cycles", "vault/probe.py", "import shopward.vault.probe_back"),
]


def _copy(to: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", to)
    package = to / "src" / "shopward"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "shopward", package, ignore=skip)
    (package / "vault" / "probe.py").touch()
    (package / "vault" / "probe_back.py").write_text("import shopward.vault.probe\n")
    return package


def _broken(house: Path) -> set[str]:
    """The names of the contracts that do not hold in the copy under `house`."""
    run = subprocess.run(
        [sys.executable, "-c", "import importlinter.cli as c; c.lint_imports_command()"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house / "src"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)(?: .*)?$", run.stdout, re.MULTILINE))
    assert set(CONTRACTS.values()) <= set(verdicts), run.stdout + run.stderr
    assert (run.returncode == 0) == ("BROKEN" not in verdicts.values())
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


def test_a_clean_copy_keeps_every_contract(tmp_path: Path) -> None:
    _copy(tmp_path)

    assert _broken(tmp_path) == set()


@pytest.mark.parametrize(("contract", "module", "line"), PROBES)
def test_a_forbidden_import_breaks_its_contract(
    contract: str, module: str, line: str, tmp_path: Path
) -> None:
    path = _copy(tmp_path) / module
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")

    assert CONTRACTS[contract] in _broken(tmp_path)


def test_every_contract_has_a_probe() -> None:
    assert {contract for contract, _, _ in PROBES} == set(CONTRACTS)
