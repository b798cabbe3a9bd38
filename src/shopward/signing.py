"""Signed notes: text that carries Ed25519 signatures under named keys.

Checkpoints, manifests and badges are signed notes. The format is C2SP signed-note::

    shop.example/ledger
    601
    kq4mT7T8…=

    — shop.example/ledger Az3grlgtzPIC…=

and a verifier key ("vkey") is one line, `name+hex key id+base64(0x01 | 32-byte public key)`.

This module does not say what a text means (`ledger.checkpoint` does) and keeps no keys on disk.

* A text is handed out only after a trusted key's signature over it has verified.
* A signature under a trusted name and key id that does not verify rejects the whole note.
* Base64 has one spelling: padding and unused bits are checked, so a note cannot be re-spelled.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shopward.errors import IntegrityError, SignatureError

KEY_BYTES = 32
MAX_NOTE_CHARS = 1_000_000
MAX_SIGNATURES = 64

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding. Source: RFC 4648 §4."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, what: str) -> bytes:
    """The bytes of standard base64 in its one canonical spelling.

    Args:
        text: Untrusted.
        what: Names the part in the error; never the text itself.

    Raises:
        IntegrityError: Another alphabet, missing padding or unused bits that are not zero.

    Source: RFC 4648 §3.5, §4.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise IntegrityError(f"{what} is not base64") from None
    if encode_base64(data) != text:
        raise IntegrityError(f"{what} is not canonical base64")
    return data


def key_id(name: str, public_key: bytes) -> bytes:
    """The 4-byte id of an Ed25519 key under a name: a label, not a fingerprint to trust.

    Source: C2SP signed-note, "Signatures".
    """
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:_KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class Note:
    """A text whose signature verified, and the names of the trusted keys that signed it."""

    text: str
    signers: tuple[str, ...]


class Signer:
    """Signs texts with one Ed25519 key under one name.

    Args:
        name: Non-empty, no Unicode space and no plus sign; a schema-less URL by habit.
        seed: 32 secret bytes.

    Raises:
        SignatureError: A name that cannot stand in a note, or a seed of another length.
    """

    __slots__ = ("_key", "_prefix", "name", "verifier", "vkey")

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise SignatureError(f"an Ed25519 seed has {KEY_BYTES} bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())
        self.name = name
        self.vkey = self.verifier.vkey
        self._prefix = self.verifier.key_id

    def __repr__(self) -> str:
        return f"Signer({self.vkey!r})"

    def sign(self, text: str) -> str:
        """The signed note of a text that ends in a newline.

        Raises:
            SignatureError: The text has no final newline, a control character or no UTF-8 form.

        Source: C2SP signed-note, "Format".
        """
        message = _utf8(text)
        if not text.endswith("\n"):
            raise SignatureError("a note's text ends in a newline")
        signature = encode_base64(self._prefix + self._key.sign(message))
        return f"{text}\n— {self.name} {signature}\n"

    def cosign(self, note: str) -> str:
        """The same note with this key's signature under those it has."""
        text, _ = _split(note)
        return note + self.sign(text)[len(text) + 1 :]


class Verifier:
    """Verifies the signatures of one named Ed25519 public key.

    Args:
        name: As for `Signer`.
        public_key: 32 bytes.

    Raises:
        SignatureError: A name that cannot stand in a note, or bytes that are no public key.
    """

    __slots__ = ("_key", "key_id", "name", "public_key")

    def __init__(self, name: str, public_key: bytes) -> None:
        if not name or "+" in name or any(c.isspace() for c in name) or _CONTROL.search(name):
            raise SignatureError("a key name is not empty and has no space, control or plus sign")
        _utf8(name)
        if len(public_key) != KEY_BYTES:
            raise SignatureError(f"an Ed25519 public key has {KEY_BYTES} bytes")
        self.name = name
        self.public_key = public_key
        self.key_id = key_id(name, public_key)
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def __repr__(self) -> str:
        return f"Verifier({self.vkey!r})"

    @property
    def vkey(self) -> str:
        """The one-line public form to hand to an auditor."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(_ED25519 + self.public_key)}"

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """The verifier of a vkey line.

        Raises:
            IntegrityError: Malformed, another algorithm, or a key id that is not this key's.
        """
        match = _VKEY.fullmatch(vkey.strip())
        if match is None:
            raise SignatureError("a verifier key has the form name+hexid+base64")
        name, hex_id, encoded = match.groups()
        key = decode_base64(encoded, "the verifier key")
        if key[:1] != _ED25519:
            raise SignatureError("the verifier key is not an Ed25519 key")
        verifier = cls(name, key[1:])
        if verifier.key_id.hex() != hex_id:
            raise SignatureError("the verifier key's id does not belong to its name and key")
        return verifier

    def verify(self, message: bytes, signature: bytes) -> None:
        """Accept exactly a valid signature over exactly these bytes.

        Args:
            message: Any length.
            signature: 64 bytes, untrusted.

        Raises:
            SignatureError: It does not verify.

        Source: RFC 8032 §5.1.7.
        """
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise SignatureError("a signature does not verify") from None


def open_note(note: str, verifiers: Iterable[Verifier]) -> Note:
    """The text of a note, once at least one trusted key has signed it.

    Signatures of unknown keys are ignored, so that witnesses may cosign.

    Args:
        note: Untrusted, at most 1,000,000 characters and 64 signatures.
        verifiers: The keys to trust.

    Raises:
        SignatureError: Malformed, no trusted key signed, or a trusted key's signature is false.

    Source: C2SP signed-note, "Signatures".
    """
    trusted = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    text, lines = _split(note)
    message = text.encode()
    signers: list[str] = []
    for name, key, signature in map(_parse_signature, lines):
        verifier = trusted.get((name, key))
        if verifier is not None:
            verifier.verify(message, signature)
            signers.append(name)
    if not signers:
        raise SignatureError("no key we trust signed this note")
    return Note(text, tuple(signers))


def _split(note: str) -> tuple[str, list[str]]:
    """The text with its final newline, and the signature lines."""
    if len(note) > MAX_NOTE_CHARS:
        raise SignatureError("the note is too long")
    _utf8(note)
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise SignatureError("a note is a text, an empty line and signature lines")
    lines = signatures[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise SignatureError(f"a note has at most {MAX_SIGNATURES} signatures")
    return text + "\n", lines


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    """Name, 4-byte key id and signature of one signature line."""
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None:
        raise SignatureError("a signature line is an em dash, a name and base64")
    data = decode_base64(match[2], "a signature")
    if len(data) <= _KEY_ID_BYTES:
        raise SignatureError("a signature is shorter than its key id")
    return match[1], data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:]


def _utf8(text: str) -> bytes:
    """The text's UTF-8 bytes, refused when it holds a control character or has no such form."""
    if _CONTROL.search(text):
        raise SignatureError("a note holds no control character but newline")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise SignatureError("a note is valid UTF-8") from None
