"""A control plane as a story needs one: it holds a key, and vouches for whom it likes."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from shopward.assertion import Assertion, new_jti, request_hash, seal
from shopward.signing import Signer
from shopward_client import Client, Signed
from tests.scenarios.plane import ONCE, DataPlane

AUDIENCE = "shop.example/ledger"


def now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


@dataclass
class Voucher:
    """A registered control plane under a name of its own."""

    plane: DataPlane
    name: str = field(default_factory=lambda: f"console-{secrets.token_hex(4)}")
    seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def __post_init__(self) -> None:
        self.signer = Signer(self.name, self.seed)

    def register(self) -> Voucher:
        """Known to the data plane from now on."""
        operator = self.plane.operator()
        self.id = operator.add_caller(self.name, "control-plane", key=self.signer.vkey).id
        return self

    def says(self, method: str, target: str, body: bytes, **changes: Any) -> str:
        """The header that vouches for a staff member in one request."""
        now = now_ms()
        staff = Assertion(
            aud=AUDIENCE,
            iat=now,
            exp=now + 60_000,
            jti=new_jti(),
            req=request_hash(method, target, body),
            actor="acc_1",
            realm="staff",
            role="support",
            acr=2,
            auth_time=now - 60_000,
            session="ses_1",
        )
        return seal(self.signer, msgspec.structs.replace(staff, **changes))

    def client(self, **changes: Any) -> Client:
        """A client for whom it vouches so, in every request."""
        signed = Signed(lambda *request: self.says(*request, **changes))
        made = Client(self.plane.url, credential=signed, retry=ONCE)
        return self.plane._keep(made)

    def itself(self) -> Client:
        """The control plane's own client, for what nobody asked for."""
        return self.client(
            actor=self.name, realm="system", role="", acr=1, auth_time=None, session=None
        )


def decoded(header: str) -> bytes:
    token = header.partition(" ")[2]
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
