"""What would the policy answer, and why: a dry run that opens no value.

It is entered like a look, since the answer tells something about a customer's facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from shopward.events import Kind
from shopward.policy import Ask, Deny, may
from shopward.policy.explain import explain
from shopward.policy.words import REASONS
from shopward.store import Found, Need
from shopward.vault.frozen import read_freeze
from shopward.vault.operation import Base, Prepared
from shopward.vault.reveal import NOTHING, fact_key, fact_view


@dataclass(frozen=True, slots=True)
class Explanation:
    """`steps` are (rule, passed, words) in the order of judgement."""

    deny: Deny | None
    sentence: str
    hint: str | None
    steps: tuple[tuple[str, bool, str], ...]


class Explain(Struct, frozen=True):
    """Another role's answer is told to callers that may audit, and to nobody else."""

    verb: ClassVar[str] = "explain"
    changes: ClassVar[str] = ""

    base: Base
    alias: bytes | None
    asked: str
    role: str | None
    fields: tuple[str, ...]
    purpose: str | None
    fact: str | None

    def need(self) -> Need:
        """The customer, when one is named, and the fact."""
        return Need(self.alias, fact_key(self.fact))

    def prepare(self, found: Found, now: datetime) -> Prepared:
        """The verdict with every rule that was looked at."""
        base, policy = self.base, self.base.vault.policy
        snapshot, role = found.snapshot, self.role or base.caller.role
        details = base.details(
            "explain", purpose=self.purpose, fact=self.fact, fields=self.fields, about=role
        )
        needed = "audit" if role != base.caller.role else "explain"
        if not base.caller.is_operator and (deny := may(policy, base.caller.role, needed)):
            return base.refuse(deny, details)
        if self.alias is not None and (snapshot is None or snapshot.erased_ms is not None):
            return base.absent(details, snapshot)
        ask = Ask(
            self.asked,
            role,
            self.purpose,
            self.fields,
            base.caller.assurance,
            base.caller.clauses,
            self.fact,
            fact_view(found.fact, snapshot),
            None if snapshot is None else read_freeze(snapshot.freeze),
            base.vault.register.freeze_of(base.caller),
            base.spent(self.purpose, snapshot, now) if role == base.caller.role else None,
            auth_age_s=base.caller.auth_age_s(now),
            over=frozenset(snapshot.over) if snapshot is not None else NOTHING,
        )
        told = self._tell(ask, now)
        reason = str(told.deny.reason) if told.deny else None
        decision = "deny" if told.deny else "permit"
        said = base.details(
            "explain",
            purpose=self.purpose,
            fact=self.fact,
            fields=self.fields,
            about=role,
            decision=decision,
            reason=reason,
        )
        change = base.entry(Kind.RECORD_EXPLAINED, said, snapshot)
        return Prepared(change, said, told)

    def _tell(self, ask: Ask, now: datetime) -> Explanation:
        policy = self.base.vault.policy
        verdict = self.base.vault.decide(ask, now)
        steps = explain(policy, ask, now)
        told = tuple((step.rule, step.passed, step.words) for step in steps)
        if not isinstance(verdict, Deny):
            return Explanation(None, "The policy permits this now.", None, told)
        sentence, hint = REASONS[verdict.reason]
        for step in steps:
            if step.reason is verdict.reason and step.field == verdict.field:
                sentence = step.words
        return Explanation(verdict, sentence, hint, told)
