r"""What travels over HTTP: one frozen type per request and answer, decoded strictly.

Unknown members, wrong types and oversized lists are refused with the member's name, never with
its value. A `subject` is written `cus_…` (token), `external:<the shop's own id>`, or
`<field>:<value>` for a field with a unique index, such as `email:ada@example.com`. A `fact` is
written `<type>:<id>`, such as `order:1042`. A time is RFC 3339 with a zone.

- Patterns of requests end in `\Z`: Python's `$` lets a line end follow. The description shows `$`,
  which in its regular expressions means the same.
- What only answers carry is described and not checked.

Everything here is data; nothing here decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

import msgspec

from shopward.clock import from_ms

NAME = r"[a-z][a-z0-9_-]*"
DAY = r"-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
HOUR = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
AHEAD = r"Z|\+(?:[01][0-9]|2[0-3]):[0-5][0-9]"
BEHIND = r"-(?:[01][0-9]|2[0-3]):[0-5][0-9]"
YEARS = r"19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8]"
MOMENT = rf"(?:(?:{YEARS}){DAY}{HOUR}(?:{AHEAD}|{BEHIND})|9999{DAY}{HOUR}(?:{AHEAD}))"
"""RFC 3339 in capitals, from 1970 to the last year that is 9999 in UTC too."""
REFERENCE = (
    rf"(?:(?:cus|tok)_[0-9a-z]{{27}}|[0-9a-z]{{27}}@token\.invalid|\+999[0-9]{{12}}|{NAME}:[\s\S]+)"
)
BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


def one_of(*words: str) -> msgspec.Meta:
    """Refuses whatever is none of these slugs, and describes them as an enumeration."""
    return msgspec.Meta(
        pattern=rf"^(?:{'|'.join(words)})\Z", extra_json_schema={"enum": list(words)}
    )


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=rf"^{NAME}\Z")]
Reference = Annotated[str, msgspec.Meta(max_length=200)]
Value = Annotated[str, msgspec.Meta(max_length=10_000)]
SubjectRef = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=1_000, description="A token, external:<id> or <field>:<value>."
    ),
]
FactRef = Annotated[str, msgspec.Meta(min_length=3, max_length=265, pattern=rf"^{NAME}:[\s\S]+\Z")]
ExternalId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
FactId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Fields = Annotated[list[Name], msgspec.Meta(max_length=100)]
Index = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Expiry = Annotated[
    str,
    msgspec.Meta(max_length=40, pattern=rf"^{MOMENT}\Z", description="RFC 3339, in capitals."),
]

Vkey = Annotated[
    str,
    msgspec.Meta(
        max_length=200, extra_json_schema={"pattern": r"^[^ +]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$"}
    ),
]
Clause = Annotated[
    str, msgspec.Meta(max_length=64, extra_json_schema={"minLength": 1, "pattern": r"^\S+$"})
]

Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Status = Annotated[int, msgspec.Meta(ge=200, le=599)]
Position = Annotated[int, msgspec.Meta(ge=0)]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]{43}=$")]
Base64 = Annotated[str, msgspec.Meta(pattern=rf"^{BASE64}$")]
CallerId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{12}\Z")]
State = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["open", "closed"]})]
Note = Annotated[str, msgspec.Meta(min_length=1, description="A signed note (C2SP).")]


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of every type that travels."""


class StoreRequest(Wire, frozen=True):
    """Seal a new customer's fields; `tokens` names fields that also get a token of their own."""

    fields: Annotated[dict[Name, Value], msgspec.Meta(min_length=1, max_length=100)]
    external: ExternalId | None = None
    tokens: Fields = []
    reference: Reference | None = None


class RevealRequest(Wire, frozen=True):
    """Open fields of one customer for a purpose, resting on a fact where the policy says so."""

    subject: SubjectRef
    fields: Fields = []
    purpose: Name | None = None
    fact: FactRef | None = None
    reference: Reference | None = None


class SearchRequest(Wire, frozen=True):
    """Find the customer whose uniquely indexed field has this value."""

    field: Name
    value: Value
    purpose: Name | None = None
    fact: FactRef | None = None
    reference: Reference | None = None


class UpdateRequest(Wire, frozen=True):
    """Replace fields of one customer; null removes a field."""

    subject: SubjectRef
    fields: Annotated[dict[Name, Value | None], msgspec.Meta(min_length=1, max_length=100)]
    tokens: Fields = []
    reference: Reference | None = None


class EraseRequest(Wire, frozen=True):
    """Destroy the keys of one customer, or of some retention classes only."""

    subject: SubjectRef
    classes: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=100)] | None = None
    reference: Reference | None = None


class ExplainRequest(Wire, frozen=True):
    """Ask what the policy would answer, and why, without looking at a value."""

    purpose: Name | None = None
    fields: Fields = []
    subject: SubjectRef | None = None
    fact: FactRef | None = None
    role: Name | None = None
    verb: Name = "reveal"
    reference: Reference | None = None


class FactRequest(Wire, frozen=True):
    """State a fact about a customer, such as: order 1042 is open until Friday."""

    type: Name
    id: FactId
    subject: SubjectRef
    state: Annotated[str, one_of("open", "closed")]
    expires: Expiry | None = None
    version: Index | None = None
    reference: Reference | None = None


class CallerRequest(Wire, frozen=True):
    """Make a caller: a program with a role and a credential (admin socket only).

    With `key`, a C2SP vkey under the caller's name, it has the role `control-plane` and no
    credential: it signs assertions.
    """

    name: Name
    role: Name
    assurance: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    clauses: Annotated[
        list[Clause],
        msgspec.Meta(max_length=32),
    ] = []
    key: Vkey | None = None


Item = TypeVar("Item")


class Batch(Wire, Generic[Item], frozen=True):
    """Many requests of one kind; each stands for itself and is answered in its place."""

    items: Annotated[list[Item], msgspec.Meta(min_length=1)]


class Receipt(Wire, frozen=True):
    """Where the entry stands in the ledger.

    `leaf_hash` is 32 bytes in base64 (RFC 9162 leaf hash); `checkpoint` is the signed head of a
    tree that holds it, and is given once per answer in a batch.
    """

    index: Position
    leaf_hash: Hash
    checkpoint: Note | None = None


class Stored(Wire, frozen=True):
    """The new customer's token, and the tokens of single fields that were asked for."""

    subject: str
    receipt: Receipt
    tokens: dict[str, str] = {}


class Revealed(Wire, frozen=True):
    """The values asked for; null where the customer has none."""

    subject: str
    fields: dict[str, str | None]
    receipt: Receipt


class Found(Wire, frozen=True):
    """Whether there is such a customer, and their token."""

    found: bool
    subject: str | None
    receipt: Receipt


class Updated(Wire, frozen=True):
    """The customer's token, and the tokens of single fields that were asked for."""

    subject: str
    receipt: Receipt
    tokens: dict[str, str] = {}


class Explained(Wire, frozen=True):
    """What the policy would answer now; `steps` are the rules looked at, in order."""

    verdict: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["permit", "deny"]})]
    sentence: str
    steps: list[str]
    receipt: Receipt
    reason: str | None = None
    hint: str | None = None


class FactPut(Wire, frozen=True):
    """The fact as it is stored now."""

    type: str
    id: str
    state: State
    version: Position
    receipt: Receipt
    expires: Moment | None = None


class FactRow(Wire, frozen=True):
    """One fact."""

    type: str
    id: str
    state: State
    version: Position
    expires: Moment | None = None


class FactList(Wire, frozen=True):
    """Every fact about a customer."""

    subject: str
    facts: list[FactRow]


class CallerMade(Wire, frozen=True):
    """`credential` is shown this once and never again; a control plane has none."""

    id: CallerId
    name: Name
    role: Name
    receipt: Receipt
    credential: str | None = None


class CallerRow(Wire, frozen=True):
    """A caller without its credential; `revoked` is when it ended, `frozen` until when it is."""

    id: CallerId
    name: Name
    role: Name
    assurance: Annotated[int, msgspec.Meta(ge=1, le=3)]
    clauses: list[str]
    created: Moment
    revoked: Moment | None = None
    frozen: Moment | None = None


class CallerList(Wire, frozen=True):
    """Every caller, the revoked too."""

    callers: list[CallerRow]


class CallerRevoked(Wire, frozen=True):
    """The caller that ended."""

    id: CallerId
    receipt: Receipt


class ProblemWire(Wire, frozen=True):
    """RFC 9457 problem details; `receipt` is there when the refusal was entered."""

    type: str
    title: str
    status: Status
    code: str
    detail: str
    hint: str
    field: str | None = None
    reason: str | None = None
    receipt: Receipt | None = None


class ItemAnswer(Wire, frozen=True):
    """One item of a batch: its status, and a result or a problem."""

    status: Status
    reference: str | None = None
    result: Any = None
    problem: ProblemWire | None = None


class BatchAnswer(Wire, frozen=True):
    """Answers in request order; `checkpoint` covers every receipt in them."""

    items: list[ItemAnswer]
    checkpoint: Note


class EntryRow(Wire, frozen=True):
    """One ledger entry; `details` and `salt` are null once their key is destroyed.

    `is_damaged` says that there is a key and the details do not open under it.
    """

    index: Position
    leaf: Base64
    salt: Base64 | None = None
    details: str | None = None
    is_damaged: bool = False


class Entries(Wire, frozen=True):
    """`next` is where to go on, of one customer's *before* which; `checkpoint` holds them."""

    entries: list[EntryRow]
    next: Position
    checkpoint: Note


class Proof(Wire, frozen=True):
    """`hashes` are 32 bytes each in base64, in the order of RFC 9162 §2.1."""

    old: Position
    new: Position
    hashes: list[Hash]


class ReceiptDocument(Wire, frozen=True):
    """A receipt that verifies offline; its format is docs/spec/ledger.md."""

    format: str
    leaf: Base64
    salt: Base64 | None
    details: str | None
    proof: str


class PolicyState(Wire, frozen=True):
    """The policy in force; `refused` lists the mistakes of a file that was not taken."""

    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
    shop: str
    loaded: Moment
    refused: list[str] = []


class Health(Wire, frozen=True):
    """`problems` are sentences for a person."""

    status: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["ok", "ready", "not-ready"]})]
    problems: list[str] = []


def moment(milliseconds: int) -> str:
    """A time on the wire: RFC 3339, UTC."""
    return from_ms(milliseconds).isoformat().replace("+00:00", "Z")
