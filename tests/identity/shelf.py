"""Stands where the vault is, for flows that ask it: knows whose an address is, and can be away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest

from shopward.vault.tokens import new_token
from shopward_client import ConflictError, DeniedError, InvalidError, UnavailableError

KNOWN: dict[str, str] = {}
"""Address to token."""
PHONES: dict[str, str] = {}
"""Token to phone number."""
ASKED: list[tuple[str, str]] = []
"""(role, verb), in their order."""
TROUBLE: list[Exception] = []
"""What the next questions are answered with."""


def empty() -> None:
    KNOWN.clear()
    PHONES.clear()
    ASKED.clear()
    TROUBLE.clear()


def knows(address: str) -> str:
    """A customer whom the shop has stored; her token."""
    return KNOWN.setdefault(address.casefold(), new_token("cus"))


def is_away() -> None:
    TROUBLE.append(UnavailableError("away"))


class Asking:
    """A client in a role."""

    def __init__(self, role: str) -> None:
        self.role = role

    def store(self, fields: Mapping[str, str]) -> Any:
        self._enter("store")
        address = _normal(fields["email"])
        if address in KNOWN:
            raise ConflictError("taken")
        return SimpleNamespace(subject=knows(address))

    def search(self, field: str, value: str, *, purpose: str) -> Any:
        self._enter("search")
        assert (field, purpose) == ("email", "sign-in")
        return SimpleNamespace(subject=KNOWN.get(_normal(value)))

    def reveal(self, subject: str, fields: Sequence[str], *, purpose: str) -> Any:
        self._enter("reveal")
        assert purpose == "account"
        if list(fields) == ["phone"]:
            return SimpleNamespace(fields={"phone": PHONES.get(subject)})
        assert list(fields) == ["email"]
        found = [one for one, token in KNOWN.items() if token == subject]
        if not found:
            raise DeniedError("unknown")
        return SimpleNamespace(fields={"email": found[0]})

    def _enter(self, verb: str) -> None:
        ASKED.append((self.role, verb))
        if TROUBLE:
            raise TROUBLE[0]


@contextmanager
def in_role(role: str) -> Iterator[Asking]:
    yield Asking(role)


@contextmanager
def of_person(request: HttpRequest) -> Iterator[Asking]:
    assert request.user.is_authenticated
    yield Asking("customer")


def _normal(typed: str) -> str:
    if "@" not in typed:
        raise InvalidError("no address")
    return typed.casefold()
