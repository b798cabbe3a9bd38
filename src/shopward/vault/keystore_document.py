"""The keystore's document: the secrets of a file custodian, sealed by a passphrase.

This module reads and writes bytes; `keyfile` moves them and `keystore` uses what is in them.

Format, JSON (`shopward-keystore/v1`):

    {"format": "shopward-keystore/v1",
     "kdf": {"memory_kib": …, "iterations": …, "lanes": …, "salt": hex, "name": "argon2id"},
     "key_id": hex,      names the key that the passphrase gave, as in `cipher`
     "sealed": base64}   XAES-256-GCM of {"rings": {KIND: RING, …}, "name_root": hex}

    RING = {"keys": {"1": {"begins_ms": …, "secret": hex}, …}, "min": 1, "reads": 1}

- The bound context is the format and the kdf's parts, so that none can be altered unnoticed.

Source: RFC 9106 §4 (second recommended choice) for the `interactive` profile.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from shopward.errors import KeystoreError, UndecryptableError
from shopward.vault.cipher import key_id
from shopward.vault.context import context, u32
from shopward.vault.custodian import Kind
from shopward.vault.rings import KEY_BYTES, Ring
from shopward.vault.xaes import NONCE_BYTES, Xaes256Gcm

Profile = Literal["interactive", "test"]

FORMAT: Final = "shopward-keystore/v1"
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Kdf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a passphrase becomes a key. The bounds keep a damaged file from taking all memory."""

    memory_kib: int
    iterations: int
    lanes: int
    salt: str
    name: Literal["argon2id"] = "argon2id"

    def __post_init__(self) -> None:
        """Refuses parameters that no profile would write."""
        if not (1 <= self.lanes <= 16 and 8 * self.lanes <= self.memory_kib <= 1 << 20):
            raise ValueError("lanes or memory_kib out of bounds")
        if not (1 <= self.iterations <= 64 and len(bytes.fromhex(self.salt)) == 16):
            raise ValueError("iterations or salt out of bounds")

    def derive(self, passphrase: bytes) -> bytes:
        """The sealing key: 32 secret bytes. Takes the time that the profile says."""
        return Argon2id(
            salt=bytes.fromhex(self.salt),
            length=KEY_BYTES,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        ).derive(passphrase)

    def salted(self, salt: bytes) -> Kdf:
        """The same cost with another salt of 16 bytes."""
        return msgspec.structs.replace(self, salt=salt.hex())

    def bound(self) -> bytes:
        """The context that binds the sealed secrets to these parameters."""
        numbers = (u32(self.memory_kib), u32(self.iterations), u32(self.lanes))
        return context(FORMAT.encode(), self.name.encode(), *numbers, bytes.fromhex(self.salt))


class Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sealed in the file: a ring for each kind of key, and one root of 32 bytes in hex."""

    rings: dict[Kind, Ring]
    name_root: str

    def __post_init__(self) -> None:
        """Refuses a root of another length and a kind that is missing."""
        if len(bytes.fromhex(self.name_root)) != KEY_BYTES or set(self.rings) != set(KINDS):
            raise ValueError("a key has another length, or a kind is missing")

    def __repr__(self) -> str:
        return f"Secrets(rings={self.rings!r})"

    def with_ring(self, kind: Kind, ring: Ring) -> Secrets:
        """The same with another ring of this kind."""
        return msgspec.structs.replace(self, rings={**self.rings, kind: ring})


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it stands, nothing opened yet."""

    format: str
    kdf: Kdf
    key_id: str
    sealed: str


class _Named(msgspec.Struct, frozen=True):
    format: str


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The key that a passphrase gave, and how; opens and seals the file's secrets.

    Args:
        key: 32 secret bytes.
        kdf: The parameters it came from.
    """

    key: bytes = field(repr=False)
    kdf: Kdf

    def seal(self, secrets: Secrets) -> bytes:
        """The bytes of a keystore file."""
        return self._seal_with_nonce(os.urandom(NONCE_BYTES), secrets)

    def open_(self, document: Document) -> Secrets:
        """The secrets of a keystore file.

        Raises:
            KeystoreError: Another passphrase made the file, or it is damaged.
        """
        if document.key_id != key_id(self.key).hex():
            raise KeystoreError(
                "the passphrase does not open the keystore",
                hint="Check which passphrase belongs to this file; if it is the right one, the "
                "file is damaged: restore it from where you keep its copy.",
            )
        try:
            sealed = base64.b64decode(document.sealed, validate=True)
            plain = Xaes256Gcm(self.key).open_(sealed, document.kdf.bound())
            return msgspec.json.decode(plain, type=Secrets)
        except (binascii.Error, UndecryptableError, msgspec.DecodeError):
            raise _damaged() from None

    def _seal_with_nonce(self, nonce: bytes, secrets: Secrets) -> bytes:
        plain = msgspec.json.encode(secrets)
        sealed = Xaes256Gcm(self.key).seal_with_nonce(nonce, plain, self.kdf.bound())
        document = Document(
            FORMAT, self.kdf, key_id(self.key).hex(), base64.b64encode(sealed).decode()
        )
        return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def kdf_of(profile: Profile, salt: bytes) -> Kdf:
    """The parameters of a profile: 64 MiB and a fraction of a second, or `test`, a tiny one."""
    if profile == "test":
        return Kdf(memory_kib=8, iterations=1, lanes=1, salt=salt.hex())
    return Kdf(memory_kib=65_536, iterations=3, lanes=4, salt=salt.hex())


def parse(data: bytes) -> Document:
    """Reads a keystore file's bytes; opens nothing.

    Raises:
        KeystoreError: They are damaged, or of a format that this version does not know.
    """
    try:
        named = msgspec.json.decode(data, type=_Named)
        if named.format == FORMAT:
            return msgspec.json.decode(data, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _damaged() from None
    raise KeystoreError(
        "the keystore has a format that this version does not know",
        hint=f"This version reads {FORMAT}; run the version of Shopward that wrote the file.",
    )


def _damaged() -> KeystoreError:
    return KeystoreError(
        "the keystore file is damaged",
        hint="Restore it from where you keep its copy; without it no value can be opened.",
    )
