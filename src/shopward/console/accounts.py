"""The copy of accounts for backups, and accounts out of such a copy.

`make` writes it every hour; the data plane takes the file into its backups unread. `restore` makes
a new database of it.

- What lets somebody in for a while is never copied: sessions, links, mails, recovery codes, open
  recoveries. Nothing of the kind can come back alive.
- Each model is named here, kept or left: what nobody decided about is not copied; a test says so.
- A restored database is there whole or not at all, and one that is there is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from shopward.console import outbox, tasks, vouch
from shopward.console.database import building, make_ready
from shopward.errors import BackupError, ConflictError
from shopward.events import Kind
from shopward.settings import ConsoleSettings
from shopward.sources.durable import sync_directory
from shopward.store.accounts_copy import Part, read_parts, write_parts

Rows = models.QuerySet[Any]
KEPT: Final[dict[str, Callable[[Rows], Rows]]] = {
    "identity.Account": lambda rows: rows,
    "identity.KnownDevice": lambda rows: rows,
    "identity.EarlierPassword": lambda rows: rows,
    "identity.Throttle": lambda rows: rows,
    "identity.RecoveryCase": lambda rows: rows.exclude(ended=None),
    "mfa.Authenticator": lambda rows: rows.exclude(type="recovery_codes"),
    "oidc.Client": lambda rows: rows,
    "portal.SentMail": lambda rows: rows,
    "portal.SpentLink": lambda rows: rows,
    "portal.Choice": lambda rows: rows,
    "portal.Waved": lambda rows: rows,
    "portal.Dispute": lambda rows: rows,
    "portal.Erasure": lambda rows: rows,
    "portal.ConsentText": lambda rows: rows,
    "portal.Consent": lambda rows: rows,
    "console.Decision": lambda rows: rows,
    "console.Case": lambda rows: rows,
    "console.Event": lambda rows: rows,
}
"""What is copied, and which of it."""
LEFT: Final = {
    "sessions.Session": "lets in",
    "usersessions.UserSession": "belongs to a session",
    "identity.OneTimeLink": "lets in",
    "oidc.Grant": "belongs to a session",
    "oidc.Token": "lets in",
    "console.Mail": "holds links of one use",
    "console.TextMessage": "holds codes of one use",
    "console.Task": "sends mails; what recurs is queued anew",
    "account.EmailAddress": "not used",
    "account.EmailConfirmation": "not used",
    "contenttypes.ContentType": "made by migrations",
    "auth.Permission": "made by migrations",
    "auth.Group": "not used",
    "auth.Group_permissions": "not used",
}
"""What is not, and why."""
AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: accounts, and the rows of every table."""

    accounts: int
    rows: int


def make(path: Path) -> int:
    """Writes the copy, of one moment; how many rows it has.

    It may be read by its owner, and by the group of its folder where that may look into the folder.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = 0o600 | (path.parent.stat().st_mode & 0o040)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(beside, flags, mode), "wb") as file, _one_moment():
        count = write_parts(file, map(_table, KEPT.items()))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(path.parent)
    return count


@tasks.task("copy-accounts", every=tasks.LONGEST_WAIT)
def copy_accounts() -> None:
    """The copy of this hour."""
    make(vouch.house().console.copy)


def restore(console: ConsoleSettings, copy: BinaryIO, made: datetime) -> Restored:
    """Makes the database of accounts out of a copy. Django is set up for `building(console)`.

    Args:
        console: The settings.
        copy: The copy.
        made: When the backup was made that held it.

    Raises:
        ConflictError: There are accounts already.
        BackupError: The copy is damaged, or of another version.
    """
    if console.url is None and console.database.exists() and console.database.stat().st_size:
        raise _taken()
    place = building(console)
    if console.url is None:
        place.database.unlink(missing_ok=True)
    make_ready(place)
    with transaction.atomic():
        if apps.get_model("identity.Account").objects.exists():
            raise _taken()
        rows = sum(_fill(part) for part in read_parts(copy))
        _count_on()
        accounts = apps.get_model("identity.Account").objects.count()
        about = f"backup={made:%Y-%m-%dT%H:%M:%SZ} accounts={accounts}"
        outbox.record(Kind.ACCOUNTS_RESTORED, actor="operator", about=about)
    connection.close()
    if console.url is None:
        place.database.replace(console.database)
        sync_directory(console.database.parent)
    return Restored(accounts, rows)


class _one_moment:  # noqa: N801 - used like a function
    """A transaction that reads one moment and waits for no writer's lock."""

    def __enter__(self) -> None:
        level = " ISOLATION LEVEL REPEATABLE READ" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"BEGIN{level}")

    def __exit__(self, *_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def _table(
    kept: tuple[str, Callable[[Rows], Rows]],
) -> tuple[str, tuple[str, ...], Iterable[tuple[Any, ...]]]:
    label, which = kept
    model = apps.get_model(label)
    names = _columns(model)
    rows = which(_all(model).order_by("pk"))
    return label, names, _values(rows, names)


def _values(rows: Rows, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    yield from rows.values_list(*names).iterator(chunk_size=AT_ONCE)


def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(_fields(model))


def _fields(model: type[models.Model]) -> dict[str, Any]:
    meta = model._meta  # noqa: SLF001 - public by Django's documentation
    return {field.attname: field for field in meta.concrete_fields}


def _all(model: type[models.Model]) -> models.Manager[Any]:
    return model._base_manager  # noqa: SLF001 - public by Django's documentation


def _fill(part: Part) -> int:
    label, columns, rows = part
    if label not in KEPT or set(columns) != set(_columns(apps.get_model(label))):
        raise BackupError(
            f"The backup's table `{label}` is of another version of Shopward.",
            hint="Restore with the version that made it, then go on with this one.",
            reason="backup-version",
        )
    model = apps.get_model(label)
    fields = _fields(model)
    made = [
        model(
            **{name: _python(fields[name], value) for name, value in zip(columns, row, strict=True)}
        )
        for row in rows
    ]
    _all(model).bulk_create(made, batch_size=AT_ONCE)
    return len(made)


def _python(field: Any, value: Any) -> Any:  # noqa: ANN401 - a field's value
    """A value as the field has it; a reference is a value of what it points to."""
    known = field.target_field if field.is_relation else field
    return known.to_python(value)


def _count_on() -> None:
    """Numbers go on after those that came back."""
    every = [apps.get_model(label) for label in KEPT]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), every):
            cursor.execute(statement)


def _taken() -> ConflictError:
    return ConflictError(
        "There are accounts already where these should go.",
        hint="Move them away first; nothing was changed.",
        field="console.database",
        reason="store-not-empty",
    )
