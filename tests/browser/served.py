"""The control plane as a process, with a clock that tests move, and events and mails in files.

python -m tests.browser.served CONFIG           serves both sites
python -m tests.browser.served link CONFIG      prints the first administrator's link
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings as django

from shopward import clock, settings
from shopward.console import server
from shopward.events import Kind

HOME = Path(sys.argv[-1]).parent


def now() -> datetime:
    ahead = HOME / "ahead"
    return datetime.now(UTC) + timedelta(seconds=int(ahead.read_text()) if ahead.exists() else 0)


def record(kind: Kind, *, actor: str, realm: str, role: str, about: str) -> None:
    _append("events.jsonl", {"kind": kind.value, "actor": actor, "about": about})


def queue(to: str, subject: str, body: str) -> None:
    _append("mails.jsonl", {"to": to, "subject": subject, "body": body})


def _append(name: str, said: dict[str, str]) -> None:
    with (HOME / name).open("a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")


def _link() -> str:
    from shopward.identity.web.flows import people  # noqa: PLC0415 - needs Django set up

    return f"{django.SITES['staff'].origin}/join/{people.first_link()}/"


def _ready(_first_link: str | None) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main() -> None:
    house = settings.load(HOME / "shopward.toml")
    prepare = server.prepare

    def prepared(house: settings.Settings) -> None:
        prepare(house)
        django.RECORD_EVENT = "tests.browser.served.record"
        django.QUEUE_MAIL = "tests.browser.served.queue"

    server.prepare = prepared
    clock.now = now
    if "link" in sys.argv:
        prepared(house)
        sys.stdout.write(_link())
    else:
        server.serve(house, ready=_ready)


if __name__ == "__main__":
    main()
