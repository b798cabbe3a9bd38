"""A key and its certificate chain, as the bytes of one file.

Format: PEM, the PKCS #8 private key first, then the certificates, the leaf first. One file, so that
whoever replaces it can never leave a key beside another key's certificate.

- Key and leaf are checked against each other before a pair is used or installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from shopward.errors import ConfigError

PrivateKey = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and the chain that belongs to it, leaf first.

    Args:
        key: Secret.
        chain: At least the leaf.
    """

    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate of the key."""
        return self.chain[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The DNS names it speaks for."""
        found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return tuple(found.value.get_values_for_type(x509.DNSName))

    def is_due(self, now: datetime) -> bool:
        """Whether two thirds of its life are over, or it is not valid at all."""
        start, end = self.leaf.not_valid_before_utc, self.leaf.not_valid_after_utc
        return not start <= now < start + (end - start) * 2 / 3

    def dump(self) -> bytes:
        """The bytes of its file; secret."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return key + b"".join(one.public_bytes(Encoding.PEM) for one in self.chain)


def parse_pair(data: bytes) -> Pair:
    """Reads the bytes of a pair's file.

    Raises:
        ConfigError: They are no PEM, hold another kind of key, or key and leaf do not match.
    """
    try:
        key = load_pem_private_key(data, None)
        chain = tuple(x509.load_pem_x509_certificates(data))
    except (ValueError, TypeError):
        raise _unusable("is not a PEM key followed by its certificates") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _unusable("does not hold an elliptic-curve key")
    if chain[0].public_key() != key.public_key():
        raise _unusable("has a key that is not its certificate's")
    return Pair(key, chain)


def _unusable(what: str) -> ConfigError:
    return ConfigError(
        f"The certificate file {what}.",
        hint="Remove it; the next start makes a new one from the local authority.",
        field="tls.folder",
    )
