"""Asking the data plane: for the person who is signed in, or for the control plane itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from shopward import clock
from shopward.console import asserting
from shopward.console.asserting import NAME
from shopward.identity.web import session
from shopward.settings import Settings
from shopward_client import Client

__all__ = ["NAME", "Client", "for_itself", "for_person", "house"]


def house() -> Settings:
    """The operator's settings, as Django was set up."""
    found: Settings = settings.SHOPWARD  # type: ignore[misc]  # ours, not Django's
    return found


@contextmanager
def for_person(request: HttpRequest) -> Iterator[Client]:
    """A client that asks for whoever is signed in.

    Raises:
        PermissionError: Nobody is.
    """
    account, proof = request.user, session.proof(request)
    if isinstance(account, AnonymousUser) or proof is None:
        raise PermissionError
    with asserting.client(
        house(),
        actor=str(account.pk),
        realm=account.realm,
        role=account.role,
        acr=proof.level,
        auth_time=clock.to_ms(proof.auth_time),
        session=proof.session,
    ) as client:
        yield client


@contextmanager
def for_itself() -> Iterator[Client]:
    """A client for what the control plane does by itself."""
    with asserting.itself(house()) as client:
        yield client
