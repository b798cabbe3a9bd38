"""Keeps one PostgreSQL cluster running for as long as a test run uses it.

Started as `keeper.py FOLDER`. Whoever uses the cluster holds a shared lock on `FOLDER.lock`, which
ends with its process however that ends; when the last one is gone the keeper gets the lock for
itself, stops the server and removes the folder.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROLE = "shopward"
HBA = """\
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""
CONFIG = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 200
shared_buffers = 64MB
max_wal_size = 2GB
checkpoint_timeout = 1h
wal_level = minimal
max_wal_senders = 0
autovacuum = off
log_destination = stderr
password_encryption = scram-sha-256
"""


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs, the newest version that Debian has installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(path.parent.name.partition(".")[0]))
    known = shutil.which("initdb")
    return Path(known).parent if known else None


def server_user() -> str | None:
    """The user that the server runs as; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Cluster:
    """A cluster in a folder of its own; `port` is on 127.0.0.1, the socket is in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        programs = binaries()
        assert programs is not None
        self._programs = programs

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def make(self) -> None:
        """Everything but the running server."""
        self.folder.mkdir(mode=0o700)
        if (user := server_user()) is not None:
            shutil.chown(self.folder, user)
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "--encoding=UTF8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (self.folder / "port").write_text(str(port))
        config = CONFIG.format(port=port, folder=self.folder)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(config)
        (self.data / "pg_hba.conf").write_text(HBA)

    def prepare(self) -> None:
        """The role that tests use, and the database they copy."""
        password = secrets.token_urlsafe(16)
        (self.folder / "password").touch(mode=0o600)
        (self.folder / "password").write_text(password + "\n")
        sql = f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'"
        self.psql(sql, "postgres")

    def psql(self, sql: str, database: str) -> None:
        """Runs SQL as the superuser."""
        self.run("psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p",
                 str(self.port), "-U", "postgres", "-d", database, "-c", sql)  # fmt: skip

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-s", "start")

    def stop(self, how: str = "fast") -> None:
        """Stops the server: `smart`, `fast` or `immediate`."""
        self.run("pg_ctl", "-D", str(self.data), "-m", how, "-w", "-s", "stop")

    def postmaster(self) -> int:
        """The process id of the server."""
        return int((self.data / "postmaster.pid").read_text().split("\n")[0])

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of PostgreSQL's programs as the server's user."""
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            user=server_user(),
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )


def keep(folder: Path) -> None:
    """Starts the cluster; goes on in a process of its own, until nobody uses it any more."""
    cluster = Cluster(folder)
    cluster.make()
    cluster.start()
    cluster.prepare()
    if os.fork():
        return
    os.setsid()
    with folder.with_suffix(".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cluster.stop("immediate")
        shutil.rmtree(folder)
        for name in (".lock", ".start"):
            folder.with_suffix(name).unlink()


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
