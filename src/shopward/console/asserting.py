"""Clients that sign an assertion for every call; nothing of Django here, so that `run` may use it.

The signing key lies in a file of its owner alone; the data plane knows its public half.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, TypedDict, Unpack

from shopward import clock
from shopward.assertion import LIFE_MS, Assertion, new_jti, request_hash, seal
from shopward.console.key_file import read_or_make
from shopward.settings import Settings
from shopward.signing import KEY_BYTES, Signer
from shopward_client import Client, Retry, Signed, UnreachableError

NAME: Final = "console"
TIMEOUT_S: Final = 10.0
ONCE: Final = Retry(attempts=1)


class Who(TypedDict, total=False):
    """Members of an `Assertion` that say who asks."""

    actor: str
    realm: str
    role: str
    acr: int
    auth_time: int
    session: str
    subject: str


def signer_of(house: Settings) -> Signer:
    """The key of this control plane, made when there is none.

    Raises:
        ConfigError: Its file cannot be read or made, or is open to others.
    """
    return _signer(house.console.signing_key)


@contextmanager
def client(house: Settings, **who: Unpack[Who]) -> Iterator[Client]:
    """A client that vouches so in every call, over the data plane's socket.

    Raises:
        UnreachableError: There is no such socket.
    """
    if not house.listen.socket.is_socket():
        raise UnreachableError("The vault cannot be reached: it has no socket here.")
    signer = signer_of(house)

    def sign(method: str, target: str, body: bytes) -> str:
        now_ms = clock.to_ms(clock.now())
        assertion = Assertion(
            aud=house.log,
            iat=now_ms,
            exp=now_ms + LIFE_MS,
            jti=new_jti(),
            req=request_hash(method, target, body),
            **who,  # type: ignore[arg-type]  # `realm` is one of three words
        )
        return seal(signer, assertion)

    with Client(
        f"unix:{house.listen.socket}", credential=Signed(sign), timeout_s=TIMEOUT_S, retry=ONCE
    ) as made:
        yield made


@contextmanager
def itself(house: Settings, role: str = "") -> Iterator[Client]:
    """A client for what the control plane does by itself; `role` is the policy's, or none."""
    with client(house, actor=NAME, realm="system", role=role) as made:
        yield made


@lru_cache(maxsize=4)
def _signer(path: Path) -> Signer:
    text = read_or_make(path, lambda: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    return Signer(NAME, base64.b64decode(text))
