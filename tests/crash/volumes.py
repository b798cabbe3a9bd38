"""Small file systems of our own, for disks that fill up or turn read-only. Root only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

MIB: Final = 1 << 20


@contextmanager
def tmpfs(at: Path, mib: int) -> Iterator[Path]:
    """A file system in memory of so many MiB, mounted there."""
    _mount("-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "tmpfs", str(at))
    try:
        yield at
    finally:
        _run("umount", "--lazy", str(at))


@contextmanager
def ext4(at: Path, image: Path) -> Iterator[Path]:
    """An ext4 file system in a file of 32 MiB, which can lose its disk (`abort`)."""
    with image.open("wb") as file:
        file.truncate(32 * MIB)
    _run("mkfs.ext4", "-q", "-F", str(image)) or _lack("mkfs.ext4")
    _mount("-o", "loop", str(image), str(at))
    try:
        yield at
    finally:
        _run("umount", "--lazy", str(at))


def abort(at: Path) -> None:
    """What the kernel does when an ext4 disk fails: from now on it is read-only."""
    assert _run("mount", "-o", "remount,abort", str(at))


def remount(at: Path, how: str) -> None:
    """Mounts a file system on which nothing is open anew: `ro` or `rw`."""
    assert _run("mount", "-o", f"remount,{how}", str(at))


def fill(folder: Path, *, leaving: int = 0) -> Path:
    """Fills a file system with one file but for some bytes; gives the file."""
    filler, state = folder / "filler", os.statvfs(folder)
    size = state.f_bavail * state.f_frsize - leaving
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    return filler


def _mount(*arguments: str) -> None:
    _run("mount", *arguments) or _lack("a root that may mount file systems")


def _run(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _lack(what: str) -> None:
    """Skips by name; where everything must be there it is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"this machine lacks {what}")
    pytest.skip(f"needs {what}")
