"""The routes about keys and about the certificates that rest on them."""

from __future__ import annotations

from functools import partial

from shopward.api import keys
from shopward.api.route import Parameter, Route
from shopward.api.wire_keys import (
    ErasureCertificate,
    KeyRings,
    LogKeys,
    PassphraseChanged,
    PassphraseRequest,
)

ENTRY = Parameter("index", "query", "integer", "The erasure's entry.", required=False, example=0)
TOKEN = Parameter(
    "subject",
    "query",
    "string",
    "The token the customer had; instead of `index`.",
    required=False,
    pattern="^cus_[0-9a-z]{27}$",
)

_read = partial(Route, "GET")

KEY_ROUTES = (
    _read(
        "/v1/log/keys",
        keys.log_keys,
        "Every key that signed the ledger, and how each handed over to the next",
        "log-keys",
        response=LogKeys,
        is_public=True,
    ),
    _read(
        "/v1/certificate",
        keys.certificate,
        "The certificate of an erasure",
        "certificate",
        response=ErasureCertificate,
        parameters=(ENTRY, TOKEN),
        problems=(403, 404),
        is_own=True,
    ),
    _read(
        "/v1/keys", keys.list_keys, "Every key's dates", "keys", response=KeyRings, problems=(403,)
    ),
    Route(
        "POST",
        "/v1/keys/passphrase",
        keys.change_passphrase,
        "Seal the keystore under another passphrase",
        "change-passphrase",
        request=PassphraseRequest,
        response=PassphraseChanged,
        problems=(409,),
        admin=True,
    ),
)
