"""Every page earns MDN's A+, before and after sign-in."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.pages import observatory, tour
from tests.pages.office import open_office
from tests.scenarios.people import person


@contextmanager
def bare_site(certificate: Path) -> Iterator[int]:
    """A site that says nothing to browsers, on a port of this machine."""

    class Bare(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>bare</title>")

        def log_message(self, *_: object) -> None: ...

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Bare) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
def test_every_page_earns_an_a_plus(tmp_path: Path) -> None:
    observatory.install()
    with open_office(tmp_path) as (office, mara):
        with office.caller("shop-backend") as shop:
            things = tour.furnish(office, mara, shop.store(person()).subject)
        asked = observatory.pages(office, mara, things)
        grades = observatory.graded(office, asked)
        with bare_site(office.home / "tls" / "server.pem") as port:
            (bare,) = observatory.graded(office, [{**asked[0], "https": port, "path": "/"}])

    assert bare.status == 200
    assert bare.grade not in {"A+", "A"}
    assert len(grades) == len(asked)
    assert [one for one in grades if one.status is None] == []
    assert [one for one in grades if one.grade != "A+"] == []
