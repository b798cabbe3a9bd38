"""The verbs of `/v1`: how a request becomes an operation, and its answer an answer.

One row per verb; single and batch form share it. Nothing here decides or commits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from shopward.api import wire, wire_events, wire_retention
from shopward.api.wire import Receipt
from shopward.clock import to_ms
from shopward.errors import InvalidError
from shopward.events import Kind
from shopward.vault.details import TOKEN_FIELD
from shopward.vault.erase import Erase
from shopward.vault.explain import Explain, Explanation
from shopward.vault.facts import PutFact
from shopward.vault.keep import Store, Update
from shopward.vault.operation import Base, Operation
from shopward.vault.record import Event, Record
from shopward.vault.reveal import Reveal
from shopward.vault.search import Search
from shopward.vault.service import Vault
from shopward.vault.tokens import is_token

Make = Callable[[Base, Any], Operation]
Answer = Callable[[Any, Any, Receipt], wire.Wire]


@dataclass(frozen=True, slots=True)
class Verb:
    """`writes` verbs take an Idempotency-Key; `status` is that of a success."""

    name: str
    path: str
    request: type[wire.Wire]
    response: type[wire.Wire]
    make: Make
    answer: Answer
    summary: str
    method: str = "POST"
    status: int = 200
    writes: bool = False


def subject_digest(vault: Vault, reference: str) -> tuple[bytes, str | None]:
    """(alias digest, the reference when it is the customer's own token) of a subject reference.

    Raises:
        InvalidError: Not a token, `external:…` or a uniquely indexed field of the policy.
    """
    if is_token(reference):
        own = reference if reference.startswith("cus_") else None
        return vault.token_digest(TOKEN_FIELD if own else "token:", reference), own
    name, found, value = reference.partition(":")
    if found and name == "external" and value:
        return vault.external_digest(value), None
    known = vault.policy.fields.get(name)
    if found and known is not None and "unique" in known.indexes:
        return vault.index_digest(name, value), None
    raise InvalidError(
        "`subject` is neither a token nor a reference that can be looked up.",
        hint="Write cus_…, external:<your id>, or <field>:<value> for a field with a unique index.",
        field="subject",
    )


def _store(base: Base, request: wire.StoreRequest) -> Operation:
    return Store(base, request.fields, request.external, tuple(dict.fromkeys(request.tokens)))


def _reveal(base: Base, request: wire.RevealRequest) -> Operation:
    alias, own = subject_digest(base.vault, request.subject)
    fields = tuple(dict.fromkeys(request.fields))
    return Reveal(base, alias, own, fields, request.purpose, request.fact)


def _search(base: Base, request: wire.SearchRequest) -> Operation:
    known = base.vault.policy.fields.get(request.field)
    if known is not None and "unique" not in known.indexes:
        raise InvalidError(
            f"`{request.field}` has no unique index and cannot be searched.",
            hint='Set indexes = ["unique"] for it in policy.toml before customers are stored.',
            field="field",
        )
    alias = base.vault.index_digest(request.field, request.value) if known else bytes(32)
    return Search(base, alias, request.field, request.purpose, request.fact)


def _update(base: Base, request: wire.UpdateRequest) -> Operation:
    alias, _ = subject_digest(base.vault, request.subject)
    return Update(base, alias, request.fields, tuple(dict.fromkeys(request.tokens)))


def _erase(base: Base, request: wire.EraseRequest) -> Operation:
    alias, own = subject_digest(base.vault, request.subject)
    classes = None if request.classes is None else tuple(request.classes)
    return Erase(base, alias, own, classes)


def _explain(base: Base, request: wire.ExplainRequest) -> Operation:
    alias = subject_digest(base.vault, request.subject)[0] if request.subject else None
    fields = tuple(dict.fromkeys(request.fields))
    return Explain(base, alias, request.verb, request.role, fields, request.purpose, request.fact)


def _fact(base: Base, request: wire.FactRequest) -> Operation:
    alias, own = subject_digest(base.vault, request.subject)
    expires = parse_moment(request.expires) if request.expires else None
    return PutFact(
        base, alias, own, request.type, request.id, request.state, expires, request.version
    )


def _record(base: Base, request: wire_events.EventRequest) -> Operation:
    parse_moment(request.at, "at")
    alias = subject_digest(base.vault, request.subject)[0] if request.subject else None
    event = Event(
        Kind(request.kind),
        request.at,
        request.actor,
        request.realm,
        request.role,
        request.session,
        request.subject,
        request.about,
    )
    return Record(base, event, alias)


def parse_moment(text: str, field: str = "expires") -> int:
    """Milliseconds since the epoch of an RFC 3339 time with a zone.

    Raises:
        InvalidError: Not such a time.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return to_ms(moment)
    except (ValueError, OverflowError):
        raise InvalidError(
            f"`{field}` is not a time with a zone.",
            hint="Write it as 2026-12-24T18:00:00+01:00.",
            field=field,
        ) from None


def _erased(_: Erase, value: Any, receipt: Receipt) -> wire_retention.Erased:
    token, classes, stays = value
    kept = tuple(
        wire_retention.Stay(name, wire.moment(until), ground) for name, until, ground in stays
    )
    return wire_retention.Erased(token or "", list(classes), receipt, kept)


def _explained(_: Explain, told: Explanation, receipt: Receipt) -> wire.Explained:
    return wire.Explained(
        verdict="deny" if told.deny else "permit",
        sentence=told.sentence,
        steps=[
            f"{'yes' if passed else 'no'} {rule}: {words}" for rule, passed, words in told.steps
        ],
        receipt=receipt,
        reason=str(told.deny.reason) if told.deny else None,
        hint=told.hint,
    )


def _fact_put(made: PutFact, version: int, receipt: Receipt) -> wire.FactPut:
    expires = None if made.expires_ms is None else wire.moment(made.expires_ms)
    return wire.FactPut(
        type=made.type,
        id=made.id,
        state=made.state,
        version=version,
        receipt=receipt,
        expires=expires,
    )


VERBS = (
    Verb(
        "store",
        "/v1/records",
        wire.StoreRequest,
        wire.Stored,
        _store,
        lambda _, value, receipt: wire.Stored(value[0], receipt, value[1]),
        "Seal a new customer's fields",
        status=201,
        writes=True,
    ),
    Verb(
        "reveal",
        "/v1/reveal",
        wire.RevealRequest,
        wire.Revealed,
        _reveal,
        lambda _, value, receipt: wire.Revealed(value[0], value[1], receipt),
        "Open fields of a customer for a purpose",
    ),
    Verb(
        "search",
        "/v1/search",
        wire.SearchRequest,
        wire.Found,
        _search,
        lambda _, value, receipt: wire.Found(value is not None, value, receipt),
        "Find a customer by a uniquely indexed field",
    ),
    Verb(
        "update",
        "/v1/update",
        wire.UpdateRequest,
        wire.Updated,
        _update,
        lambda _, value, receipt: wire.Updated(value[0], receipt, value[1]),
        "Replace or remove fields of a customer",
        writes=True,
    ),
    Verb(
        "erase",
        "/v1/erase",
        wire.EraseRequest,
        wire_retention.Erased,
        _erase,
        _erased,
        "Destroy the keys of a customer",
        writes=True,
    ),
    Verb(
        "explain",
        "/v1/explain",
        wire.ExplainRequest,
        wire.Explained,
        _explain,
        _explained,
        "Ask what the policy would answer, and why",
    ),
    Verb(
        "record",
        "/v1/events",
        wire_events.EventRequest,
        wire_events.Entered,
        _record,
        lambda _, __, receipt: wire_events.Entered(receipt),
        "Enter what happened in a control plane",
        status=201,
        writes=True,
    ),
    Verb(
        "facts",
        "/v1/facts",
        wire.FactRequest,
        wire.FactPut,
        _fact,
        _fact_put,
        "State a fact about a customer",
        method="PUT",
        writes=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Codec:
    """The decoders of one verb, made once."""

    single: msgspec.json.Decoder[Any]
    batch: msgspec.json.Decoder[Any]


def codec(verb: Verb) -> Codec:
    """Strict decoders for the single and the batch form."""
    return Codec(
        msgspec.json.Decoder(verb.request),
        msgspec.json.Decoder(batch_type(verb)),
    )


def batch_type(verb: Verb) -> Any:
    """The type of a verb's batch form."""
    generic: Any = wire.Batch
    return generic[verb.request]
