r"""Signed assertions: who asks, told to the data plane by a control plane, for one request.

An assertion is a signed note (`signing`) in base64url without padding, sent as
`Authorization: Assertion <that>`. Its text is two lines::

    shopward-assertion/v1
    {"aud":"shop.example/ledger","iat":1767225600000,"exp":1767225660000,"jti":"…", …}

docs/spec/assertion.md is its specification, vectors/assertion.json its vectors. This module makes
and reads assertions; whether one was seen before is asked by `api.auth`.

- Valid for at most 60 seconds, for one audience, one method, one path with query and one body.
- An assertion of the realm `customer` names the one subject that it may be about.
- Nothing in it is taken before its signature has verified under a key that was registered.

Source: C2SP signed-note; RFC 8032 (Ed25519); RFC 4648 §5 (base64url).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from shopward.clock import to_ms
from shopward.errors import SignatureError
from shopward.signing import Signer, Verifier, open_note

SCHEME: Final = "Assertion"
FORMAT: Final = "shopward-assertion/v1"
LIFE_MS: Final = 60_000
SKEW_MS: Final = 5_000
"""How far ahead the clock of a control plane may be."""
MAX_CHARS: Final = 8_192
JTI_BYTES: Final = 16

Word = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[!-~]+\Z")]


class Assertion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is asserted.

    Args:
        aud: `log` of the settings, so that an assertion is of use at one installation.
        iat: When it was made, milliseconds since the epoch.
        exp: When it ends, at most 60,000 later.
        jti: 16 random bytes in base64url; each is taken once.
        req: `request_hash` of the request, in base64.
        actor: The account that asks: a random id, never a name.
        realm: `staff`, `customer`, or `system` for a job of the control plane itself.
        role: The policy's role that the actor has.
        acr: How surely the actor signed in, 1 to 3 (NIST SP 800-63 AAL).
        auth_time: When the actor last proved who it is, milliseconds; None for `system`.
        session: A digest that tells one session from another, never its cookie.
        subject: The customer's token that a `customer` may ask about.
        clauses: What the actor fulfils, such as `trained:pii`.
        proof: Reserved for an actor's own signature (a passkey's); must be absent.
    """

    aud: Word
    iat: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    exp: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    jti: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
    req: Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")]
    actor: Word
    realm: Literal["staff", "customer", "system"]
    role: Annotated[str, Meta(max_length=40)] = ""
    acr: Annotated[int, Meta(ge=1, le=3)] = 1
    auth_time: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    session: Word | None = None
    subject: Word | None = None
    clauses: Annotated[tuple[Word, ...], Meta(max_length=32)] = ()
    proof: None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Assertion).decode


def request_hash(method: str, target: str, body: bytes) -> str:
    """SHA-256, in base64, over method, target (path with query) and body.

    Each part stands behind its length in bytes (4 bytes, big-endian), so that none runs over into
    the next.
    """
    digest = hashlib.sha256()
    for part in (method.encode(), target.encode(), body):
        digest.update(len(part).to_bytes(4, "big") + part)
    return base64.b64encode(digest.digest()).decode()


def new_jti() -> str:
    """A name for one assertion: 16 random bytes in base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(JTI_BYTES)).rstrip(b"=").decode()


def seal(signer: Signer, assertion: Assertion) -> str:
    """The value of the Authorization header, scheme included. Secret for a minute."""
    note = signer.sign(f"{FORMAT}\n{_encode(assertion).decode()}\n")
    return f"{SCHEME} {base64.urlsafe_b64encode(note.encode()).rstrip(b'=').decode()}"


def key_name(token: str) -> str:
    """The name under which a token claims to be signed: to look a key up, not to trust."""
    last = _note(token)[:-1].rpartition("\n")[2]
    return last.removeprefix("— ").partition(" ")[0]


def open_assertion(token: str, verifier: Verifier, audience: str, now: datetime) -> Assertion:
    """The assertion of a token that this key signed, for us, and valid at `now`.

    Args:
        token: What follows the scheme; untrusted.
        verifier: The registered key under whose name it came.
        audience: `log` of the settings.
        now: Aware.

    Raises:
        IntegrityError: It is malformed, not signed by this key, for another audience, or not
            valid now. The error does not repeat it.
    """
    text = open_note(_note(token), [verifier]).text
    head, _, rest = text.partition("\n")
    if head != FORMAT or rest.count("\n") != 1:
        raise SignatureError("this is not an assertion of a known format")
    try:
        found = _decode(rest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SignatureError("the assertion is malformed") from None
    _refuse_elsewhere(found, audience)
    _refuse_untimely(found, to_ms(now))
    return found


def is_for(assertion: Assertion, method: str, target: str, body: bytes) -> bool:
    """Whether it was made for this request; compared in constant time."""
    return hmac.compare_digest(assertion.req, request_hash(method, target, body))


def _refuse_elsewhere(found: Assertion, audience: str) -> None:
    if not hmac.compare_digest(found.aud.encode(), audience.encode()):
        raise SignatureError("the assertion is for another installation")
    if (found.realm == "customer") != (found.subject is not None):
        raise SignatureError("an assertion of a customer, and no other, names its subject")
    if found.realm != "system" and (found.auth_time is None or found.session is None):
        raise SignatureError("an assertion of a person names session and time of sign-in")


def _refuse_untimely(found: Assertion, now_ms: int) -> None:
    if found.exp - found.iat > LIFE_MS or found.iat > now_ms + SKEW_MS or found.exp <= now_ms:
        raise SignatureError("the assertion is not valid at this time")
    if found.auth_time is not None and found.auth_time > found.iat:
        raise SignatureError("the sign-in is later than the assertion")


def _note(token: str) -> str:
    """The signed note that a token carries."""
    if len(token) > MAX_CHARS:
        raise SignatureError("the assertion is too long")
    padded = token + "=" * (-len(token) % 4)
    try:
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
        note = data.decode()
    except (ValueError, binascii.Error):
        raise SignatureError("the assertion is not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != token:
        raise SignatureError("the assertion is not canonical base64url")
    return note
