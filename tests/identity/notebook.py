"""Stands where the console's outbox and mail queue are: keeps what the room entered and sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shopward.events import Kind
from shopward.identity.sms import State
from tests.identity import shelf


class Mail(NamedTuple):
    """One mail, as it was queued."""

    to: str
    subject: str
    body: str


@dataclass(frozen=True)
class Event:
    """One event, as it was entered."""

    kind: Kind
    actor: str
    realm: str
    role: str
    about: str
    subject: str = ""


@dataclass
class Text:
    """One text message, as it was queued, and what became of it."""

    subject: str
    said: str
    until: datetime
    expected: str
    is_asked: bool
    state: State = State.SENT
    digest: str = ""


EVENTS: list[Event] = []
TEXTS: list[Text] = []
MAILS: list[Mail] = []


def record(kind: Kind, *, actor: str, realm: str, role: str, about: str, subject: str = "") -> None:
    EVENTS.append(Event(kind, actor, realm, role, about, subject))


def queue_text(subject: str, text: str, *, until: datetime, expected: str, is_asked: bool) -> int:
    """Goes to the number that the vault has, as the console's queue does."""
    seen = f"phone:{shelf.PHONES.get(subject, '')}"
    is_other = bool(expected) and expected != seen
    state = State.CHANGED if is_other else State.SENT
    digest = "" if is_other else seen
    TEXTS.append(Text(subject, text, until, expected, is_asked, state, digest))
    return len(TEXTS)


def text_state(number: int) -> tuple[State, str]:
    kept = TEXTS[number - 1]
    return kept.state, kept.digest


def queue(to: str, subject: str, body: str) -> None:
    MAILS.append(Mail(to, subject, body))
