"""A server's TLS context that takes a new certificate without a restart.

The context stays the same object: connections that are open keep what they have, the next ones get
the new certificate. A file that does not load leaves the old one in place.

- TLS 1.2 and later; with 1.2 only ECDHE with AEAD. No compression, no renegotiation.

Source: Mozilla, "Intermediate" server configuration; RFC 9325 §3.1, §4.2.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

from shopward.errors import ConfigError

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


class ServingContext:
    """The context of one listener, loaded from a chain file and a key file, or one with both.

    Attributes:
        context: What is handed to the server; it never changes its identity.

    Raises:
        ConfigError: The files cannot be used.
    """

    def __init__(self, certificate: Path, key: Path | None = None, *, field: str) -> None:
        self._certificate = certificate
        self._key = key or certificate
        self._field = field
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        self.context.set_ciphers(CIPHERS)
        self._seen: tuple[tuple[int, int, int], ...] = ()
        self._load()

    def look(self) -> bool:
        """Takes the files when they changed; True when new ones are served.

        Raises:
            ConfigError: They changed and do not load; the old ones are still served.
        """
        if self._stamp() == self._seen:
            return False
        self._load()
        return True

    def _load(self) -> None:
        try:
            self._seen = self._stamp()
            # A trial first: the serving context would be left half changed by a foreign key.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._certificate, self._key)
            self.context.load_cert_chain(self._certificate, self._key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"The TLS certificate or key cannot be used ({type(error).__name__}).",
                hint="Both are PEM files; the key belongs to the first certificate.",
                field=self._field,
            ) from error

    def _stamp(self) -> tuple[tuple[int, int, int], ...]:
        stamps = []
        for path in (self._certificate, self._key):
            status = path.stat()
            stamps.append((status.st_mtime_ns, status.st_size, status.st_ino))
        return tuple(stamps)
