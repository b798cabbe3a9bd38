"""Codes by text message: who sends them, to which numbers, and how many.

- A number counts as a factor once a code that was sent to it came back, and only while it is the
  one in the vault: what is kept of it is a keyed digest.
- A text message can be read by others on its way, and a number can be taken over. NIST calls it
  *restricted*: the shop accepts that in words (`sms.accepts_risk`), the page says it, and something
  better is offered beside it.
- Whoever earns by messages to far or dear numbers ("pumping") meets a list of countries, and
  counts per account, network, number, block of numbers, country and day.

Source: NIST SP 800-63B-4 §3.1.3.3, §3.2.9 (restricted authenticators); OWASP ASVS 5.0 §6.6.1;
WICG, Origin-bound one-time codes delivered via SMS (the last line of the text).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

import phonenumbers
from phonenumbers import PhoneNumberType

from shopward.identity.throttle import Limit

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
OF_ACCOUNT: Final = Limit(5, HOUR, window=HOUR)
OF_NETWORK: Final = Limit(20, HOUR, window=HOUR)
OF_NUMBER: Final = Limit(5, HOUR, window=HOUR)
OF_BLOCK: Final = Limit(20, HOUR, window=HOUR)
BLOCK_DIGITS: Final = 4
"""A block is ten thousand numbers that differ in the last four digits."""
ABROAD: Final = 5
"""A country other than the shop's own gets this part of the day's messages at most."""
NAME_CHARS: Final = 40
_MOBILE: Final = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


class NotSentError(Exception):
    """The provider did not take the message; it says nothing of number, text or credentials."""


class SmsSender(Protocol):
    """Whatever hands a text message to the outside world."""

    def send(self, number: str, text: str) -> None:
        """Hands one message over; it may arrive late, twice or never.

        Args:
            number: In the form +491712345678. Secret.
            text: At most 300 characters. Secret.

        Raises:
            NotSentError: It was not taken.
        """


class State(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    TRYING = "trying"
    SENT = "sent"
    CHANGED = "changed"
    UNFIT = "unfit"
    BUSY = "busy"
    LATE = "late"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether it may become another one yet."""
        return self in {State.WAITING, State.TRYING}


SAID: Final = {
    State.WAITING: "The message is on its way.",
    State.TRYING: "The message service does not answer. We try again.",
    State.SENT: "The message was handed over. It can take a minute to arrive.",
    State.CHANGED: "Your phone number was changed and is not confirmed yet, so no code goes there.",
    State.UNFIT: "No code can go to this number: it has to be a mobile number of a country that we "
    "send to.",
    State.BUSY: "Too many messages were asked for. Wait an hour, or take another way.",
    State.LATE: "The message could not be sent in time. Ask for another one.",
    State.FAILED: "The message could not be sent. Ask for another one, or take another way.",
}
"""What she is told; pages translate these."""


@dataclass(frozen=True, slots=True)
class Number:
    """A mobile number.

    Args:
        e164: As it is dialled from everywhere, +491712345678. Secret.
        country: Its country, `DE`.
    """

    e164: str
    country: str

    @property
    def block(self) -> str:
        """The number without its last digits. Secret."""
        return self.e164[:-BLOCK_DIGITS]

    @property
    def hint(self) -> str:
        """What its owner knows it by: `••• 78`."""
        return f"••• {self.e164[-2:]}"


def read(typed: str | None, region: str, countries: Collection[str] = ()) -> Number | None:
    """A number that codes may go to; None for one that is no mobile number of these countries.

    Args:
        typed: As it stands in the vault.
        region: The country of numbers without a prefix, and the only one where none is named.
        countries: Where codes go to.
    """
    try:
        number = phonenumbers.parse(typed or "", region)
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(number) or ""
    if phonenumbers.number_type(number) not in _MOBILE or country not in (countries or {region}):
        return None
    form = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Number(form, country)


def counts(
    number: Number, name: Callable[[str, str], str], region: str, daily: int
) -> dict[str, Limit]:
    """What a message to this number is counted under.

    Args:
        number: Where it goes.
        name: Makes a keyed name of a kind and a text, so that the table of counts shows no number.
        region: The shop's own country.
        daily: How many messages leave in a day.
    """
    share = daily if number.country == region else max(daily // ABROAD, 1)
    return {
        name("sms-number", number.e164): OF_NUMBER,
        name("sms-block", number.block): OF_BLOCK,
        f"sms-country:{number.country}": Limit(share, DAY, window=DAY),
        "sms-day": Limit(daily, DAY, window=DAY),
    }


def text(sentence: str, host: str, code: str) -> str:
    """The message: a sentence, and the line by which browsers fill the code in here alone."""
    return f"{sentence}\n\n@{host} #{code}"
