"""Every dependency is locked with hashes, and no lock file names a host."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def _pins(lock: Path) -> dict[str, str]:
    """Name -> the whole entry with its hashes."""
    text = re.sub(r"^ +#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    return {entry.partition("==")[0]: entry for entry in entries if "==" in entry}


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement, maxsplit=1)[0].lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(lock: Path) -> None:
    pins = _pins(lock)

    assert pins
    assert all("--hash=sha256:" in entry for entry in pins.values())
    assert "://" not in lock.read_text(encoding="utf-8")
    assert "--index" not in lock.read_text(encoding="utf-8")
    assert "--find-links" not in lock.read_text(encoding="utf-8")


@pytest.mark.parametrize("project", [ROOT, ROOT / "clients" / "python"], ids=lambda p: p.name)
def test_the_runtime_lock_covers_a_project_and_its_build(project: Path) -> None:
    data = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {_name(r) for r in data["project"]["dependencies"] + data["build-system"]["requires"]}

    assert wanted - {"shopward-client"} <= _pins(ROOT / "requirements" / "runtime.txt").keys()


@pytest.mark.parametrize("name", ["build", "test", "check"])
def test_each_lock_covers_its_list(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines()
    lock = "runtime" if name == "build" else name

    wanted = {_name(line) for line in lines if line and not line.startswith("#")}
    assert wanted <= _pins(ROOT / "requirements" / f"{lock}.txt").keys()


def test_the_locks_agree_on_versions() -> None:
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, entry in _pins(lock).items():
            versions.setdefault(name, set()).add(re.split(r"[ ;\\]", entry)[0])

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
