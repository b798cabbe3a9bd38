"""The vault's keys (admin socket only), the ledger's, and certificates of erasures."""

from __future__ import annotations

from shopward_client.answers import KeyRing, KeyRings, PassphraseChanged
from shopward_client.call import Call
from shopward_client.calls.build import body, get, json_of, text


def key_versions() -> Call[tuple[KeyRing, ...]]:
    """List every version of every kind of key, without a secret."""
    read = json_of(KeyRings)
    return get("/v1/keys", lambda answer: read(answer).kinds)


def change_passphrase(passphrase: str) -> Call[PassphraseChanged]:
    """Seal the keystore under another passphrase.

    Args:
        passphrase: At least 12 characters; secret.
    """
    document = body({"passphrase": passphrase})
    return Call("POST", "/v1/keys/passphrase", json_of(PassphraseChanged), body=document)


def log_keys() -> Call[str]:
    """Fetch every key that signed the ledger with its hand-overs, as a document to keep."""
    return get("/v1/log/keys", text)


def certificate(*, index: int | None = None, subject: str | None = None) -> Call[str]:
    """Fetch the certificate of an erasure, as a document to keep.

    Args:
        index: The erasure's entry.
        subject: The token the customer had; instead of `index`.
    """
    named = {"index": index, "subject": subject}
    return get(
        "/v1/certificate", text, **{key: one for key, one in named.items() if one is not None}
    )
