"""Beyond loopback nothing leaves in clear: the TCP port takes TLS, the sockets stay as they are."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from shopward_client import Client, ShopwardError
from tests.scenarios.people import person
from tests.scenarios.plane import START_S, DataPlane, wait_until


def _certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, and its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "certificate.key").write_bytes(secret)
    return path


def _listen(plane: DataPlane, tcp: str, *more: str) -> None:
    settings = plane.home / "shopward.toml"
    old = f'tcp = "127.0.0.1:{plane.port}"'
    text = settings.read_text("utf-8")
    assert old in text
    settings.write_text(text.replace(old, "\n".join([f'tcp = "{tcp}"', *more])), "utf-8")


def test_over_tls_values_come_back_and_plain_text_gets_nothing(bare_plane: DataPlane) -> None:
    certificate = _certificate(bare_plane.home)
    tls = ('tls_certificate = "certificate.pem"', 'tls_key = "certificate.key"')
    _listen(bare_plane, f"127.0.0.1:{bare_plane.port}", *tls)
    bare_plane.process = bare_plane.spawn(create=True)
    wait_until((bare_plane.home / "admin.sock").exists, START_S, bare_plane.words)
    credential = bare_plane.credential("shop-backend")
    url = f"https://127.0.0.1:{bare_plane.port}"
    with Client(url, credential=credential, ca_file=certificate) as shop:
        subject = shop.store(person(city="Ulm")).subject
        assert shop.reveal(subject, ["city"], purpose="account").fields == {"city": "Ulm"}
    with Client(url, credential=credential) as trusting, pytest.raises(ShopwardError):
        trusting.policy()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(certificate)
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with bare_plane.socket() as plain, pytest.raises((ssl.SSLError, OSError)):
        old.wrap_socket(plain, server_hostname="127.0.0.1")
    with bare_plane.socket() as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionResetError):
            assert not plain.recv(1000).startswith(b"HTTP/")


def test_beyond_loopback_without_tls_nothing_starts(bare_plane: DataPlane) -> None:
    _listen(bare_plane, f"0.0.0.0:{bare_plane.port}")
    status, said = bare_plane.refuses_to_start()
    assert status == 1
    assert "without TLS" in said
    assert "hint:" in said


def test_a_certificate_that_is_none_is_named(bare_plane: DataPlane) -> None:
    _certificate(bare_plane.home).write_text("no certificate", "utf-8")
    tls = ('tls_certificate = "certificate.pem"', 'tls_key = "certificate.key"')
    _listen(bare_plane, f"127.0.0.1:{bare_plane.port}", *tls)
    process = bare_plane.spawn(create=True)
    assert process.wait(START_S) == 1
    assert "certificate" in bare_plane.words()


def test_a_new_certificate_is_served_without_a_restart(bare_plane: DataPlane) -> None:
    _certificate(bare_plane.home)
    tls = ('tls_certificate = "certificate.pem"', 'tls_key = "certificate.key"')
    _listen(bare_plane, f"127.0.0.1:{bare_plane.port}", *tls)
    bare_plane.process = bare_plane.spawn(create=True)
    wait_until((bare_plane.home / "admin.sock").exists, START_S, bare_plane.words)
    address = ("127.0.0.1", bare_plane.port)
    first = ssl.get_server_certificate(address)
    (bare_plane.home / "certificate.key").write_bytes(b"half a k")

    assert ssl.get_server_certificate(address) == first
    second = _certificate(bare_plane.home).read_text("ascii")
    wait_until(
        lambda: ssl.get_server_certificate(address).split() == second.split(),
        START_S,
        bare_plane.words,
    )
    assert first.split() != second.split()
