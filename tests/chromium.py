"""Debian's Chromium, driven by Playwright: how every test that needs a browser gets one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

PROGRAM = "chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""No sandbox, since root has none to give; and nothing is asked of the network by itself."""


def program() -> str:
    """Where Chromium is; without it the test is skipped by name, and under CI it fails."""
    found = shutil.which(PROGRAM)
    if found is None:
        reason = "Chromium is not installed (Debian: chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium, closed afterwards."""
    path = program()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield started
        finally:
            started.close()
