"""The short form of her pages that a shop shows in its own: one document.

::

    {
        "format": "shopward-security/v1",
        "sub": "cus_…",
        "language": "en",
        "verdict": {"tone": "good", "text": "Your account is safe.", "step": "nothing"},
        "locked_until": null,
        "activity": [{"time": "2026-…Z", "group": "look", "said": "Acme Courier saw …"}],
        "devices": [{"name": "Firefox on Linux", "seen": "2026-…Z"}],
        "links": [{"name": "not-me", "text": "This was not me", "href": "https://…/"}],
        "words": {"title": "Your security", "activity": "What happened last", "devices": "…"},
    }

It holds no value of hers: sentences name titles of the policy, devices what her browser is. Nothing
is changed by it: each link leads to a page of ours, where she is signed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shopward.portal.activity import Line
from shopward.portal.said import gettext_noop
from shopward.portal.security import Verdict

FORMAT: Final = "shopward-security/v1"
SCOPE: Final = "security"
LINES: Final = 5
DEVICES: Final = 5
WORDS: Final[Mapping[str, str]] = {
    "title": gettext_noop("Your security"),
    "activity": gettext_noop("What happened last"),
    "devices": gettext_noop("Your devices"),
}
LINKS: Final[Mapping[str, str]] = {
    "security": gettext_noop("Your security"),
    "activity": gettext_noop("Your activity"),
    "data": gettext_noop("Your data"),
    "consents": gettext_noop("Your choices"),
    "not-me": gettext_noop("This was not me"),
}
"""Our pages, by name."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the document is made of.

    Args:
        subject: Her token.
        verdict: How safe the account is.
        lines: What happened, the newest first.
        devices: Names of devices and when they were seen last, the newest first.
        pages: The addresses of `LINKS`.
        locked_until: Until when “this was not me” stands.
    """

    subject: str
    verdict: Verdict
    lines: Sequence[Line]
    devices: Sequence[tuple[str, datetime]]
    pages: Mapping[str, str]
    locked_until: datetime | None = None


def document(found: Found, language: str, translate: Callable[[str], str]) -> dict[str, Any]:
    """The document, in a language and the words of it."""
    return {
        "format": FORMAT,
        "sub": found.subject,
        "language": language,
        "verdict": {
            "tone": found.verdict.tone.value,
            "text": found.verdict.line.say(translate),
            "step": found.verdict.step.value,
        },
        "locked_until": _moment(found.locked_until) if found.locked_until else None,
        "activity": [
            {"time": _moment(one.at), "group": one.group.value, "said": one.said.say(translate)}
            for one in found.lines[:LINES]
        ],
        "devices": [
            {"name": name, "seen": _moment(seen)} for name, seen in found.devices[:DEVICES]
        ],
        "links": [
            {"name": name, "text": translate(text), "href": found.pages[name]}
            for name, text in LINKS.items()
        ],
        "words": {name: translate(words) for name, words in WORDS.items()},
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
