"""A PostgreSQL cluster of its own, from Debian's packages, with PostgreSQL's own durability.

Settings are those of a new cluster but for the memory and WAL that a data plane would be given;
`fsync`, `synchronous_commit` and `full_page_writes` stay on. It listens on a Unix socket alone and
goes away with its folder.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.scale import ScaleError

ROLE = "postgres"
PORT = 5432
"""Only the name of a socket in the cluster's own folder: nothing listens on a network."""
CONFIG = """\
listen_addresses = ''
port = {port}
unix_socket_directories = '{folder}'
shared_buffers = 512MB
max_wal_size = 4GB
max_connections = 50
"""


class Cluster:
    """A running cluster in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    @property
    def postmaster(self) -> int:
        """The process id of the server; its children are its backends."""
        return int((self.data / "postmaster.pid").read_text("ascii").split("\n", 1)[0])

    def url(self, database: str) -> str:
        """Where a database of it is, without a password: the socket is in a private folder."""
        return f"postgresql://{ROLE}@/{database}?host={self.folder}&port={PORT}"

    def create(self, database: str) -> str:
        """The address of a new, empty database; one of that name goes away first."""
        name = f'"{database}"'.encode()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(b"DROP DATABASE IF EXISTS %b" % name)
            connection.execute(b"CREATE DATABASE %b" % name)
        return self.url(database)


def programs() -> Path:
    """The folder of PostgreSQL's programs, the newest version that is installed.

    Raises:
        ScaleError: There is none.
    """
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found:
        raise ScaleError("PostgreSQL is not installed (Debian: postgresql)")
    return max(found, key=lambda path: int(path.parent.name))


def _owner() -> str | None:
    """PostgreSQL does not run as root; then it runs as its own user."""
    if os.geteuid() != 0:
        return None
    return ROLE if ROLE in {one.pw_name for one in pwd.getpwall()} else "nobody"


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [programs() / program, *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=_owner(),
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    if done.returncode:
        raise ScaleError(f"PostgreSQL's {program} failed with status {done.returncode}")


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """The cluster in a folder, made when there is none, for the length of a `with`.

    Raises:
        ScaleError: PostgreSQL is not installed, or refuses.
    """
    cluster = Cluster(folder)
    if not cluster.data.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (owner := _owner()) is not None:
            shutil.chown(folder, owner)
        _run("initdb", "-D", str(cluster.data), "-U", ROLE, "--encoding=UTF8", "--auth=trust")
        with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(CONFIG.format(port=PORT, folder=folder))
    _run("pg_ctl", "-D", str(cluster.data), "-l", str(folder / "log"), "-w", "-s", "start")
    try:
        yield cluster
    finally:
        _run("pg_ctl", "-D", str(cluster.data), "-m", "fast", "-w", "-s", "stop")
