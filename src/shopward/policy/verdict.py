"""What is asked of the policy and what it answers, as values.

A denial is a value here, so that it can be explained, previewed and tested; it becomes an error
only at the edge, after its ledger entry is committed. No field's value is ever part of an ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shopward.policy.budget import Spent
from shopward.policy.freeze import Freeze
from shopward.policy.model import Show


class Reason(StrEnum):
    """Why an ask is denied. The slugs are published and stay."""

    CALLER_FROZEN = "caller-frozen"
    ROLE_UNKNOWN = "role-unknown"
    VERB_NOT_ALLOWED = "verb-not-allowed"
    PURPOSE_MISSING = "purpose-missing"
    PURPOSE_UNKNOWN = "purpose-unknown"
    FIELD_MISSING = "field-missing"
    FIELD_UNKNOWN = "field-unknown"
    DENIED_BY_RULE = "denied-by-rule"
    FIELD_NOT_ALLOWED = "field-not-allowed"
    FACT_MISSING = "fact-missing"
    FACT_UNKNOWN = "fact-unknown"
    FACT_FOREIGN = "fact-foreign"
    FACT_WRONG_TYPE = "fact-wrong-type"
    FACT_CLOSED = "fact-closed"
    FACT_EXPIRED = "fact-expired"
    FIND_NOT_ALLOWED = "find-not-allowed"
    ASSURANCE_TOO_LOW = "assurance-too-low"
    OUTSIDE_HOURS = "outside-hours"
    SIGN_IN_TOO_OLD = "sign-in-too-old"
    CLAUSE_UNMET = "clause-unmet"
    SUBJECT_FROZEN = "subject-frozen"
    RETENTION_OVER = "retention-over"
    READS_SPENT = "reads-spent"
    CUSTOMERS_SPENT = "customers-spent"
    SUBJECT_FOREIGN = "subject-foreign"


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact as the store found it; `belongs` says whether it is about the customer asked for."""

    type: str
    state: str
    expires_at: datetime | None
    belongs: bool


class Ask(Struct, frozen=True):
    """One look: who, for what, which fields, and what the caller brings.

    `fact_ref` is the fact as named by the caller (`order:1042`), None when none was named.
    `fact` is what the store found under it, None when there is nothing. `clauses` are carried by
    the caller's credential, never claimed in the request. `auth_age_s` is how long ago a person
    proved who it is, None for a program. `frozen` is the customer's freeze and `caller_frozen` the
    caller's own, run out or not. `spent` is what the caller has used of its budget; None does not
    judge by one. `over` are the retention classes of the customer that are past their date. `find`
    is the way in which customers are looked for beside by a whole unique value.
    """

    verb: str
    role: str
    purpose: str | None
    fields: tuple[str, ...]
    assurance: int = 1
    clauses: frozenset[str] = frozenset()
    fact_ref: str | None = None
    fact: FactView | None = None
    frozen: Freeze | None = None
    caller_frozen: Freeze | None = None
    spent: Spent | None = None
    auth_age_s: int | None = None
    over: frozenset[str] = frozenset()
    find: str | None = None


class Permit(Struct, frozen=True):
    """Yes: `shows` says for each field of the ask, in its order, how it is shown."""

    shows: tuple[Show, ...]


@dataclass(frozen=True, slots=True)
class Deny:
    """No, to the whole ask; `field` is the first field at fault, when it is about one.

    `until` is when the same ask may be permitted again, where that is known.
    """

    reason: Reason
    field: str | None = None
    until: datetime | None = None
