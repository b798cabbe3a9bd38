"""What a test needs from Debian: found, or the test is skipped by name; under CI it fails."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


def program(name: str, package: str) -> str:
    """Where a program of a Debian package is."""
    found = shutil.which(name, path=PATH)
    return absent(package) if found is None else found


def absent(package: str) -> NoReturn:
    """Skips by name; under CI=true that is a failure."""
    said = f"Debian's package {package} is not installed; scripts/debian-packages does it"
    if os.environ.get("CI") == "true":
        pytest.fail(said)
    pytest.skip(said)
