"""The verify code of a mail: made when it leaves, looked up when somebody asks.

The code of a mail is a keyed hash of its id, so that a mail that is sent twice has one code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F
from django.utils.crypto import salted_hmac

from shopward.portal import verify_code
from shopward.portal.web.models import SentMail

KEPT: Final = timedelta(days=400)
_DIGITS: Final = re.compile(r"\d[\d -]{2,}\d")


@dataclass(frozen=True, slots=True)
class Known:
    """A code that we made: the mail's title, when it left, how often it was asked for."""

    title: str
    sent: datetime
    checks: int

    @property
    def is_copied(self) -> bool:
        """Whether more people ask for it than one mail would have readers."""
        return self.checks > verify_code.MANY


def code_of(mail_id: str, title: str, now: datetime) -> str:
    """The code of this mail, as it stands in it; known from now on."""
    made = salted_hmac("shopward.portal.verify-code", mail_id, algorithm="sha256").digest()
    letters = verify_code.of(made)
    SentMail.objects.get_or_create(
        digest=verify_code.digest(letters),
        defaults={"title": _DIGITS.sub("•••", title)[:200], "sent": now},
    )
    return verify_code.spelled(letters)


def look_up(letters: str) -> Known | None:
    """What is known of a code; asking counts."""
    rows = SentMail.objects.filter(pk=verify_code.digest(letters))
    if not rows.update(checks=F("checks") + 1):
        return None
    row = rows.get()
    return Known(row.title, row.sent, row.checks)


def tidy(now: datetime) -> None:
    """Forgets codes of long ago."""
    SentMail.objects.filter(sent__lte=now - KEPT).delete()
