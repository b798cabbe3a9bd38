"""`shopward backup`: make, list and verify backups, and hold the restore drill."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from shopward import clock, settings
from shopward.cli import connection, options, terminal
from shopward.cli.options import FILE, manual
from shopward.errors import BackupError, ConfigError
from shopward.settings import Settings

if TYPE_CHECKING:
    from shopward.vault.backup.header import Header
    from shopward.vault.custodian import Custodian
    from shopward_client import Client

POLL_S = 0.2
HEADERS = ("backup", "made", "log", "entries", "accounts", "bytes")


class Row(Protocol):
    """A job, from the wire or from the store."""

    @property
    def state(self) -> str:
        """How it stands."""

    @property
    def done(self) -> int:
        """How much of `total`."""

    @property
    def total(self) -> int:
        """How much there is, 0 when that is not known."""

    @property
    def note(self) -> str:
        """Why it ended."""


@click.group("backup")
def backup_verb() -> None:
    """Backups: the whole store in one sealed file, proven to restore.

    A backup opens with the keystore alone, and only while the epochs that it needs are kept.
    """


@backup_verb.command(
    "create",
    epilog=manual(
        "The keystore, the erasure journal and the settings are not in it: keep their copies "
        "elsewhere.",
        example=("shopward backup create /mnt/usb/friday.backup",),
    ),
)
@click.argument("to", type=FILE, required=False)
@click.pass_obj
def create(config: Path | None, to: Path | None) -> None:
    """Make a backup, into the file TO or into the folder of the settings.

    It can be made at any time: the data plane goes on and the backup is of one moment. A running
    data plane writes the file itself; else this command does.
    """
    house = connection.settings_of(config)
    row = _done(house, config, "backup", str(to.absolute()) if to else "")
    if row.state != "done":
        raise BackupError(
            f"The backup was not made: {row.note or row.state}.",
            hint="`shopward job list --all` tells more. Nothing was left in its place.",
        )
    path = Path(row.note)
    terminal.pairs({"backup": path, "rows": row.done, "bytes": path.stat().st_size})


@backup_verb.command("list")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@options.as_json
@click.pass_obj
def list_(config: Path | None, *, folder: Path | None, as_json: bool) -> None:
    """List the backups in FOLDER, or in the folder of the settings.

    Their heads are read, and nothing is verified.
    """
    from shopward.vault.backup.place import backups_in

    found = backups_in(folder or _folder(connection.settings_of(config)))
    rows = [(path.name, *_told(header), path.stat().st_size) for path, header in found]
    if as_json:
        terminal.document([dict(zip(HEADERS, row, strict=True)) for row in rows])
    else:
        terminal.table(HEADERS, rows)


@backup_verb.command("verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_obj
def verify(config: Path | None, file: Path) -> None:
    """Verify a backup from the first byte to the last, and the ledger in it.

    Needs the keystore and no data plane. Exit code 1 when anything is wrong with it. That it can
    be restored is shown by `shopward backup drill`.
    """
    from shopward.vault.backup.accounts import has_accounts
    from shopward.vault.backup.inspect import inspect
    from shopward.vault.backup.read import open_backup

    custodian = _custodian(connection.settings_of(config))
    bar = terminal.Progress("verify", None)
    with open_backup(file) as opened:
        contents = inspect(opened, custodian, progress=bar.to)
    bar.close()
    header, rows = contents.header, contents.totals.rows
    terminal.pairs(
        {
            "made": clock.from_ms(header.time_ms).isoformat(timespec="seconds"),
            "log": header.origin,
            "entries": header.size,
            "customers": rows["subject"] - 1,
            "rows": sum(rows.values()),
            "accounts": "yes" if has_accounts(header) else "no",
            "verdict": "whole, and its ledger is the one that was signed",
        }
    )


@backup_verb.command("drill")
@click.pass_obj
def drill(config: Path | None) -> None:
    """Restore the newest backup on trial: verify it, open a sample, count, throw it away.

    It is made in a folder of its own beside the backups and compared with the ledger that is
    served. What comes of it is entered. Exit code 1 when it fails.
    """
    house = connection.settings_of(config)
    row = _done(house, config, "restore-drill", "")
    if row.state != "done":
        raise BackupError(
            f"The restore drill failed: {row.note or row.state}.",
            hint="Count this backup as lost and make another; docs/operations/backup.md says more.",
        )
    terminal.data(f"passed: {row.note}")


def _done(house: Settings, config: Path | None, name: str, argument: str) -> Row:
    """A job that has ended; the data plane does it, or this process while none runs."""
    bar = terminal.Progress(name, None)
    try:
        if connection.is_running(house.listen.admin_socket):
            with connection.as_operator(config) as client:
                return _watched(client, client.start_job(name, argument).job.id, bar)
        connection.refuse_absent(house)
        return asyncio.run(_alone(house, name, argument, bar))
    finally:
        bar.close()


def _watched(client: Client, job: str, bar: terminal.Progress) -> Row:
    while True:
        for row in client.jobs():
            if row.id == job:
                _show(bar, row)
                if row.finished is not None:
                    return row
        time.sleep(POLL_S)


async def _alone(house: Settings, name: str, argument: str, bar: terminal.Progress) -> Row:
    from shopward.api.server import running

    async with running(house) as plane:
        begun, _ = await plane.jobs.start(name, argument)
        working = asyncio.create_task(plane.jobs.drain())
        while True:
            await asyncio.wait({working}, timeout=POLL_S)
            row = next(one for one in await plane.jobs.list_() if one.id == begun.id)
            _show(bar, row)
            if working.done():
                working.result()
                return row


def _show(bar: terminal.Progress, row: Row) -> None:
    bar.total = row.total or None
    bar.to(row.done)


def _told(header: Header | None) -> tuple[str, str, int, str]:
    from shopward.vault.backup.accounts import has_accounts

    if header is None:
        return "-", "damaged", 0, "-"
    made = clock.from_ms(header.time_ms).isoformat(timespec="seconds")
    return made, header.origin, header.size, "yes" if has_accounts(header) else "no"


def _folder(house: Settings) -> Path:
    if house.backup.folder is None:
        raise ConfigError(
            "There is no folder for backups.",
            hint="Set `backup.folder`, or name a folder.",
            field="backup.folder",
        )
    return house.backup.folder


def _custodian(house: Settings) -> Custodian:
    from shopward.vault.keystore import open_keystore

    passphrase = settings.read_passphrase(house.custodian).reveal().encode()
    return open_keystore(house.custodian.keystore, passphrase)
