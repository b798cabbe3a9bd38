"""Filled installations, made once and used by every row that wants the same engine and size.

    FOLDER/sqlite-1000000/        settings, keystore, policy, tokens, vault.db
    FOLDER/postgresql-10000/      the same, the store in a database of that name
    FOLDER/cluster/               PostgreSQL's files

An installation counts as made when its `tokens` are there, and is made anew when the code that
wrote it is not the code at hand. Rows add to it: each look an entry, V2 customers.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import shopward
from benchmarks import cluster, people, product
from benchmarks.product import Product
from benchmarks.scale import Engine, Scale, ScaleError

COUNTER = "next-person"


def code_state() -> str:
    """A digest of everything that decides what a filled installation looks like."""
    digest = hashlib.sha256()
    package = Path(shopward.__file__).parent
    parts = [*package.rglob("*.py"), *package.rglob("*.sql"), product.POLICY]
    for path in sorted([*parts, Path(people.__file__)]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class Stage:
    """Where installations stand; use it in a `with`, which stops the database server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.chmod(0o711)  # PostgreSQL's user goes through to its own folder
        self._open = ExitStack()
        self._cluster: cluster.Cluster | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def cluster(self) -> cluster.Cluster:
        """The running cluster, started when it is first asked for.

        Raises:
            ScaleError: PostgreSQL is not installed, or refuses.
        """
        if self._cluster is None:
            self._cluster = self._open.enter_context(cluster.running(self.folder / "cluster"))
        return self._cluster

    @contextmanager
    def running(self, scale: Scale) -> Iterator[Product]:
        """A filled data plane for the length of a `with`.

        Raises:
            ScaleError: There is no such scale.
        """
        if scale.engine == "sqlite" and scale.workers > 1:
            raise ScaleError("SQLite has one writer, and so the data plane one worker")
        engine = self.cluster if scale.engine == "postgresql" else None
        home = self.home(scale)
        pid = engine.postmaster if engine is not None else None
        with product.running(home, scale, pid) as running:
            yield running

    def home(self, scale: Scale) -> Path:
        """A filled installation that nothing runs on."""
        home = self.folder / f"{scale.engine}-{scale.customers}"
        state = home / "state"
        if (home / "tokens").exists() and state.read_text("ascii") == code_state():
            return home
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, mode=0o700)
        self._install(home, scale)
        print(f"filling {home.name} …", file=sys.stderr, flush=True)
        settings = str(home / "shopward.toml")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.fill", settings, str(scale.customers)],
            check=False,
            capture_output=True,
            env=product.environ(),
        )
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
            raise ScaleError(f"{home.name} could not be filled: {last}")
        state.write_text(code_state(), "ascii")
        return home

    def _install(self, home: Path, scale: Scale) -> None:
        for name, text in (
            ("policy.toml", product.POLICY.read_text("utf-8")),
            ("passphrase", secrets.token_urlsafe(24)),
        ):
            (home / name).touch(mode=0o600)
            (home / name).write_text(text, "utf-8")
        url = self._database(scale.engine, home.name)
        product.write_settings(home, 1, Scale(), url)

    def _database(self, engine: Engine, name: str) -> str | None:
        if engine == "sqlite":
            return None
        return self.cluster.create(name)


def newcomer(home: Path, customers: int) -> int:
    """The number of the first person who is not stored in this installation yet."""
    kept = home / COUNTER
    return int(kept.read_text("ascii")) if kept.exists() else customers


def took_in(home: Path, customers: int, count: int) -> None:
    """Says that so many newcomers may have been stored since."""
    (home / COUNTER).write_text(str(newcomer(home, customers) + count), "ascii")
