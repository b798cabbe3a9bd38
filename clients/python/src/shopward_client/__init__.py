"""Typed client of a Shopward vault: store, reveal with a purpose, keep the receipt.

    with Client("http://127.0.0.1:8731", credential=read_credential) as vault:
        stored = vault.store({"email": "ada@example.com"})
        with purpose("fulfil", order=1042):
            shown = vault.reveal(stored.subject, ["email"])
        vault.receipt(shown.receipt.index).to_json()

`AsyncClient` has the same verbs to await. Every refusal is a `ShopwardError`. No policy is decided
and no proof is verified here.
"""

from __future__ import annotations

from shopward_client.answers import (
    CallerMade,
    CallerRevoked,
    CallerRow,
    Entered,
    Entries,
    EntryRow,
    Erased,
    Explained,
    FactList,
    FactPut,
    FactRow,
    Found,
    FreezeList,
    FreezeRow,
    Frozen,
    Health,
    PolicyState,
    Proof,
    Receipt,
    ReceiptDocument,
    Revealed,
    Stay,
    Stored,
    Thawed,
    Updated,
)
from shopward_client.async_client import AsyncClient
from shopward_client.cache import Cache
from shopward_client.client import Client
from shopward_client.context import purpose
from shopward_client.errors import (
    BackupError,
    ConfigError,
    ConflictError,
    DeniedError,
    ErasedError,
    IntegrityError,
    InternalError,
    InvalidError,
    JournalError,
    KeystoreError,
    MethodError,
    NoAnswerError,
    NotFoundError,
    PolicyError,
    ProofError,
    RateLimitedError,
    ShopwardError,
    SignatureError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UndecryptableError,
    UnexpectedAnswerError,
    UnreachableError,
    UnsupportedMediaError,
)
from shopward_client.items import Erase, Event, Explain, PutFact, Reveal, Search, Store, Update
from shopward_client.lazy import AsyncPage, Page, Value
from shopward_client.matches import Match, Matches
from shopward_client.message import Signed
from shopward_client.outcome import Batch, Outcome
from shopward_client.parts import in_parts, in_parts_async
from shopward_client.retry import Retry
from shopward_client.version import __version__

__all__ = [
    "AsyncClient",
    "AsyncPage",
    "BackupError",
    "Batch",
    "Cache",
    "CallerMade",
    "CallerRevoked",
    "CallerRow",
    "Client",
    "ConfigError",
    "ConflictError",
    "DeniedError",
    "Entered",
    "Entries",
    "EntryRow",
    "Erase",
    "Erased",
    "ErasedError",
    "Event",
    "Explain",
    "Explained",
    "FactList",
    "FactPut",
    "FactRow",
    "Found",
    "FreezeList",
    "FreezeRow",
    "Frozen",
    "Health",
    "IntegrityError",
    "InternalError",
    "InvalidError",
    "JournalError",
    "KeystoreError",
    "Match",
    "Matches",
    "MethodError",
    "NoAnswerError",
    "NotFoundError",
    "Outcome",
    "Page",
    "PolicyError",
    "PolicyState",
    "Proof",
    "ProofError",
    "PutFact",
    "RateLimitedError",
    "Receipt",
    "ReceiptDocument",
    "Retry",
    "Reveal",
    "Revealed",
    "Search",
    "ShopwardError",
    "SignatureError",
    "Signed",
    "Stay",
    "Store",
    "Stored",
    "Thawed",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UndecryptableError",
    "UnexpectedAnswerError",
    "UnreachableError",
    "UnsupportedMediaError",
    "Update",
    "Updated",
    "Value",
    "__version__",
    "in_parts",
    "in_parts_async",
    "purpose",
]
