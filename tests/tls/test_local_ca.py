"""The local authority vouches for its own name, and for nothing else, as OpenSSL sees it."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from shopward.errors import ConfigError
from shopward.tls.local_ca import DOMAIN, issue, make_root
from shopward.tls.pair import Pair, parse_pair
from shopward.tls.serving import ServingContext

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def root() -> Pair:
    return make_root("tests", NOW)


def handshake(pair: Pair, root: Pair, host: str, folder: Path) -> str:
    """What a client that trusts the root says about this server: the protocol, or its complaint."""
    file = folder / "server.pem"
    file.write_bytes(pair.dump())
    client = ssl.create_default_context(cadata=root.leaf.public_bytes(Encoding.PEM).decode("ascii"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()
    serving = ServingContext(file, field="test").context

    def serve() -> None:
        try:
            with serving.wrap_socket(theirs, server_side=True) as tls:
                tls.recv(1)
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=host) as tls:
            return tls.version() or ""
    except ssl.SSLCertVerificationError as refused:
        return refused.verify_message
    finally:
        ours.close()
        thread.join()


def forged(root: Pair, name: x509.GeneralName) -> Pair:
    """What a thief of the root's key would make: a certificate for somebody else's site."""
    honest = issue(root, [DOMAIN], NOW)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(root.leaf.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(minutes=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
    )
    for kept in (x509.BasicConstraints, x509.AuthorityKeyIdentifier, x509.ExtendedKeyUsage):
        found = honest.leaf.extensions.get_extension_for_class(kept)
        builder = builder.add_extension(found.value, critical=found.critical)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    return Pair(key, (builder.sign(root.key, SHA256()),))


@pytest.mark.parametrize("host", [DOMAIN, f"console.{DOMAIN}"])
def test_a_browser_that_trusts_the_root_accepts_our_names(
    host: str, root: Pair, tmp_path: Path
) -> None:
    pair = issue(root, [DOMAIN, f"console.{DOMAIN}"], NOW)

    assert handshake(pair, root, host, tmp_path) == "TLSv1.3"


def test_it_does_not_accept_a_name_that_is_not_in_the_certificate(
    root: Pair, tmp_path: Path
) -> None:
    pair = issue(root, [DOMAIN], NOW)

    assert "Hostname mismatch" in handshake(pair, root, f"other.{DOMAIN}", tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        x509.DNSName("bank.example"),
        x509.DNSName("localhost"),
        x509.DNSName("evilshopward.localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
        x509.IPAddress(ip_address("::1")),
    ],
    ids=lambda name: str(name.value),
)
def test_a_stolen_root_key_is_worth_nothing_elsewhere(
    name: x509.GeneralName, root: Pair, tmp_path: Path
) -> None:
    said = handshake(forged(root, name), root, str(name.value), tmp_path)

    assert "permitted subtree violation" in said or "excluded subtree violation" in said


@pytest.mark.parametrize("name", ["example.com", "localhost", "evilshopward.localhost", ""])
def test_it_refuses_to_issue_for_a_foreign_name(name: str, root: Pair) -> None:
    with pytest.raises(ConfigError) as refused:
        issue(root, [name], NOW)
    assert name == "" or name not in refused.value.detail


def test_a_pair_is_due_at_two_thirds_of_its_life_and_outside_it(root: Pair) -> None:
    pair = issue(root, [DOMAIN], NOW)

    assert [pair.is_due(NOW + timedelta(days=days)) for days in (-1, 0, 59, 61, 91)] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_a_pair_comes_back_from_its_bytes(root: Pair) -> None:
    pair = issue(root, [DOMAIN], NOW)
    again = parse_pair(pair.dump())

    assert again.leaf == pair.leaf
    assert again.names == (DOMAIN,)
    assert "PRIVATE" not in repr(again)


@pytest.mark.parametrize("kind", ["empty", "cut", "key alone", "another's certificate"])
def test_a_file_that_is_no_pair_is_refused(kind: str, root: Pair) -> None:
    one, other = (issue(root, [DOMAIN], NOW).dump() for _ in range(2))
    key_end = one.index(b"-----BEGIN CERTIFICATE")
    data = {
        "empty": b"",
        "cut": one[: key_end // 2],
        "key alone": one[:key_end],
        "another's certificate": one[:key_end] + other[other.index(b"-----BEGIN CERTIFICATE") :],
    }[kind]

    with pytest.raises(ConfigError, match="certificate file"):
        parse_pair(data)
