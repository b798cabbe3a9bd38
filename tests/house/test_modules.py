"""Every module imports alone, and none has grown past what one concept needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (ROOT / "src", ROOT / "clients" / "python" / "src")
LINES = 400

# One interpreter, forked for each module: every import starts from nothing, none pays a start-up.
ALONE = """
import django, importlib, os, sys
from django.conf import settings

failures = under_way = 0
for name in sys.argv[1:]:
    if under_way == os.cpu_count():
        failures += os.wait()[1] != 0
        under_way -= 1
    under_way += 1
    if os.fork() == 0:
        try:
            if ".console" in name or ".web." in name:
                django.setup()
            if "_client.django." in name:
                given = {"credential_file": "a-shop.json", "purpose": "account"}
                settings.configure(INSTALLED_APPS=["shopward_client.django"], SHOPWARD=given)
                django.setup()
            importlib.import_module(name)
        except BaseException as error:
            print(f"{name}: {type(error).__name__}: {error}", flush=True)
            os._exit(1)
        os._exit(0)
while under_way:
    failures += os.wait()[1] != 0
    under_way -= 1
sys.exit(failures != 0)
"""


def _modules() -> list[str]:
    """Dotted names of every module we ship; `__main__` runs the program instead."""
    names = []
    for source in SOURCES:
        for path in source.rglob("*.py"):
            parts = path.relative_to(source).with_suffix("").parts
            if parts[-1] != "__main__":
                names.append(".".join(part for part in parts if part != "__init__"))
    return names


def test_each_module_imports_alone() -> None:
    modules = _modules()
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, *modules],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "scripts.django_settings"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(modules) > len(SOURCES)
    assert run.stdout + run.stderr == ""
    assert run.returncode == 0


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parent.name)
def test_no_module_is_too_long(source: Path) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in source.rglob("*.py")
    }

    assert lengths
    assert {path: n for path, n in lengths.items() if n > LINES} == {}
