"""The reason: who may see which field of a customer for which purpose, and when.

`parse` and `load` read `policy.toml`, `decide` judges one look and `explain` says in plain words
why; `diff` says what a new file changes for customers. Everything here is pure: nothing knows
keys, customers or values. Legal grounds follow GDPR Article 6(1); categories and uses are
Fideslang keys.
"""

from __future__ import annotations

from shopward.policy.budget import Budget, Spent
from shopward.policy.decide import decide, may
from shopward.policy.diff import Effect, Sentence, diff
from shopward.policy.explain import Step, explain, verdict
from shopward.policy.freeze import Freeze
from shopward.policy.indexes import Index, Way
from shopward.policy.model import (
    ANY,
    Allowance,
    Basis,
    Denial,
    Field,
    Policy,
    Purpose,
    Recipient,
    RetentionClass,
    Role,
    Shop,
    Show,
    Text,
    Verb,
)
from shopward.policy.parse import load, parse
from shopward.policy.verdict import Ask, Deny, FactView, Permit, Reason

__all__ = [
    "ANY",
    "Allowance",
    "Ask",
    "Basis",
    "Budget",
    "Denial",
    "Deny",
    "Effect",
    "FactView",
    "Field",
    "Freeze",
    "Index",
    "Permit",
    "Policy",
    "Purpose",
    "Reason",
    "Recipient",
    "RetentionClass",
    "Role",
    "Sentence",
    "Shop",
    "Show",
    "Spent",
    "Step",
    "Text",
    "Verb",
    "Way",
    "decide",
    "diff",
    "explain",
    "load",
    "may",
    "parse",
    "verdict",
]
