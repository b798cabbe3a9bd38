"""Signing in: a passkey; or a password, and then a second factor.

    with_passkey ----------------------------------------.
    with_password -> second_code | second_passkey --------+--> a session
                  `-> second_recovery -> (binds a new factor first)

- Known and unknown addresses get the same answers for the same work; so do paused accounts.
- Whatever was wrong, there is one sentence for it.
- Attempts are counted before anything is verified, hashes are made outside of transactions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.errors import UnavailableError
from shopward.events import Kind
from shopward.identity import assurance, throttle
from shopward.identity.assurance import Factor, Shown
from shopward.identity.web import (
    addresses,
    client,
    codes,
    mailed,
    outside,
    passkeys,
    passwords,
    session,
    shop,
    texted,
    throttling,
)
from shopward.identity.web.flows import recovery
from shopward.identity.web.keys import house, keyed_name
from shopward.identity.web.models import Account, Realm, address_of

_ONE_MAIL_AN_HOUR: Final = throttle.Limit(1, timedelta(hours=1))


SECOND: Final = "second"
BY_SMS: Final = "second-sms"


class RefusedError(Exception):
    """Not signed in; the page says the one sentence that covers every reason."""


class StaleError(Exception):
    """The second step came too late, or without a first; begin again."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is signed in.

    Args:
        account: Who.
        device: The device's cookie, to be set. Secret.
        next: The page he wanted.
    """

    account: Account
    device: str
    next: str = ""


def with_password(request: HttpRequest, email: str, typed: str, wanted: str) -> SignedIn | None:
    """The first step with a password; afterwards the session waits for a second factor.

    A customer who has set up no second factor is signed in by it.

    Raises:
        RefusedError: Wrong, unknown or paused.
        UnavailableError: Too many hashes are made right now.
    """
    now = clock.now()
    account = find(request, email)
    counts = {**_person(request, account, email), **network_count(request)}
    secret = {password_count(account, email): throttle.AUTHENTICATOR}
    counted = throttling.count({**counts, **secret}, now)
    if counted.verdict is not throttle.Verdict.ALLOW:
        raise RefusedError
    try:
        right = passwords.verify(account, typed)
    except UnavailableError:
        throttling.take_back({**counts, **secret})  # nothing was verified
        raise
    if account is None or not right:
        raise _refusal(request, account, Factor.PASSWORD, counted)
    passwords.refresh(account, typed)
    if not has_second(account):
        if account.is_staff_realm:
            raise _refusal(request, account, Factor.PASSWORD, counted)
        throttling.forgive({**counts, **secret})
        with transaction.atomic():
            return _finish(request, account, (Shown(Factor.PASSWORD, now),), wanted)
    throttling.take_back(counts)
    throttling.forgive(secret)
    session.leave(request)
    request.session[session.PENDING] = {
        "account": str(account.pk),
        "at": clock.to_ms(now),
        "next": wanted,
    }
    return None


def has_second(account: Account) -> bool:
    """Whether a password of this account is followed by a second step."""
    strong = bool(codes.strong_factors(account))
    return strong or has_sms_step(account) or has_mail_step(account)


def has_sms_step(account: Account) -> bool:
    """Whether that is a code by SMS: she confirmed a number, the shop offers it, none is better."""
    return bool(account.sms_number) and texted.is_offered() and not codes.strong_factors(account)


def has_mail_step(account: Account) -> bool:
    """Whether that is a code by mail: she chose it, the shop allows it, and nothing is better."""
    is_allowed = account.mail_step and house().identity.mail_codes == "offered"
    return is_allowed and not codes.strong_factors(account) and not has_sms_step(account)


def send_second(request: HttpRequest) -> None:
    """Sends the code of the second step, by mail or SMS; this browser waits for it.

    Raises:
        StaleError: There is no first step, it was too long ago, or another second step follows it.
    """
    account, *_ = pending(request, clock.now())
    if has_sms_step(account):
        texted.send(request, BY_SMS, account, expected=account.sms_number)
        return
    if not has_mail_step(account):
        raise StaleError
    with transaction.atomic():
        mailed.send(request, SECOND, account.subject, "second_code")
        outside.record(Kind.CUSTOMER_CODE_SENT, account, use=SECOND)


def second_mailed(request: HttpRequest, typed: str) -> SignedIn:
    """The second step with a code from the mail.

    Raises:
        RefusedError: Wrong, used or paused.
        StaleError: There is no first step, or it was too long ago.
    """

    def check(account: Account, now: datetime) -> Factor | None:
        del now
        try:
            is_hers = mailed.take(request, SECOND, typed) == account.subject
        except (mailed.NoneError, mailed.WrongError):
            return None
        return Factor.MAIL_CODE if is_hers and has_mail_step(account) else None

    return _second(request, Factor.MAIL_CODE, check)


def second_texted(request: HttpRequest, typed: str) -> SignedIn:
    """The second step with a code from a text message to the number that she confirmed.

    Raises:
        RefusedError: Wrong, used or paused.
        StaleError: There is no first step, or it was too long ago.
    """

    def check(account: Account, now: datetime) -> Factor | None:
        del now
        try:
            is_hers = mailed.take(request, BY_SMS, typed) == account.subject
        except (mailed.NoneError, mailed.WrongError):
            return None
        is_good = is_hers and has_sms_step(account) and texted.went_to(request, account)
        return Factor.SMS_CODE if is_good else None

    return _second(request, Factor.SMS_CODE, check)


def second_code(request: HttpRequest, typed: str) -> SignedIn:
    """The second step with a code of the app.

    Raises:
        RefusedError: Wrong, used or paused.
        StaleError: There is no first step, or it was too long ago.
    """

    def check(account: Account, now: datetime) -> Factor | None:
        return Factor.TOTP if codes.use_totp(account, typed, now) else None

    return _second(request, Factor.TOTP, check)


def second_recovery(request: HttpRequest, typed: str) -> SignedIn:
    """The second step with a recovery code; the session may then only bind a new factor.

    Raises:
        RefusedError: Wrong, used or paused.
        StaleError: There is no first step, or it was too long ago.
    """

    def check(account: Account, now: datetime) -> Factor | None:
        left = codes.use_recovery(account, typed, now)
        if left is None:
            return None
        outside.record(Kind.RECOVERY_CODE_USED, account, left=left)
        outside.tell(account, "recovery_code_used", left=left, label=client.label(request))
        return Factor.RECOVERY_CODE

    return _second(request, Factor.RECOVERY_CODE, check)


def second_passkey(request: HttpRequest, sent: str) -> SignedIn:
    """The second step with a passkey of this account.

    Raises:
        RefusedError: Not accepted, or paused.
        StaleError: There is no first step, or it was too long ago.
    """

    def check(account: Account, now: datetime) -> Factor | None:
        try:
            return _use(passkeys.finish_showing(request, sent, account), now)
        except passkeys.CeremonyError:
            return None

    return _second(request, Factor.PASSKEY, check)


def with_passkey(request: HttpRequest, sent: str, wanted: str) -> SignedIn:
    """The whole sign-in with a passkey, which says itself whose it is.

    Raises:
        RefusedError: Not accepted, of nobody here, or too many from this network.
    """
    now = clock.now()
    counted = throttling.count(network_count(request), now)
    if counted.verdict is not throttle.Verdict.ALLOW:
        raise RefusedError
    try:
        with transaction.atomic():
            one = passkeys.finish_showing(request, sent, None)
            account = _active(request, one.authenticator.user_id)
            return _finish(request, account, (Shown(_use(one, now), now),), wanted)
    except (passkeys.CeremonyError, Account.DoesNotExist):
        raise _refusal(request, None, Factor.PASSKEY, counted) from None


def pending(request: HttpRequest, now: datetime) -> tuple[Account, datetime, str]:
    """Who has shown the right password, when, and the page he wanted.

    Raises:
        StaleError: Nobody, or too long ago.
    """
    kept = request.session.get(session.PENDING)
    if kept is None:
        raise StaleError
    at = clock.from_ms(kept["at"])
    if not at <= now < at + session.PENDING_LIFE:
        raise StaleError
    try:
        return _active(request, kept["account"]), at, kept["next"]
    except Account.DoesNotExist:
        raise StaleError from None


def sign_out(request: HttpRequest) -> None:
    """Ends this session."""
    account = request.user
    with transaction.atomic():
        if isinstance(account, Account):
            outside.record(outside.of_realm(account.realm, "signed-out"), account)
            session.end([request.session.session_key or ""])
        request.session.flush()


def find(request: HttpRequest, email: str) -> Account | None:
    """The active account of a typed address, of the realm whose site is asked.

    Raises:
        UnavailableError: A customer's, and the vault cannot say now who that is.
    """
    realm = shop.site_of(request).realm
    typed = email.strip().casefold()
    if realm == Realm.CUSTOMER:
        subject = addresses.find(email)
        typed = address_of(subject) if subject else ""
    return Account.objects.filter(realm=realm, is_active=True, email=typed).first()


def password_count(account: Account | None, email: str = "") -> str:
    """Under which key guesses at a password are counted: the account's, however it was typed."""
    return keyed_name("password", account.email if account else email.strip())


def factor_counts(request: HttpRequest, account: Account, factor: Factor) -> throttling.Keys:
    """What an attempt with a factor is counted under, when it is known whose it is."""
    if factor in {Factor.PASSKEY, Factor.DEVICE_PASSKEY}:
        return network_count(request)
    if factor in {Factor.MAIL_CODE, Factor.SMS_CODE}:  # each code bears five tries by itself
        return {**_person(request, account, account.email), **network_count(request)}
    is_password = factor is Factor.PASSWORD
    name = password_count(account) if is_password else f"{factor.value}:{account.pk}"
    secret = {name: throttle.AUTHENTICATOR}
    return {**_person(request, account, account.email), **secret, **network_count(request)}


def note_locks(realm: str, account: Account | None, locked: tuple[str, ...]) -> None:
    """Enters and tells that an attempt was the last one that is borne."""
    person = [key for key in locked if key.startswith(("person:", "device:"))]
    worn = [key for key in locked if key.startswith(("password:", "totp:", "recovery_codes:"))]
    if person:
        outside.record(outside.of_realm(realm, "locked"), account)
    if worn:
        outside.record(Kind.FACTOR_USED_UP, account, factor=worn[0].partition(":")[0])
    if account is not None and (person or worn):
        outside.tell(account, "locked", worn=bool(worn))


def _second(
    request: HttpRequest, factor: Factor, check: Callable[[Account, datetime], Factor | None]
) -> SignedIn:
    now = clock.now()
    account, first, wanted = pending(request, now)
    counts = factor_counts(request, account, factor)
    counted = throttling.count(counts, now)
    if counted.verdict is not throttle.Verdict.ALLOW:
        raise RefusedError
    with transaction.atomic():
        used = check(account, now)
        if used is not None:
            throttling.forgive(counts)
            both = (Shown(Factor.PASSWORD, first), Shown(used, now))
            return _finish(request, account, both, wanted)
    _tell_of_known_password(request, account, now)
    raise _refusal(request, account, factor, counted)


def _finish(
    request: HttpRequest, account: Account, seen: tuple[Shown, ...], wanted: str
) -> SignedIn:
    now = seen[-1].at
    cookie, is_new = client.remember(request, account, now)
    session.begin(request, account, seen)
    kind = outside.of_realm(account.realm, "signed-in")
    outside.record(kind, account, acr=assurance.acr(seen))
    if is_new:
        outside.tell(account, "new_device", label=client.label(request), at=now)
    if session.is_complete(request):
        recovery.end_by_sign_in(account, now)
    return SignedIn(account, cookie, wanted)


def _use(one: passkeys.ShownPasskey, now: datetime) -> Factor:
    one.authenticator.last_used_at = now
    one.authenticator.save(update_fields=["data", "last_used_at"])
    return one.factor


def _refusal(
    request: HttpRequest, account: Account | None, factor: Factor, counted: throttling.Counted
) -> RefusedError:
    realm = shop.site_of(request).realm
    with transaction.atomic():
        outside.record(outside.of_realm(realm, "sign-in-failed"), account, factor=factor.value)
        note_locks(realm, account, counted.locked)
    return RefusedError()


def _tell_of_known_password(request: HttpRequest, account: Account, now: datetime) -> None:
    key = {f"mail:known-password:{account.pk}": _ONE_MAIL_AN_HOUR}
    if throttling.count(key, now).verdict is throttle.Verdict.ALLOW:
        outside.tell(account, "second_factor_failed", label=client.label(request), at=now)


def _active(request: HttpRequest, key: UUID | str) -> Account:
    realm = shop.site_of(request).realm
    return Account.objects.get(pk=key, realm=realm, is_active=True)


def _person(request: HttpRequest, account: Account | None, email: str) -> throttling.Keys:
    name = account.email if account else email.strip()
    if client.is_known(request, account):
        return {keyed_name("device", f"{name} {client.digest(request)}"): throttle.PERSON}
    return {keyed_name("person", name): throttle.PERSON}


def network_count(request: HttpRequest) -> throttling.Keys:
    """What every attempt from this network is counted under."""
    return {f"network:{client.network_name(request)}": throttle.NETWORK}
