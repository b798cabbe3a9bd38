"""Text messages by way of Apprise, which speaks to some thirty providers.

The provider's address is Apprise's, with `{number}` where the number goes::

    twilio://ACCOUNT:TOKEN@+493012345678/{number}
    vonage://KEY:SECRET@493012345678/{number}

- It holds the provider's credentials: it stands in a file of its own, and is never printed.
- Apprise is loaded when the first message leaves; it is an extra of the package (`shopward[sms]`).
- What Apprise, its HTTP library and the provider say is not logged: it names number and account.

Source: Apprise's documentation of its URLs; docs/adr/0065-codes-by-sms.md.
"""

from __future__ import annotations

import logging
import warnings
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from shopward.errors import ConfigError
from shopward.identity.sms import NotSentError
from shopward.settings import Secret

PLACE: Final = "{number}"
TIMEOUTS: Final = "cto=5&rto=15"
"""Seconds to connect, and to wait for an answer."""
TALKERS: Final = ("apprise", "urllib3", "requests")


class AppriseSender:
    """Hands messages to one provider."""

    def __init__(self, url: Secret) -> None:
        self._url = url

    def send(self, number: str, text: str) -> None:
        """Hands one message over.

        Raises:
            NotSentError: The provider did not take it, or did not answer in 20 seconds.
            ConfigError: Apprise is not installed, or does not know this address.
        """
        plugin = self._plugin(number)
        try:
            is_taken = plugin.notify(body=text)
        except Exception:  # noqa: BLE001 - whatever it is, it may name the number
            raise NotSentError from None
        if not is_taken:
            raise NotSentError

    def _plugin(self, number: str) -> Any:  # noqa: ANN401 - Apprise has no types
        url = self._url.reveal()
        if url.count(PLACE) != 1:
            raise _unknown(f"Write {PLACE} once, where the number goes.")
        joint = "&" if "?" in url else "?"
        whole = url.replace(PLACE, quote(number, safe="")) + joint + TIMEOUTS
        try:
            found = _apprise().Apprise.instantiate(whole)
        except (TypeError, ValueError):
            found = None
        if found is None:
            raise _unknown("Write it as Apprise's documentation says for your provider.")
        return found


@lru_cache(maxsize=1)
def _apprise() -> Any:  # noqa: ANN401 - as above
    for name in TALKERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():  # it tries a module that Python 3.13 dropped
            warnings.simplefilter("ignore", DeprecationWarning)
            import apprise  # noqa: PLC0415 - 40 MB that only some installations need

            apprise.Apprise.instantiate("json://127.0.0.1")  # loads its providers
    except ImportError:
        raise ConfigError(
            "Codes by SMS need Apprise.",
            hint="Install the extra: pip install 'shopward[sms]'.",
            field="sms.url_file",
        ) from None
    return apprise


def _unknown(hint: str) -> ConfigError:
    return ConfigError(
        "The provider's address in sms.url_file is not understood.",
        hint=hint,
        field="sms.url_file",
    )
