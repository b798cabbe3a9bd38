"""Passes bytes between a port and a Unix socket, for a tool that only knows ports."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

CHUNK_BYTES = 65_536


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    door: Path


class _Handler(BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as inside:
            inside.connect(str(self.server.door))
            back = threading.Thread(target=_pass, args=(inside, self.request), daemon=True)
            back.start()
            _pass(self.request, inside)
            back.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def relay(door: Path) -> Iterator[str]:
    """The URL of a port that leads to the Unix socket at `door`."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.door = door
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
