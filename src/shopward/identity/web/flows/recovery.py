"""Recovery by two people and a waiting time; the one concerned is told at every step."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.db import transaction

from shopward import clock
from shopward.events import Kind
from shopward.identity import helpdesk, one_time
from shopward.identity.helpdesk import Stage
from shopward.identity.web import outside
from shopward.identity.web.models import Account, OneTimeLink, Purpose, RecoveryCase

_SALT: Final = "identity.recovery.cancel"


class NotNowError(Exception):
    """This person may not do this, or not at this moment."""


def ask(by: Account, account: Account, reason: str) -> RecoveryCase:
    """The first of two people asks.

    Raises:
        NotNowError: It is for oneself, for somebody who left, or one is under way.
    """
    now = clock.now()
    with transaction.atomic():
        if not helpdesk.may_ask(account.pk, by.pk) or not account.is_active or open_case(account):
            raise NotNowError
        case = RecoveryCase.objects.create(account=account, asked_by=by, asked=now, reason=reason)
        outside.record(Kind.RECOVERY_ASKED, account, by=by)
        outside.tell(account, "recovery_asked", by=by.name, cancel=cancel_token(case))
    return case


def agree(by: Account, case: RecoveryCase) -> None:
    """The second of two people agrees; the wait begins.

    Raises:
        NotNowError: It is one's own request or case, or it is over.
    """
    now = clock.now()
    with transaction.atomic():
        locked = RecoveryCase.objects.select_for_update().get(pk=case.pk)
        try:
            agreed = helpdesk.agree(locked.as_recovery(), by.pk, now)
        except ValueError:
            raise NotNowError from None
        locked.agreed_by, locked.agreed = by, agreed.agreed
        locked.save(update_fields=["agreed_by", "agreed"])
        outside.record(Kind.RECOVERY_AGREED, locked.account, by=by)
        ready = now + helpdesk.WAIT
        values = {"by": by.name, "ready": ready, "cancel": cancel_token(locked)}
        outside.tell(locked.account, "recovery_agreed", **values)


def send_link(by: Account, case: RecoveryCase) -> None:
    """After the wait: a link of one use goes to the account's address, and to nobody else.

    Raises:
        NotNowError: The wait is not over, or the case is.
    """
    now = clock.now()
    with transaction.atomic():
        locked = RecoveryCase.objects.select_for_update().get(pk=case.pk)
        if helpdesk.stage(locked.as_recovery(), now) is not Stage.READY:
            raise NotNowError
        locked.ended = now
        locked.save(update_fields=["ended"])
        token = one_time.new()
        OneTimeLink.objects.create(
            digest=one_time.digest(token),
            purpose=Purpose.RECOVERY,
            account=locked.account,
            made_by=by,
            made=now,
            expires=now + one_time.RECOVERY,
        )
        outside.tell(locked.account, "recovery_link", token=token)


def cancel(case: RecoveryCase, by: Account | None) -> None:
    """Ends it: by a manager, or by the person concerned through the mail's link."""
    now = clock.now()
    with transaction.atomic():
        ended = RecoveryCase.objects.filter(pk=case.pk, ended=None).update(ended=now)
        if ended:
            outside.record(Kind.RECOVERY_CANCELLED, case.account, by=by)
            outside.tell(case.account, "recovery_cancelled")


def end_by_sign_in(account: Account, now: datetime) -> None:
    """A sign-in with a factor shows that nothing was lost."""
    open_ = RecoveryCase.objects.filter(account=account, ended=None)
    links = OneTimeLink.objects.filter(account=account, purpose=Purpose.RECOVERY, spent=None)
    if open_.update(ended=now) + links.update(spent=now):
        outside.record(Kind.RECOVERY_CANCELLED, account, why="sign-in")


def open_case(account: Account) -> RecoveryCase | None:
    """The case under way, if there is one."""
    now = clock.now()
    rows = RecoveryCase.objects.filter(account=account, ended=None)
    return next((one for one in rows if stage(one, now) is not Stage.OVER), None)


def stage(case: RecoveryCase, now: datetime) -> Stage:
    """Where it stands."""
    return helpdesk.stage(case.as_recovery(), now, _wait(case))


def ready(case: RecoveryCase) -> datetime:
    """When the wait of an agreed case is over."""
    return (case.agreed or case.asked) + _wait(case)


def _wait(case: RecoveryCase) -> timedelta:
    return helpdesk.WAIT if case.account.is_staff_realm else helpdesk.WAIT_ALONE


def cancel_token(case: RecoveryCase) -> str:
    """What the mail's link carries; it can do nothing but end this case. Secret."""
    return signing.dumps(case.pk, salt=_SALT)


def case_of(token: str) -> RecoveryCase | None:
    """The open case of a mail's link."""
    try:
        key = signing.loads(token, salt=_SALT, max_age=helpdesk.LIFE)
    except signing.BadSignature:
        return None
    return RecoveryCase.objects.filter(pk=key, ended=None).first()
