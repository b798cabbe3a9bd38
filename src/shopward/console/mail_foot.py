"""What stands under every mail to a customer: her phrase, a code to check it, a way to say no.

It is made when the mail leaves and kept nowhere: the phrase is hers, and the link is of one use.
"""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from shopward import clock
from shopward.console.sites import known_sites
from shopward.portal import not_me
from shopward.portal.web.flows import codes, links
from shopward.portal.web.flows.not_me import USE


def of(number: int, made: datetime, title: str, subject: str, phrase: str | None) -> str:
    """The foot of one mail.

    Args:
        number: The mail's number.
        made: When it was queued, a moment after what it is about.
        title: Its subject line.
        subject: Whom it goes to, by the token.
        phrase: Her own phrase, if she chose one. Secret.
    """
    link = links.Link(
        subject, made + not_me.LINK_LIFE, made - not_me.MARGIN, nonce=f"mail-{number}"
    )
    values = {
        "origin": known_sites()["public"].origin,
        "phrase": phrase,
        "code": codes.code_of(f"{clock.to_ms(made)}.{number}", title, made),
        "not_me": links.make(USE, link),
    }
    return render_to_string("portal/mail/foot.txt", values)
