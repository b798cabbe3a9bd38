"""Asking the data plane: for the person who is signed in, or for the control plane itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from shopward import clock
from shopward.console import asserting
from shopward.console.asserting import NAME, Who
from shopward.identity.web import session
from shopward.identity.web.models import Account, Realm
from shopward.settings import Settings
from shopward_client import Client

__all__ = ["NAME", "Client", "for_itself", "for_person", "house", "in_role"]
CUSTOMER: Final = "customer"
"""The policy's role of a customer who asks about herself."""


def house() -> Settings:
    """The operator's settings, as Django was set up."""
    found: Settings = settings.SHOPWARD  # type: ignore[misc]  # ours, not Django's
    return found


@contextmanager
def for_person(request: HttpRequest) -> Iterator[Client]:
    """A client that asks for whoever is signed in.

    Raises:
        PermissionError: Nobody is, or a customer whom the vault does not know.
    """
    account, proof = request.user, session.proof(request)
    if isinstance(account, AnonymousUser) or proof is None:
        raise PermissionError
    who: Who = {
        "actor": str(account.pk),
        "realm": account.realm,
        "role": account.role,
        "acr": proof.level,
        "auth_time": clock.to_ms(proof.auth_time),
        "session": proof.session,
    }
    if account.realm == Realm.CUSTOMER:
        who |= _herself(account)
    with asserting.client(house(), **who) as client:
        yield client


@contextmanager
def in_role(role: str) -> Iterator[Client]:
    """A client for what the control plane does by itself in a role of the policy.

    `accounts` finds customers by what they typed and stores new ones, `messenger` reads where to
    write to. Each look is entered under that role, and the customer sees it.
    """
    with asserting.itself(house(), role) as client:
        yield client


def _herself(account: Account) -> Who:
    """What a customer is: in the role that the policy has for her, and bound to her own token."""
    if not account.subject:
        raise PermissionError
    return {"role": CUSTOMER, "subject": account.subject}


@contextmanager
def for_itself() -> Iterator[Client]:
    """A client for what the control plane does by itself."""
    with asserting.itself(house()) as client:
        yield client
