"""Stands where the console's outbox and mail queue are: keeps what the room entered and sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shopward.events import Kind


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


EVENTS: list[Event] = []
MAILS: list[Mail] = []


def record(kind: Kind, *, actor: str, realm: str, role: str, about: str, subject: str = "") -> None:
    EVENTS.append(Event(kind, actor, realm, role, about, subject))


def queue(to: str, subject: str, body: str) -> None:
    MAILS.append(Mail(to, subject, body))
