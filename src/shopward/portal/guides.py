"""The guides for customers: short, plain, one thing to do each.

Words are English and marked for translation; a page translates them when it is shown. `nudge` names
the moment at which a guide is offered by itself; a guide without one is only in the list.

- Every guide says what to do in at most five steps and takes about a minute.
- No guide asks for a password, a code or a card number, and each of them may say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shopward.portal.said import gettext_noop


class Nudge(StrEnum):
    """When a guide is offered without being looked for."""

    NEW_DEVICE = "new-device"
    ADDRESS_CHANGED = "address-changed"
    ODD_MAIL = "odd-mail"
    NO_PASSKEY = "no-passkey"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide.

    Args:
        slug: Its address, stable.
        title: What it helps with.
        why: One or two sentences.
        steps: What to do, in order.
        nudge: When it is offered by itself.
    """

    slug: str
    title: str
    why: str
    steps: tuple[str, ...]
    nudge: Nudge | None = None

    @property
    def text(self) -> str:
        """All of its English words."""
        return "\n".join((f"{self.title}.", self.why, *self.steps))


GUIDES: Final = (
    Guide(
        "passkey",
        gettext_noop("Sign in with a passkey"),
        gettext_noop(
            "A passkey lets you sign in with your face, your finger or the lock of your phone. "
            "There is no word to forget, and no one can steal it with a false page."
        ),
        (
            gettext_noop("Open “Your security” and choose “Add a passkey”."),
            gettext_noop("Your phone or computer asks to unlock it. Do that."),
            gettext_noop("Give the passkey a name, like “my phone”."),
            gettext_noop("Add one more on a second device, in case you lose the first."),
        ),
        Nudge.NO_PASSKEY,
    ),
    Guide(
        "false-mail",
        gettext_noop("Is this mail really from us?"),
        gettext_noop(
            "Thieves send mails that look like ours. They want your password or your card. "
            "Each mail from us holds your own phrase and a code that you can check."
        ),
        (
            gettext_noop("Do not click on anything in the mail yet."),
            gettext_noop("Look for your own phrase. A thief does not know it."),
            gettext_noop("Copy the code from the mail to our page “Did you send this?”."),
            gettext_noop("If it is false, send the mail on to us. Then delete it."),
            gettext_noop("We never ask for a password, a code or a card by mail or phone."),
        ),
        Nudge.ODD_MAIL,
    ),
    Guide(
        "new-device",
        gettext_noop("We saw a new device. Was it you?"),
        gettext_noop(
            "When someone signs in from a device that we do not know, we tell you by mail. "
            "Most of the time it is you, on a new phone."
        ),
        (
            gettext_noop("Look at the time and the kind of device in our mail."),
            gettext_noop("If it was you, there is nothing to do."),
            gettext_noop("If it was not you, press “This was not me”."),
            gettext_noop("We sign everyone out, lock your data for a day and help you back in."),
        ),
        Nudge.NEW_DEVICE,
    ),
    Guide(
        "address-change",
        gettext_noop("Someone changed your address"),
        gettext_noop(
            "A thief who gets in may send your parcels to a new place. So we write to your old "
            "mail address when a new device changes where you live or how we reach you."
        ),
        (
            gettext_noop("Check the new address on the page “Your data”."),
            gettext_noop("If it is wrong, press “Undo”. You have three days to do so."),
            gettext_noop("Then change your password, or add a passkey."),
        ),
        Nudge.ADDRESS_CHANGED,
    ),
    Guide(
        "who-saw",
        gettext_noop("See who saw your data"),
        gettext_noop(
            "Each look at your data leaves a receipt. You can read all of them, and your own "
            "browser can check that no one changed them later."
        ),
        (
            gettext_noop("Open “Your activity”."),
            gettext_noop("Each line says who looked, at what, why and when."),
            gettext_noop("Press “Check” to test the receipt in your browser."),
            gettext_noop("If a look makes no sense to you, press “Ask about this”."),
        ),
    ),
    Guide(
        "lost-phone",
        gettext_noop("You lost your phone"),
        gettext_noop(
            "The lock of your phone still guards your passkeys. Be quick all the same: "
            "it takes two minutes."
        ),
        (
            gettext_noop("Sign in on another device. Use a recovery code if you must."),
            gettext_noop("Open “Your security” and sign the lost phone out."),
            gettext_noop("Remove its passkey from the list."),
            gettext_noop("Ask your phone company to block the card in it."),
        ),
    ),
    Guide(
        "not-me",
        gettext_noop("What happens after “This was not me”"),
        gettext_noop(
            "You pressed the red button. That was right, even if it turns out to be a mistake. "
            "Nothing is lost."
        ),
        (
            gettext_noop("All devices are signed out. Your password does not work any more."),
            gettext_noop("For a day no one can read your data or change your address."),
            gettext_noop("We show you what was read before you pressed it."),
            gettext_noop("Sign in with a code that we mail to you, and set up a passkey."),
        ),
        Nudge.FROZEN,
    ),
    Guide(
        "parcel",
        gettext_noop("What the courier may see"),
        gettext_noop(
            "To bring your parcel, a courier needs your name and where you live. That is all "
            "they get, and only while the parcel is on its way."
        ),
        (
            gettext_noop("When the parcel is with you, their access ends by itself."),
            gettext_noop("The page “Your activity” shows when they looked."),
            gettext_noop("Throw labels away so that no one can read them."),
            gettext_noop("A courier never asks you to pay a fee by a link."),
        ),
    ),
)
BY_SLUG: Final = {guide.slug: guide for guide in GUIDES}
