"""A MariaDB server of a test run's own, out of Debian's package, on a socket and loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

from tests.postgres.engine import absent, free_port
from tests.postgres.keeper import server_user

SCRIPTS = Path("/usr/share/mysql")
TABLES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
START_S = 60.0


class Server:
    """A running server; `root` has no password, and nobody else is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "socket"
        self.port = free_port()
        self._program = program()
        self._process: subprocess.Popen[bytes] | None = None

    def options(self) -> list[str]:
        return [
            str(self._program),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=8M",
            "--innodb-flush-log-at-trx-commit=0",
            "--character-set-server=utf8mb4",
        ]

    def start(self) -> None:
        (self.folder / "data" / "mysql").mkdir(parents=True)
        for path in (self.folder, *self.folder.rglob("*")):
            if (user := _user()) is not None:
                shutil.chown(path, user)
        statements = "".join(["use mysql;\n", *((SCRIPTS / name).read_text() for name in TABLES)])
        subprocess.run(
            [*self.options(), "--bootstrap"],
            input=statements.encode(),
            check=True,
            capture_output=True,
            user=_user(),
            cwd="/",
        )
        self._process = subprocess.Popen(
            [*self.options(), f"--socket={self.socket}", f"--port={self.port}",
             "--bind-address=127.0.0.1",
             f"--log-error={self.folder / 'log'}", "--skip-name-resolve"],
            user=_user(),
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._await()

    def _await(self) -> None:
        until_s = time.monotonic() + START_S
        while not self._answers():
            assert time.monotonic() < until_s, (self.folder / "log").read_text("utf-8")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def connect(self, database: str | None = None) -> Any:
        """A connection of the test's own, as root, in autocommit."""
        return pymysql.connect(
            unix_socket=str(self.socket), user="root", database=database, autocommit=True
        )

    def run(self, *statements: str, database: str | None = None) -> None:
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def url(self, database: str, user: str = "root") -> str:
        return f"mysql://{user}@localhost/{database}?socket={self.socket}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def _user() -> str | None:
    return "nobody" if server_user() is not None else None


def program() -> Path | None:
    """Debian's server, or None where it is not installed."""
    found = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    return Path(found) if found and (SCRIPTS / TABLES[0]).exists() else None


@contextmanager
def running() -> Iterator[Server]:
    """A server that ends with the block; skips by name where the package is absent."""
    if program() is None:
        absent("mariadb-server-core")
    with tempfile.TemporaryDirectory(prefix="sw-my-") as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
