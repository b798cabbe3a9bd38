"""What a vault answers: one frozen type per answer, named as it travels.

Nothing here decides or sends. Members that hold a customer's value, a credential or an opened
ledger entry are left out of every `repr`, so that a log line or a traceback cannot show them.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the entry stands in the ledger.

    `leaf_hash` is 32 bytes in base64 (RFC 9162 leaf hash); `checkpoint` is the signed head of a
    tree that holds it. In a batch the checkpoint is given once, as `Batch.checkpoint`.
    """

    index: int
    leaf_hash: str
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A new customer: `subject` is the token that the shop keeps."""

    subject: str
    receipt: Receipt
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revealed:
    """Opened fields, each as the policy shows it; null is a field that holds nothing."""

    subject: str
    fields: dict[str, str | None] = field(repr=False)
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Found:
    """The customer behind a uniquely indexed value, if there is one."""

    found: bool
    subject: str | None
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Updated:
    """Fields were replaced; `tokens` are those made now."""

    subject: str
    receipt: Receipt
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stay:
    """A retention class that a law keeps of an erased customer: until when, on what ground."""

    name: str
    until: str
    ground: str


@dataclass(frozen=True, slots=True)
class Erased:
    """The retention classes whose keys died now, and those that a law keeps for a while."""

    subject: str
    classes: tuple[str, ...]
    receipt: Receipt
    stays: tuple[Stay, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """What the policy would answer, and every rule it looked at."""

    verdict: str
    sentence: str
    steps: tuple[str, ...]
    receipt: Receipt
    reason: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class FactPut:
    """A fact as it stands after it was stated; `version` counts its changes."""

    type: str
    id: str
    state: str
    version: int
    receipt: Receipt
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact about a customer."""

    type: str
    id: str
    state: str
    version: int
    expires: str | None = None


@dataclass(frozen=True, slots=True)
class FactList:
    """The facts about one customer."""

    subject: str
    facts: tuple[FactRow, ...]


@dataclass(frozen=True, slots=True)
class ReceiptDocument:
    """A receipt that anybody can verify offline, in the format `shopward-receipt/v1`.

    `details` and `salt` are null when they are not opened, as after an erasure; inclusion still
    verifies.
    """

    format: str
    leaf: str
    proof: str
    salt: str | None = field(default=None, repr=False)
    details: str | None = field(default=None, repr=False)

    def to_json(self) -> str:
        """Write the document as the file that `verify_receipt.py` reads."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One ledger entry; `details` and `salt` are null once their key is destroyed.

    `is_damaged` says that there is a key and the details do not open under it.
    """

    index: int
    leaf: str
    salt: str | None = field(default=None, repr=False)
    details: str | None = field(default=None, repr=False)
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Entries:
    """A run of entries; `next` is where to go on: from there, or in `own_entries` before it."""

    entries: tuple[EntryRow, ...]
    next: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class PastLog:
    """A log that a restore ended: `size` entries were kept, `checkpoint` is over exactly these."""

    number: int
    origin: str
    size: int
    checkpoint: str
    key: str


@dataclass(frozen=True, slots=True)
class PastLogs:
    """Every log before the present one, the oldest first."""

    logs: tuple[PastLog, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """`hashes` are 32 bytes each in base64, in the order of RFC 9162 §2.1."""

    old: int
    new: int
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyState:
    """The policy in force; `refused` lists the mistakes of a newer file that was not taken."""

    sha256: str
    shop: str
    loaded: str
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallerMade:
    """A new caller; `credential` is shown this once and never again; a control plane has none."""

    id: str
    name: str
    role: str
    receipt: Receipt
    credential: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entered:
    """The event stands in the ledger."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class CallerRow:
    """One caller; `revoked` is when it lost its credential, `frozen` until when it is frozen."""

    id: str
    name: str
    role: str
    assurance: int
    clauses: tuple[str, ...]
    created: str
    revoked: str | None = None
    frozen: str | None = None


@dataclass(frozen=True, slots=True)
class CallerList:
    """Every caller, revoked ones too."""

    callers: tuple[CallerRow, ...]


@dataclass(frozen=True, slots=True)
class CallerRevoked:
    """The credential of this caller is dead."""

    id: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Job:
    """Long work of the data plane: `done` of `total`; `note` says why it ended."""

    id: str
    name: str
    argument: str
    state: str
    done: int
    total: int
    started: str
    updated: str
    finished: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class JobList:
    """Every job there ever was, the oldest first."""

    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class JobMoved:
    """A job as it stands now; without a receipt it was under way already."""

    job: Job
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A customer, by the token, or a caller is frozen until then."""

    until: str
    stops: tuple[str, ...]
    receipt: Receipt
    subject: str | None = None
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class Thawed:
    """A customer or a caller is frozen no more."""

    receipt: Receipt
    subject: str | None = None
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class FreezeRow:
    """One freeze that has not run out."""

    until: str
    since: str
    stops: tuple[str, ...]
    reason: str
    subject: str | None = None
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class FreezeList:
    """Every freeze that stands, the first to end first; `more` when there are others."""

    freezes: tuple[FreezeRow, ...]
    more: bool
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class DueRow:
    """A retention class: how many customers' data of it is over, and since when the first is."""

    name: str
    keep_days: int
    customers: int
    first: str | None = None


@dataclass(frozen=True, slots=True)
class RetentionPreview:
    """What the retention job would erase at that moment, were nothing to happen until then."""

    at: str
    classes: tuple[DueRow, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One version of a key: when it began, ended, dies and was destroyed."""

    number: int
    begins: str
    ends: str | None = None
    dies: str | None = None
    destroyed: str | None = None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The versions of one kind: below `least` they are refused, `reads` is looked up by."""

    kind: str
    least: int
    reads: int
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class KeyRings:
    """Every kind of key that has versions."""

    kinds: tuple[KeyRing, ...]


@dataclass(frozen=True, slots=True)
class PassphraseChanged:
    """The old passphrase opens the keystore no longer."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Health:
    """How the vault feels; `is_well` tells whether it answered 200."""

    status: str
    problems: tuple[str, ...] = ()
    is_well: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457 problem details; `receipt` is there when the refusal was entered."""

    type: str
    title: str
    status: int
    code: str
    detail: str = dataclasses.field(repr=False)
    hint: str
    field: str | None = None
    reason: str | None = None
    receipt: Receipt | None = None
