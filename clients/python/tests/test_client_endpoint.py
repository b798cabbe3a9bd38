"""Addresses: what is taken, what is refused, and that TLS always verifies."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

import shopward_client as sc
from shopward_client import endpoint


@pytest.mark.parametrize(
    ("url", "base", "socket"),
    [
        ("http://127.0.0.1:8731", "http://127.0.0.1:8731", None),
        ("http://127.9.9.9/", "http://127.9.9.9", None),
        ("http://[::1]:8731", "http://[::1]:8731", None),
        ("http://localhost:8731", "http://localhost:8731", None),
        ("https://vault.example/shop/", "https://vault.example/shop", None),
        ("unix:/run/shopward.sock", "http://localhost", "/run/shopward.sock"),
        ("unix:///run/shopward.sock", "http://localhost", "/run/shopward.sock"),
        ("unix:var/run/shopward.sock", "http://localhost", "var/run/shopward.sock"),
    ],
)
def test_safe_addresses_are_taken(url: str, base: str, socket: str | None) -> None:
    assert endpoint.parse(url) == endpoint.Endpoint(base, socket)


@pytest.mark.parametrize(
    "url",
    [
        "http://vault.example",
        "http://10.0.0.1:8731",
        "http://0.0.0.0:8731",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.1",
        "http://vault.localhost",
        "https://user:hunter2@vault.example",
        "http://127.0.0.1@vault.example",
        "http://127.0.0.1\\@vault.example",
        "https://vault.example?a=hunter2",
        "https://vault.example#hunter2",
        "https://vault.example:99999",
        "https://",
        "ftp://127.0.0.1",
        "127.0.0.1:8731",
        "http://[::1",
        "unix:",
        "",
    ],
)
@pytest.mark.parametrize("make", [sc.Client, sc.AsyncClient])
def test_unsafe_addresses_are_refused_and_not_repeated(
    make: type[sc.Client | sc.AsyncClient], url: str
) -> None:
    with pytest.raises(sc.ConfigError) as raised:
        make(url)
    assert raised.value.field == "url"
    assert "hunter2" not in str(raised.value)


def test_tls_verifies_and_reads_no_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    context = endpoint.tls_context(endpoint.parse("https://vault.example"), None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.keylog_filename is None
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.get_ca_certs()


def test_without_tls_the_context_trusts_nobody() -> None:
    context = endpoint.tls_context(endpoint.parse("unix:/run/x"), None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.get_ca_certs() == []


@pytest.mark.parametrize("content", [None, b"not PEM"])
def test_an_unreadable_ca_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(sc.ConfigError) as raised:
        sc.Client("https://vault.example", ca_file=str(path))
    assert raised.value.field == "ca_file"


def test_a_ca_file_without_tls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sc.ConfigError):
        sc.Client(ca_file=str(tmp_path / "ca.pem"))


@pytest.mark.parametrize("timeout_s", [0, -1, float("inf"), float("nan")])
def test_a_client_never_waits_for_ever(timeout_s: float) -> None:
    with pytest.raises(sc.ConfigError):
        sc.Client(timeout_s=timeout_s)
