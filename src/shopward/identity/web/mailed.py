"""A code on its way to a customer's mailbox, and the browser that waits for it.

    identity.code   {"id", "use", "subject", "digest", "until"}   in the session that asked

- The code opens one page in one browser, once; another browser, a second try after the right one,
  and one after ten minutes find nothing.
- Where no code may be sent (nobody has the address, an account exists already), the session waits
  for one that nobody knows: the pages are the same.
- Five an hour go to one address; whoever asks more often is told the same, and none is sent.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest

from shopward import clock
from shopward.events import Kind
from shopward.identity import mailed_code, throttle
from shopward.identity.throttle import Verdict
from shopward.identity.web import outside, throttling
from shopward.identity.web.keys import keyed_name, keys
from shopward.identity.web.models import Realm, address_of

WAITING: Final = "identity.code"
AN_HOUR: Final = throttle.Limit(5, timedelta(hours=1))


class WrongError(Exception):
    """The code is wrong, spent or too old, or was tried too often."""


class NoneError(Exception):
    """No code is waited for here."""


def send(
    request: HttpRequest,
    use: str,
    subject: str,
    mail: str,
    *,
    to: str = "",
    **values: Any,  # noqa: ANN401 - a template's values
) -> None:
    """Mails a new code, for which this browser waits from now on.

    Args:
        request: Its session waits, and nothing else is kept in it.
        use: What the code opens, a slug.
        subject: The customer's token; empty for nobody, who is sent nothing.
        mail: The mail's template; it is given `code`.
        to: Another address than hers, by whatever stands for it.
        values: What else the mail says.
    """
    code = wait(request, use, subject)
    if not subject or not _may_send(subject):
        return
    values = {"code": mailed_code.shown(code), "minutes": _minutes(), **values}
    outside.tell_address(to or address_of(subject), mail, Realm.CUSTOMER, **values)


def send_none(request: HttpRequest, use: str, subject: str, mail: str) -> None:
    """Mails something else than a code, while this browser waits for one that nobody has."""
    wait(request, use, "")
    if _may_send(subject):
        outside.tell_address(address_of(subject), mail, Realm.CUSTOMER)


def take(request: HttpRequest, use: str, typed: str) -> str:
    """Whose code it was, by her token; it is spent.

    Raises:
        NoneError: This browser waits for none.
        WrongError: It is not right.
    """
    kept, now = waited_for(request, use), clock.now()
    name = f"code:{kept['id']}"
    counted = throttling.count({name: mailed_code.TRIES}, now)
    is_right = mailed_code.is_right(kept["digest"], keys().codes, kept["id"], typed)
    if counted.verdict is not Verdict.ALLOW or not is_right or not kept["subject"]:
        outside.record_about(kept["subject"], Kind.CUSTOMER_CODE_REFUSED, use=use)
        raise WrongError
    if throttling.count({f"{name}:once": mailed_code.ONCE}, now).verdict is not Verdict.ALLOW:
        raise WrongError
    del request.session[WAITING]
    subject: str = kept["subject"]
    return subject


def waited_for(request: HttpRequest, use: str) -> dict[str, Any]:
    """What the session keeps of the code it waits for.

    Raises:
        NoneError: It waits for none, or not any more.
    """
    kept: dict[str, Any] | None = request.session.get(WAITING)
    if kept is None or kept["use"] != use or clock.to_ms(clock.now()) >= kept["until"]:
        raise NoneError
    return kept


def wait(request: HttpRequest, use: str, subject: str) -> str:
    """A new code, for which this browser waits from now on, however it is sent. Secret.

    Args:
        request: Its session waits.
        use: What the code opens, a slug.
        subject: The customer's token; empty for a code that nobody will have.
    """
    code, name, now = mailed_code.new(), secrets.token_hex(8), clock.now()
    if not request.user.is_authenticated:  # a session that has a row keeps its name
        request.session.cycle_key()
    request.session[WAITING] = {
        "id": name,
        "use": use,
        "subject": subject,
        "digest": mailed_code.digest(keys().codes, name, code),
        "until": _until(now),
    }
    return code


def _until(now: datetime) -> int:
    return clock.to_ms(now + mailed_code.LIFE)


def _may_send(subject: str) -> bool:
    with transaction.atomic():
        key = {keyed_name("code-to", subject): AN_HOUR}
        return throttling.count(key, clock.now()).verdict is Verdict.ALLOW


def _minutes() -> int:
    return int(mailed_code.LIFE.total_seconds()) // 60
