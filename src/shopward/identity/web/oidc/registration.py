"""The operator registers shops; a shop's secret is shown once and kept as a hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from shopward.errors import ConflictError, InvalidError, NotFoundError
from shopward.events import Kind
from shopward.identity.oidc import redirects, tokens
from shopward.identity.oidc.tokens import Use
from shopward.identity.web import outside, shop
from shopward.identity.web.oidc.models import Client, Grant
from shopward.policy import Policy, Verb

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
TITLE_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class Registration:
    """What the operator says of a shop.

    Args:
        name: What it calls itself, `client_id`.
        redirects: Where customers come back to.
        role: As which role of the policy it reads.
        purpose: For which purpose.
        fields: What it may read.
        after_sign_out: Where they may be sent after signing out.
        title: What customers know it as; the shop's own name when empty.
        public: Whether it can keep no secret.
        security: Whether it may show a customer how safe her account is.
    """

    name: str
    redirects: tuple[str, ...]
    role: str
    purpose: str
    fields: tuple[str, ...] = ()
    after_sign_out: tuple[str, ...] = ()
    title: str = ""
    public: bool = False
    security: bool = False


def add(asked: Registration) -> str:
    """Registers a shop; its secret, empty for a public client. Secret.

    Raises:
        InvalidError: Something of it is not as the policy or the protocol ask; names which.
        ConflictError: There is one of this name.
    """
    _refuse_odd(asked)
    secret = "" if asked.public else tokens.new()
    with transaction.atomic():
        if Client.objects.filter(pk=asked.name).exists():
            raise ConflictError(
                "There is a shop of this name.", hint="Choose another, or remove it first."
            )
        Client.objects.create(
            id=asked.name,
            title=asked.title[:TITLE_CHARS] or shop.name(),
            secret=tokens.digest(Use.SECRET, secret) if secret else "",
            redirects=list(dict.fromkeys(asked.redirects)),
            after_sign_out=list(dict.fromkeys(asked.after_sign_out)),
            fields=list(dict.fromkeys(asked.fields)),
            role=asked.role,
            purpose=asked.purpose,
            shows_security=asked.security,
        )
        outside.record(Kind.OIDC_CLIENT_ADDED, None, by=outside.OPERATOR, shop=asked.name)
    return secret


def all_() -> list[Client]:
    """Every shop, by name."""
    return list(Client.objects.order_by("pk"))


def remove(name: str) -> None:
    """Ends a shop, and all that it was given.

    Raises:
        NotFoundError: There is none of this name.
    """
    with transaction.atomic():
        if not Client.objects.filter(pk=name).delete()[0]:
            raise NotFoundError(
                "There is no such shop.", hint="`shopward oidc client list` shows every one."
            )
        outside.record(Kind.OIDC_CLIENT_REMOVED, None, by=outside.OPERATOR, shop=name)


def end_all() -> int:
    """Ends what customers' sign-ins gave every shop, after a theft of a key; how many."""
    with transaction.atomic():
        ended = Grant.objects.count()
        Grant.objects.all().delete()
        outside.record(Kind.OIDC_KEYS_REPLACED, None, by=outside.OPERATOR, ended=ended)
    return ended


def _refuse_odd(asked: Registration) -> None:
    if not _NAME.fullmatch(asked.name):
        raise InvalidError("`name` is not 2 to 40 of a-z, 0-9 and -.", field="name")
    for place in (*asked.redirects, *asked.after_sign_out):
        fault = redirects.fault(place)
        if fault is not None:
            raise InvalidError(f"An address of the shop {fault}.", field="redirect")
    policy = shop.policy()
    if policy is None:
        raise InvalidError(
            "The policy cannot be read.", hint="`shopward policy check` says why.", field="policy"
        )
    _refuse_unknown(policy, asked)


def _refuse_unknown(policy: Policy, asked: Registration) -> None:
    known = policy.roles.get(asked.role)
    if known is None or Verb.REVEAL not in known.may:
        raise InvalidError("`role` is no role of the policy that may reveal.", field="role")
    if asked.purpose not in policy.purposes:
        raise InvalidError("`purpose` is no purpose of the policy.", field="purpose")
    scope = policy.scopes.get((asked.role, asked.purpose))
    granted = scope.rules if scope else {}
    for one in asked.fields:
        if one not in granted:
            raise InvalidError(
                f"The policy does not give `{one}` to this role for this purpose.",
                hint="Add an [[allow]] to policy.toml, or leave the field out.",
                field="field",
            )
