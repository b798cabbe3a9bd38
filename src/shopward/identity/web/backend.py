"""Whom a session may stand for. It authenticates nobody: a password alone never signs anyone in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from shopward.identity.web.models import Account


class AccountBackend:
    """Finds the account of a session; deactivated ones are nobody from the next request on."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:  # noqa: ANN401
        """Nobody. The flows sign in, after every factor."""
        del request, credentials

    def get_user(self, user_id: str) -> Account | None:
        """The active account."""
        return Account.objects.filter(pk=user_id, is_active=True).first()
