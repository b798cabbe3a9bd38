"""Whether a webhook was signed by the shop: HMAC-SHA256 over the body as it came, byte by byte.

    woocommerce   X-WC-Webhook-Signature: base64(HMAC(secret, body))
    shopify       X-Shopify-Hmac-Sha256: base64(HMAC(client secret, body))
    signed        Shopward-Signature: t=<seconds since 1970>,v1=<hex(HMAC(secret, t "." body))>

`signed` is ours, for shop software that has no signature of its own (Medusa, Magento). The first
two sign no time and no header: what they say beside the body proves nothing.

- Every key is tried, each compared in constant time; a missing header is compared too.
- A `t` further than five minutes from now is no signature.

Source: woocommerce/woocommerce, includes/class-wc-webhook.php, `generate_signature`;
https://shopify.dev/docs/apps/build/webhooks/subscribe/https; RFC 2104.
"""

from __future__ import annotations

import hmac
import re
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

TOLERANCE_S: Final = 300
_SIGNED: Final = re.compile(rb"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


class Format(StrEnum):
    """How a shop signs and writes what it delivers."""

    WOOCOMMERCE = "woocommerce"
    SHOPIFY = "shopify"
    SIGNED = "signed"


SIGNATURES: Final = {
    Format.WOOCOMMERCE: b"x-wc-webhook-signature",
    Format.SHOPIFY: b"x-shopify-hmac-sha256",
    Format.SIGNED: b"shopward-signature",
}
TOPICS: Final = {
    Format.WOOCOMMERCE: b"x-wc-webhook-topic",
    Format.SHOPIFY: b"x-shopify-topic",
}
"""The header that names a topic; it is not signed."""
HEADERS: Final = frozenset({*SIGNATURES.values(), *TOPICS.values()})


def is_signed(
    form: Format,
    headers: Mapping[bytes, bytes],
    body: bytes,
    keys: Sequence[bytes],
    now_s: int,
) -> bool:
    """Whether one of these keys signed this body, for `signed` within five minutes of now."""
    given = headers.get(SIGNATURES[form], b"").strip()
    if form is not Format.SIGNED:
        return _is_one(given, [_base64(key, body) for key in keys])
    found = _SIGNED.fullmatch(given)
    moment, digest = found.groups() if found else (b"0", b"")
    made = [sign(key, int(moment), body).encode() for key in keys]
    is_fresh = abs(now_s - int(moment)) <= TOLERANCE_S
    return _is_one(b"t=" + moment + b",v1=" + digest, made) and is_fresh


def sign(key: bytes, moment_s: int, body: bytes) -> str:
    """The value of `Shopward-Signature` for a body."""
    said = b"%d." % moment_s + body
    return f"t={moment_s},v1={hmac.digest(key, said, 'sha256').hex()}"


def _is_one(given: bytes, made: Sequence[bytes]) -> bool:
    found = False
    for one in made:
        found |= hmac.compare_digest(given, one)
    return found


def _base64(key: bytes, body: bytes) -> bytes:
    return b2a_base64(hmac.digest(key, body, "sha256"), newline=False)
