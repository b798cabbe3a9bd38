"""What happened, where one sentence says it: for each kind of entry a heading and the words.

`{who}` is whoever did it. What needs more of the entry than that is told by `activity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shopward.portal.said import gettext_noop


class Group(StrEnum):
    """Under which heading a line stands."""

    LOOK = "look"
    CHANGE = "change"
    SIGN_IN = "sign-in"
    SAFETY = "safety"
    OTHER = "other"


PLAIN: Final[Mapping[str, tuple[Group, str]]] = {
    "record:failed": (
        Group.LOOK,
        gettext_noop("{who} tried to look, and it failed. Nothing was shown."),
    ),
    "record:explained": (
        Group.OTHER,
        gettext_noop("{who} asked if a look would be allowed. Nothing was shown."),
    ),
    "record:erased": (Group.CHANGE, gettext_noop("{who} erased your data.")),
    "fact:listed": (
        Group.OTHER,
        gettext_noop("{who} looked at the list of your orders and questions."),
    ),
    "subject:frozen": (Group.SAFETY, gettext_noop("{who} locked your data.")),
    "subject:thawed": (Group.SAFETY, gettext_noop("{who} unlocked your data.")),
    "customer:added": (Group.SAFETY, gettext_noop("You opened your account.")),
    "customer:signed-in": (Group.SIGN_IN, gettext_noop("{who} signed in.")),
    "oidc:signed-in": (
        Group.SIGN_IN,
        gettext_noop("You signed in to a website of the shop with this account."),
    ),
    "oidc:signed-out": (Group.SIGN_IN, gettext_noop("You signed out from a website of the shop.")),
    "oidc:replayed": (
        Group.SAFETY,
        gettext_noop("A sign-in to a website was used a second time. We ended it."),
    ),
    "recovery:asked": (
        Group.SAFETY,
        gettext_noop("Somebody asked to get into your account, as if all was lost."),
    ),
    "recovery:cancelled": (
        Group.SAFETY,
        gettext_noop("The way back into your account was stopped."),
    ),
    "recovery:used": (
        Group.SAFETY,
        gettext_noop("Your account was opened again after all was lost."),
    ),
    "request:filed": (
        Group.OTHER,
        gettext_noop("{who} passed on what you asked for about your data."),
    ),
    "request:closed": (
        Group.OTHER,
        gettext_noop("{who} dealt with what you asked for about your data."),
    ),
    "customer:sign-in-failed": (
        Group.SIGN_IN,
        gettext_noop("Somebody tried to sign in as you, and was not let in."),
    ),
    "customer:locked": (
        Group.SIGN_IN,
        gettext_noop("After too many tries the password was put on hold for a while."),
    ),
    "customer:proven": (Group.SIGN_IN, gettext_noop("{who} confirmed who you are.")),
    "customer:signed-out": (Group.SIGN_IN, gettext_noop("{who} signed out.")),
    "customer:sessions-ended": (Group.SAFETY, gettext_noop("{who} signed other devices out.")),
    "sms:failed": (
        Group.SIGN_IN,
        gettext_noop("A text message with a code could not be sent to you."),
    ),
    "customer:code-sent": (Group.SIGN_IN, gettext_noop("We sent you a code to sign in.")),
    "customer:code-refused": (
        Group.SIGN_IN,
        gettext_noop("Somebody typed a wrong code, and was not let in."),
    ),
    "customer:not-me": (
        Group.SAFETY,
        gettext_noop("You said “This was not me”. We signed all devices out."),
    ),
    "customer:address-undone": (
        Group.SAFETY,
        gettext_noop("You took a change of your address back."),
    ),
    "customer:erasure-asked": (Group.SAFETY, gettext_noop("You asked us to erase your data.")),
    "customer:erasure-undone": (
        Group.SAFETY,
        gettext_noop("The erasure was called off. Your data stays."),
    ),
    "incident:reported": (
        Group.SAFETY,
        gettext_noop("You asked us to look into something. We opened a case."),
    ),
    "incident:taken": (Group.SAFETY, gettext_noop("{who} took up your case.")),
    "incident:closed": (Group.SAFETY, gettext_noop("{who} closed your case.")),
    "factor:added": (Group.SAFETY, gettext_noop("{who} added a way to sign in.")),
    "factor:removed": (Group.SAFETY, gettext_noop("{who} removed a way to sign in.")),
    "factor:used-up": (
        Group.SAFETY,
        gettext_noop("A way to sign in was tried wrongly too often and is off now."),
    ),
    "password:changed": (Group.SAFETY, gettext_noop("{who} changed the password.")),
    "recovery-codes:renewed": (Group.SAFETY, gettext_noop("{who} made new recovery codes.")),
    "recovery-codes:used": (Group.SIGN_IN, gettext_noop("{who} used a recovery code.")),
}
