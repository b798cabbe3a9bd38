"""Lets this machine trust the local authority's root, and takes that back.

Two places: the system's store (curl, wget, most programs; needs root) and the certificate database
of the person's browser (Chromium and others that use NSS). Firefox keeps one per profile and is
left alone.

- Installing twice is like once; removing what is not there is no error.
- Only the public certificate leaves the folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from shopward.errors import ConfigError

SYSTEM: Final = Path("/usr/local/share/ca-certificates")


class Store(Protocol):
    """A place that keeps trusted roots."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def missing(self) -> str:
        """Why it cannot be used here; empty when it can."""
        ...

    def has(self, root: bytes) -> bool:
        """Whether this root (PEM) is trusted there."""
        ...

    def install(self, root: bytes) -> None:
        """Trusts it."""
        ...

    def remove(self, root: bytes) -> None:
        """Trusts it no longer."""
        ...


def label(root: bytes) -> str:
    """The name under which a root (PEM) is kept: the same root, the same name."""
    return f"shopward-{hashlib.sha256(root).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class SystemStore:
    """Debian's store; `folder` is where local roots are put."""

    folder: Path = SYSTEM
    name: str = "system"
    command: str = "update-ca-certificates"

    def missing(self) -> str:
        """Why it cannot be used here; empty when it can."""
        if shutil.which(self.command) is None:
            return f"`{self.command}` is not installed (Debian: ca-certificates)"
        if not os.access(self.folder, os.W_OK):
            return "it can be changed by root only"
        return ""

    def has(self, root: bytes) -> bool:
        """Whether this root is among the local ones."""
        path = self._path(root)
        return path.is_file() and path.read_bytes() == root

    def install(self, root: bytes) -> None:
        """Puts the root among the local ones."""
        self._path(root).write_bytes(root)
        self._path(root).chmod(0o644)
        _run([self.command])

    def remove(self, root: bytes) -> None:
        """Takes the root out again."""
        self._path(root).unlink(missing_ok=True)
        _run([self.command, "--fresh"])

    def _path(self, root: bytes) -> Path:
        return self.folder / f"{label(root)}.crt"


@dataclass(frozen=True, slots=True)
class BrowserStore:
    """The NSS database of one person, which Chromium reads; `folder` is where it lies."""

    folder: Path
    name: str = "browser"
    command: str = "certutil"

    def missing(self) -> str:
        """Why it cannot be used here; empty when it can."""
        if shutil.which(self.command) is None:
            return f"`{self.command}` is not installed (Debian: libnss3-tools)"
        return ""

    def has(self, root: bytes) -> bool:
        """Whether this root is in the database, trusted for web sites."""
        if not (self.folder / "cert9.db").is_file():
            return False
        return _succeeds([self.command, "-L", "-d", self._database, "-n", label(root)])

    def install(self, root: bytes) -> None:
        """Adds the root, trusted for web sites only."""
        if not (self.folder / "cert9.db").is_file():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _run([self.command, "-N", "-d", self._database, "--empty-password"])
        if not self.has(root):
            add = [self.command, "-A", "-d", self._database, "-t", "C,,", "-n", label(root)]
            _run(add, root)

    def remove(self, root: bytes) -> None:
        """Takes the root out again."""
        if self.has(root):
            _run([self.command, "-D", "-d", self._database, "-n", label(root)])

    @property
    def _database(self) -> str:
        return f"sql:{self.folder}"


def stores(home: Path) -> tuple[Store, ...]:
    """The stores of this machine and of the person with this home directory."""
    return SystemStore(), BrowserStore(home / ".pki" / "nssdb")


def _run(command: Sequence[str], given: bytes = b"") -> None:
    if not _succeeds(command, given):
        raise ConfigError(
            f"`{command[0]}` failed.",
            hint="Run it by hand to see why; nothing of Shopward depends on it.",
        )


def _succeeds(command: Sequence[str], given: bytes = b"") -> bool:
    ended = subprocess.run(  # noqa: S603 - a fixed command, no shell
        command, input=given, capture_output=True, check=False
    )
    return ended.returncode == 0
