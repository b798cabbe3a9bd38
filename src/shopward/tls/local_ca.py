"""A certificate authority for one machine, that can vouch for one name and nothing else.

A browser that trusts its root trusts it for `shopward.localhost` and the names below, which RFC
6761 keeps on this machine. Whoever steals the root's key cannot use it against any other site: the
constraint is in the root itself, critical, and every address is excluded. This module makes
certificates; `files` keeps them.

- The root signs server certificates only, no further authority (path length 0).
- Serial numbers have 159 random bits; keys are P-256.

Source: RFC 5280 §4.2.1.10 (name constraints).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shopward.errors import ConfigError
from shopward.tls.pair import Pair

DOMAIN: Final = "shopward.localhost"
ROOT_DAYS: Final = 3650
LEAF_DAYS: Final = 90
_SKEW: Final = timedelta(hours=1)
_EVERY_ADDRESS: Final = ("0.0.0.0/0", "::/0")


def make_root(label: str, now: datetime) -> Pair:
    """A new root.

    Args:
        label: Tells one machine's root from another's in a browser's list; not secret.
        now: From when on it is valid, for ten years.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Shopward local authority {label}")
    builder = (
        _builder(name, name, key.public_key(), now, ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(key, (builder.sign(key, SHA256()),))


def issue(root: Pair, names: Sequence[str], now: datetime) -> Pair:
    """A new key and its certificate for these names, valid 90 days.

    Raises:
        ConfigError: A name is outside what the root may vouch for.
    """
    for one in names:
        if one != DOMAIN and not one.endswith(f".{DOMAIN}"):
            raise ConfigError(
                "The local authority cannot vouch for this name.",
                hint=f"Use {DOMAIN} or a name below it, or a certificate of a public authority.",
                field="name",
            )
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    issuer = root.leaf.subject
    known = root.leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(_name(names[0]), issuer, public, now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return Pair(key, (builder.sign(root.key, SHA256()),))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=days))
    )


def _constraints() -> x509.NameConstraints:
    addresses = [x509.IPAddress(ipaddress.ip_network(one)) for one in _EVERY_ADDRESS]
    return x509.NameConstraints([x509.DNSName(DOMAIN)], addresses)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
