"""MDN's HTTP Observatory on every page of both sites, run on this machine with Node.

Its package is installed once, as locked, beside the environment; no script of any package runs.
The two lists that it would fetch (HSTS preload, top-level domains) are replaced by ours: no name
under `localhost` is on the first, and `localhost` is on the second.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cli import shop as shops
from tests.pages import tour
from tests.pages.office import PUBLIC, STAFF, Office, Reader

SOURCE: Final = shops.ROOT / "scripts" / "observatory"
FOLDER: Final = Path(sys.prefix) / "observatory"
PACKAGE: Final = FOLDER / "node_modules" / "@mdn" / "mdn-http-observatory"
LISTS: Final = {"hsts-preload.json": {}, "tld-list.json": ["localhost"]}
INSTALL_S: Final = 600
GRADE_S: Final = 600


@dataclass(frozen=True, slots=True)
class Grade:
    """What the Observatory says of one page; `failed` names the tests that cost points."""

    name: str
    status: int
    grade: str
    score: int
    failed: list[str]


def install() -> None:
    """Has the Observatory ready; the test is skipped by name without Node, and fails under CI."""
    npm = _program("npm")
    stamp = FOLDER / "installed.json"
    lock = (SOURCE / "package-lock.json").read_text("utf-8")
    if stamp.is_file() and stamp.read_text("utf-8") == lock:
        return
    FOLDER.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCE / name, FOLDER / name)
    command = [npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_S, check=False
    )
    if done.returncode != 0:
        _absent(f"npm could not install the Observatory: {done.stderr[-300:]}")
    for name, content in LISTS.items():
        (PACKAGE / "conf" / name).write_text(json.dumps(content), "utf-8")
    stamp.write_text(lock, "utf-8")


def pages(office: Office, mara: Reader, things: tour.Things) -> list[dict[str, Any]]:
    """Every page, for a stranger and for who is signed in."""
    public = [_page(office, PUBLIC, path, "") for path in tour.PUBLIC_PAGES]
    outside = [_page(office, STAFF, things.at(path), "") for path in tour.OUTSIDE]
    inside = [_page(office, STAFF, things.at(path), mara.cookies) for path in tour.INSIDE]
    between = tour.between(office, mara)
    passing = [_page(office, STAFF, path, between) for path in tour.PASSING]
    return [*public, *outside, *inside, *passing]


def graded(office: Office, asked: list[dict[str, Any]]) -> list[Grade]:
    """What it says of each."""
    done = subprocess.run(
        [_program("node"), str(SOURCE / "grade.mjs"), str(PACKAGE)],
        input=json.dumps(asked),
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(office.home / "tls" / "root.pem")},
        capture_output=True,
        text=True,
        timeout=GRADE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Grade(**json.loads(line)) for line in done.stdout.splitlines()]


def _page(office: Office, host: str, path: str, cookie: str) -> dict[str, Any]:
    return {
        "name": f"{'staff' if host == STAFF else 'public'}{', signed in' if cookie else ''} {path}",
        "host": host,
        "http": office.port("HTTP"),
        "https": office.port("STAFF" if host == STAFF else "PUBLIC"),
        "path": path,
        "cookie": cookie,
    }


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        _absent(f"{name} is not installed (Node 20 or later)")
    return str(found)


def _absent(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
