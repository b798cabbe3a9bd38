"""Over real sockets on this machine: TCP, a Unix socket and TLS."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import shopward_client as sc
from shopward_client import message

Do = Callable[..., Any]
ONCE = sc.Retry(attempts=1)


class Vault(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        getattr(self, self.path.rpartition("/")[2])()

    def policy(self) -> None:
        self.reply(200, json.dumps({"sha256": "ab", "shop": "Acme", "loaded": "t"}).encode())

    def callers(self) -> None:
        self.reply(302, b"", location="/v1/policy")

    def key(self) -> None:
        time.sleep(0.5)
        self.reply(200, b"late")

    def metrics(self) -> None:
        self.reply(200, b"x" * 2048)

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, _ = super().get_request()
        return connection, ("local", 0)


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def tcp() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Vault)
    with served(server):
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def unix(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "v.sock")
    with served(UnixServer(path, Vault)):
        yield f"unix:{path}"


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, str]]:
    certificate, key = certificate_for_loopback()
    pem = tmp_path / "ca.pem"
    pem.write_bytes(certificate)
    (tmp_path / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, tmp_path / "key.pem")
    server = HTTPServer(("127.0.0.1", 0), Vault)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_arguments: None
    with served(server):
        yield f"https://127.0.0.1:{server.server_port}", str(pem)


def certificate_for_loopback() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test vault")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1))
    builder = builder.not_valid_after(now + timedelta(hours=1))
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = builder.add_extension(loopback, critical=False)
    signed = builder.sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture(params=["sync", "async"])
def do(request: pytest.FixtureRequest) -> Do:
    def plain(verb: str, url: str, **options: object) -> object:
        with sc.Client(url, retry=ONCE, **options) as client:
            return getattr(client, verb)()

    async def later(verb: str, url: str, **options: object) -> object:
        async with sc.AsyncClient(url, retry=ONCE, **options) as client:
            return await getattr(client, verb)()

    if request.param == "sync":
        return plain
    return lambda *args, **options: asyncio.run(later(*args, **options))


def test_over_tcp(do: Do, tcp: str) -> None:
    assert do("policy", tcp).shop == "Acme"


def test_over_a_unix_socket(do: Do, unix: str) -> None:
    assert do("policy", unix).shop == "Acme"


def test_over_tls_with_the_shops_own_authority(do: Do, tls: tuple[str, str]) -> None:
    url, ca_file = tls
    assert do("policy", url, ca_file=ca_file).shop == "Acme"


def test_an_unknown_authority_is_refused(do: Do, tls: tuple[str, str]) -> None:
    with pytest.raises(sc.UnreachableError):
        do("policy", tls[0])


def test_another_name_is_refused(do: Do, tls: tuple[str, str]) -> None:
    url, ca_file = tls
    with pytest.raises(sc.UnreachableError):
        do("policy", url.replace("127.0.0.1", "localhost"), ca_file=ca_file)


def test_no_redirect_is_followed(do: Do, tcp: str) -> None:
    with pytest.raises(sc.UnexpectedAnswerError) as raised:
        do("callers", tcp)
    assert raised.value.status == 302


def test_no_proxy_of_the_environment_is_asked(
    do: Do, tcp: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert do("policy", tcp).shop == "Acme"


def test_a_slow_vault_is_not_waited_for(do: Do, tcp: str) -> None:
    with pytest.raises(sc.NoAnswerError):
        do("log_key", tcp, timeout_s=0.1)


def test_an_endless_answer_is_cut(do: Do, tcp: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "MAX_ANSWER_BYTES", 1024)
    with pytest.raises(sc.UnexpectedAnswerError):
        do("metrics", tcp)


# httpcore2 leaves closing the socket of a failed connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nobody_there(do: Do, tmp_path: Path) -> None:
    with pytest.raises(sc.UnreachableError):
        do("policy", f"unix:{tmp_path}/none.sock")
    gc.collect()
