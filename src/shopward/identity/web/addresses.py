"""Addresses that customers type, turned into their tokens at the form's edge; none is kept here.

    find  whose address this is, or nobody's
    keep  whose it is from now on: a customer is stored first if it is nobody's yet

The vault finds a customer by a keyed index; each look is entered, under the purpose `sign-in`.
`keep` asks the same two questions whoever it is: its time tells no stranger from a customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from django.http import HttpRequest

from shopward.errors import UnavailableError
from shopward.identity.web import outside, shop
from shopward.identity.web.models import Account
from shopward_client import Client, ConflictError, InvalidError, ShopwardError

ROLE: Final = "accounts"
PURPOSE: Final = "sign-in"
OWN: Final = "account"
FIELD: Final = "email"


class NoAddressError(Exception):
    """What was typed is no mail address."""


def find(typed: str) -> str | None:
    """The token of the customer who has this address.

    Raises:
        UnavailableError: The vault cannot say now, or its policy lets nobody sign in.
    """
    with suppress(NoAddressError), _asking() as vault:
        return vault.search(FIELD, typed.strip(), purpose=PURPOSE).subject
    return None


def keep(typed: str) -> str:
    """The token of the customer who has this address, stored first if nobody has it.

    Raises:
        NoAddressError: It is no mail address.
        UnavailableError: As `find`.
    """
    with _asking() as vault:
        with suppress(ConflictError):
            vault.store({FIELD: typed.strip()})
        found = vault.search(FIELD, typed.strip(), purpose=PURPOSE).subject
    if found is None:
        raise NoAddressError
    return found


@contextmanager
def _asking() -> Iterator[Client]:
    try:
        with outside.vault(ROLE) as client:
            yield client
    except InvalidError:
        raise NoAddressError from None
    except ShopwardError:
        raise UnavailableError(
            "The vault does not find customers right now.",
            hint="See that the data plane runs, and that policy.toml has the role `accounts`.",
            reason="vault-away",
        ) from None


def own(request: HttpRequest, account: Account) -> str:
    """How a browser or an app shall list this account: by its address, else by the shop's name.

    A customer's is read as she herself, from the vault.
    """
    if account.is_staff_realm:
        return account.email
    with suppress(ShopwardError, PermissionError), outside.vault_of(request) as vault:
        found = vault.reveal(account.subject, [FIELD], purpose=OWN).fields[FIELD]
        return found or shop.name()
    return shop.name()
