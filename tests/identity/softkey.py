"""A passkey in software: what a browser and its authenticator would answer, and misbehave in."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class SoftKey:
    """One passkey. `flags` are set on every answer; `counter` goes up if `counts`."""

    flags: int = UP | UV | BE | BS
    counts: bool = False
    counter: int = 0
    origin: str = ""
    handle: bytes = b""
    id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, page: Any) -> str:
        """The answer to the options of a page's form."""
        options = options_of(page, "create")
        self.handle = websafe_decode(options["user"]["id"])
        cose = cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        attested = b"\x00" * 16 + struct.pack(">H", len(self.id)) + self.id + cose
        data = self._data(options["rp"]["id"], AT) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client("webauthn.create", options["challenge"]),
            attestationObject=attestation,
        )

    def get(self, page: Any) -> str:
        """The answer to the options of a page's form."""
        return self.sign(options_of(page, "get"))

    def sign(self, options: dict[str, Any]) -> str:
        self.counter += self.counts
        data = self._data(options["rpId"])
        client = self._client("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.private.sign(signed, ec.ECDSA(SHA256())),
            userHandle=self.handle,
        )

    def _data(self, rp_id: str, more: int = 0) -> bytes:
        flags = self.flags | more
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _client(self, kind: str, challenge: str) -> bytes:
        origin = self.origin or settings.SITES["staff"].origin
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def _answer(self, **response: bytes) -> str:
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {name: websafe_encode(value) for name, value in response.items()},
            }
        )


def options_of(page: Any, ceremony: str) -> dict[str, Any]:
    """What the page's form gives the browser."""
    text = page.content.decode()
    found = re.search(rf'data-ceremony="{ceremony}" data-options="([^"]*)"', text)
    assert found is not None, text
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options
