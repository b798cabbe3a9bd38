"""Where the vault is: an address that is safe to send customers' values to.

Taken are `https://host[:port][/prefix]`, `http://` on loopback alone, and `unix:/path`. TLS always
verifies certificate and name; no environment variable (proxies, CA overrides, key logs) is read.
"""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import httpx2

from shopward_client.errors import ConfigError

DEFAULT_URL = "http://127.0.0.1:8731"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A parsed address: `base` has no trailing slash; `socket` is the path of a Unix socket."""

    base: str
    socket: str | None = None

    @property
    def is_tls(self) -> bool:
        """Whether the way to the vault is encrypted by TLS."""
        return self.base.startswith("https:")

    def __str__(self) -> str:
        return f"unix:{self.socket}" if self.socket else self.base


def parse(url: str) -> Endpoint:
    """Parse an address.

    Raises:
        ConfigError: The address is malformed, holds a password, query or fragment, or is plain
            http to another machine. The error does not repeat it.
    """
    if url.startswith("unix:"):
        return _unix(url.removeprefix("unix:"))
    parts = _split(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _refused("The address holds more than scheme, host, port and prefix.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise _refused("Plain http leaves this machine: use https or a Unix socket.")
    return Endpoint(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}")


def tls_context(endpoint: Endpoint, ca_file: str | None) -> ssl.SSLContext:
    """Make the TLS settings: the system's authorities, or those in `ca_file` alone.

    For an endpoint without TLS the context trusts nobody and is never asked.

    Raises:
        ConfigError: `ca_file` cannot be read, or the endpoint does not speak TLS.
    """
    if ca_file is None and endpoint.is_tls:
        return httpx2.create_ssl_context(trust_env=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        return context
    if not endpoint.is_tls:
        raise ConfigError("`ca_file` is of use with https alone.", field="ca_file")
    with contextlib.suppress(OSError):
        context.load_verify_locations(cafile=ca_file)
        return context
    raise ConfigError("`ca_file` cannot be read as PEM certificates.", field="ca_file")


def _unix(path: str) -> Endpoint:
    path = path.removeprefix("//")
    if not path:
        raise _refused("`unix:` needs the path of a socket.")
    return Endpoint("http://localhost", path)


def _split(url: str) -> SplitResult:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts
    raise _refused("The address is not https://host, http://127.0.0.1:port or unix:/path.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def _refused(detail: str) -> ConfigError:
    return ConfigError(detail, field="url")
