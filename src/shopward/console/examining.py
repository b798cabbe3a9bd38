"""Runs the checks of the rooms that the control plane mounts, for `shopward doctor` and the pages.

A picture that cannot be taken makes every check that needs it UNKNOWN.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from shopward import clock
from shopward.checks import Check, Finding, Outcome, run_all
from shopward.console import checks as own
from shopward.console.checks import House
from shopward.console.settings import configure
from shopward.errors import BackupError, InvalidError
from shopward.identity import checks as identity
from shopward.settings import Settings
from shopward.store.accounts_copy import read_parts

Picture = TypeVar("Picture")
TITLES: Final = {one.slug: one.title for one in own.CHECKS} | {
    one.slug: one.title for one in identity.CHECKS
}


def examine(house: Settings) -> tuple[Finding, ...]:
    """Sets Django up in a process of its own and runs every check; changes nothing there."""
    if house.console.url is None and not house.console.database.exists():
        said = "No control plane was started here."
        return (Finding("console:opens", Outcome.UNKNOWN, said, "`shopward run` starts it."),)
    configure(house, secrets.token_hex(32))
    return findings(house, clock.now())


def findings(house: Settings, now: datetime) -> tuple[Finding, ...]:
    """What every check finds."""
    from shopward.identity.web import evidence  # noqa: PLC0415 - needs Django set up

    return (
        *_run(own.CHECKS, lambda: picture(house, now)),
        *_run(identity.CHECKS, lambda: evidence.staff(now)),
    )


def picture(house: Settings, now: datetime) -> House:
    """The control plane as it is now."""
    from shopward.console.models import Event, Mail, Task  # noqa: PLC0415 - needs Django set up

    console, waiting = house.console, Event.objects.filter(settled=None).order_by("id")
    known = (console.secret_key, console.signing_key, console.password_file)
    files = known if console.url is not None else (*known, console.database)
    return House(
        now=now,
        files=tuple(path for path in files if path is not None and path.exists()),
        oldest_event=waiting.values_list("at", flat=True).first(),
        refused_events=Event.objects.exclude(error="").count(),
        failed_tasks=Task.objects.filter(state=Task.State.FAILED).count(),
        lost_mails=Mail.objects.exclude(given_up=None).count(),
        has_mail_server=bool(house.mail.host) or house.profile == "local",
        unseen=_unseen(house),
        copied=_copied(house.console.copy),
    )


def _unseen(house: Settings) -> tuple[str, ...] | None:
    """Columns that discovery found and nobody decided."""
    from shopward.console import deciding  # noqa: PLC0415 - needs Django set up

    with suppress(InvalidError):
        found = deciding.unseen(house)
        return None if found is None else tuple(found)
    return None


def _copied(path: Path) -> datetime | None:
    """When the copy for backups was written, if it is whole."""
    with suppress(OSError, BackupError), path.open("rb") as file:
        for _ in read_parts(file):
            pass
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return None


def _run(checks: Iterable[Check[Picture]], take: Callable[[], Picture]) -> tuple[Finding, ...]:
    listed = tuple(checks)
    try:
        taken = take()
    except Exception as error:  # noqa: BLE001 - whatever broke, the answer is not known
        detail, hint = f"Could not run: {type(error).__name__}.", "See that its database answers."
        return tuple(Finding(one.slug, Outcome.UNKNOWN, detail, hint) for one in listed)
    return run_all(listed, taken)
