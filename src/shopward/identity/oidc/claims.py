"""What a shop may ask for, and how it is told: the policy's fields as scopes and claims.

A field of a category that OpenID Connect knows travels under the standard claim; `profile`,
`email`, `phone` and `address` ask for those. Any other field has a scope of its own, such as
`field:vat_id`, and stands in the claim `fields`. Nothing is typed twice: the policy names the
categories.

Source: OpenID Connect Core 1.0 §5.1, §5.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from shopward.policy import Policy

OPENID: Final = "openid"
SECURITY: Final = "security"
"""The scope with which a shop shows a customer how safe her account is; it opens no field."""
ADDRESS: Final = "address"
OTHERS: Final = "fields"
STANDARD: Final[Mapping[str, tuple[str, str]]] = {
    "user.name": ("profile", "name"),
    "user.name.first": ("profile", "given_name"),
    "user.name.last": ("profile", "family_name"),
    "user.contact.email": ("email", "email"),
    "user.contact.phone_number": ("phone", "phone_number"),
    "user.contact.address.street": (ADDRESS, "street_address"),
    "user.contact.address.city": (ADDRESS, "locality"),
    "user.contact.address.state": (ADDRESS, "region"),
    "user.contact.address.postal_code": (ADDRESS, "postal_code"),
    "user.contact.address.country": (ADDRESS, "country"),
}
"""Scope and claim of a category."""


def scope_of(policy: Policy, field: str) -> str:
    """The scope that asks for a field of the policy."""
    scope, _ = STANDARD.get(policy.fields[field].category, (f"field:{field}", ""))
    return scope


def scopes(policy: Policy, fields: Iterable[str]) -> tuple[str, ...]:
    """Every scope that a shop with these fields may ask for."""
    known = (scope_of(policy, one) for one in fields if one in policy.fields)
    return (OPENID, *dict.fromkeys(known))


def fields(policy: Policy, allowed: Iterable[str], scope: str) -> tuple[str, ...]:
    """Those of a shop's fields that a granted scope asks for."""
    asked = set(scope.split())
    return tuple(one for one in allowed if one in policy.fields and scope_of(policy, one) in asked)


def claims(policy: Policy, values: Mapping[str, str | None]) -> dict[str, Any]:
    """Opened fields under their claims; a field that holds nothing is left out."""
    told: dict[str, Any] = {}
    for field, value in values.items():
        if value is None:
            continue
        scope, claim = STANDARD.get(policy.fields[field].category, (OTHERS, field))
        place = told.setdefault(scope, {}) if scope in {ADDRESS, OTHERS} else told
        place[claim] = f"{place[claim]}\n{value}" if claim in place else value
    return told


def supported(policy: Policy) -> tuple[str, ...]:
    """Every scope that the policy gives a meaning."""
    return (*scopes(policy, policy.fields), SECURITY)
