"""An account's password: judged, set, verified with equal work, hashed anew when outdated."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext

from shopward.identity import password as rules
from shopward.identity.hashing import is_ours, is_outdated
from shopward.identity.web import shop
from shopward.identity.web.keys import breached, hashing, house
from shopward.identity.web.models import Account, EarlierPassword

KEPT: Final = timedelta(days=400)


def profile(account: Account | None) -> rules.Profile:
    """How strict the shop is: with its staff as the settings say, with customers as is standard."""
    is_customers = account is not None and not account.is_staff_realm
    return rules.PROFILES["standard" if is_customers else house().identity.staff_passwords]


def judge(account: Account | None, email: str, name: str, typed: str) -> rules.Refusal | None:
    """Why this password is refused for this person, or None; up to four hashes under `pci`.

    A customer's password is judged as one that stands alone, for she may take her second factor
    away.
    """
    words = rules.context_words(shop.name(), email, name)
    listed = breached()
    known = rules.Known(
        context=words,
        is_breached=lambda text: listed is not None and text in listed,
        is_earlier=lambda text: account is not None and _is_earlier(account, text),
    )
    is_alone = account is not None and not account.is_staff_realm
    return rules.judge(typed, profile(account), second_factor=not is_alone, known=known)


def told(refusal: rules.Refusal) -> str:
    """Why a password is refused, in the language of the page."""
    return gettext(rules.SENTENCES[refusal.reason]) % {"n": refusal.number}


def encode(typed: str) -> str:
    """The hash to be stored; made outside of any transaction, since it takes a while.

    Raises:
        UnavailableError: Too many hashes are made right now.
    """
    return hashing().hash(typed)


def put(account: Account, encoded: str, now: datetime) -> None:
    """Makes it the account's password, and remembers the one before where the profile asks."""
    if has_password(account) and profile(account).history:
        EarlierPassword.objects.create(account=account, encoded=account.password, until=now + KEPT)
        keep = account.earlier_passwords.order_by("-pk").values_list("pk", flat=True)
        stale = list(keep[profile(account).history - 1 :])
        EarlierPassword.objects.filter(pk__in=stale).delete()
    account.password = encoded
    account.save(update_fields=["password"])


def verify(account: Account | None, typed: str) -> bool:
    """Whether it is the account's password; the work is one hash, account or not.

    Raises:
        UnavailableError: Too many hashes are made right now.
    """
    return hashing().verify(account.password if account else None, typed)


def refresh(account: Account, typed: str) -> None:
    """Hashes a right password anew if its hash has yesterday's costs."""
    if is_outdated(account.password):
        was, fresh = account.password, encode(typed)
        Account.objects.filter(pk=account.pk, password=was).update(password=fresh)
        account.password = fresh


def has_password(account: Account) -> bool:
    """Whether the account has one at all; many have passkeys only."""
    return is_ours(account.password)


def _is_earlier(account: Account, typed: str) -> bool:
    if has_password(account) and verify(account, typed):
        return True
    return any(
        hashing().verify(one.encoded, typed)
        for one in account.earlier_passwords.order_by("-pk")[: profile(account).history - 1]
    )
