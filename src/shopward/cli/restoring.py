"""`shopward restore`: a store out of a backup, for a data plane that is not running."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from shopward import clock, settings
from shopward.cli import connection, options, terminal
from shopward.cli.options import FILE, manual
from shopward.errors import BackupError, ConflictError, UnavailableError
from shopward.settings import Settings, StoreSettings

if TYPE_CHECKING:
    from shopward.console.accounts import Restored
    from shopward.vault.custodian import Custodian

NO_ACCOUNTS: Final = "backup-no-accounts"


@click.command(
    "restore",
    epilog=manual(
        "The ledger goes on under a new name, which the answer tells with its key: hand the key to "
        "those who verify. `shopward ledger verify` checks old log, link and new log.",
        example=(
            "shopward restore shopward-20261124T031500.250Z.backup \\",
            "  --checkpoint friday.checkpoint",
        ),
    ),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--into",
    type=FILE,
    help="Make this SQLite file instead of the store that the settings name.",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=FILE,
    multiple=True,
    help="A checkpoint of the ledger that was kept elsewhere; repeatable.",
)
@click.option(
    "--journal-lost",
    is_flag=True,
    help="Go on although the erasure journal is missing or shorter than it was: customers erased "
    "since the backup may come back. The ledger will say so.",
)
@click.option(
    "--accounts-only",
    is_flag=True,
    help="Make the database of accounts of the web pages, and leave the store as it is.",
)
@options.yes
@click.pass_obj
def restore_verb(
    config: Path | None,
    *,
    file: Path,
    into: Path | None,
    checkpoints: tuple[Path, ...],
    journal_lost: bool,
    accounts_only: bool,
    yes: bool,
) -> None:
    """Make a store out of a backup, and the accounts of the web pages.

    The whole file and its ledger are verified first. Then rows are written, what was erased or
    revoked since the backup is erased and revoked again, and the ledger begins a new log that
    names the old one. The store is there when all of it is done, or not at all; an existing store
    is never touched. Where there are no accounts, those of the backup come back too: nobody is
    signed in, no link, recovery or recovery code of before is good, and who left since the backup
    has to be let go again.
    """
    from shopward.store.opening import open_target
    from shopward.vault.backup.read import open_backup
    from shopward.vault.backup.restore import Restoring, restore
    from shopward.vault.journal import journal_of

    house = connection.settings_of(config)
    if accounts_only:
        _show_accounts(_accounts(house, file))
        return
    if into is None and connection.is_running(house.listen.admin_socket):
        raise UnavailableError("The data plane is running.", hint="Stop it first.")
    if journal_lost:
        terminal.confirm("Customers erased since this backup may come back. Go on?", yes=yes)
    custodian = _custodian(house)
    custodian.unlatch("epoch")  # the next start wraps what comes back, and latches again
    place = StoreSettings(path=into.absolute()) if into else house.store
    bars = _Bars()
    with open_backup(file) as opened:
        job = Restoring(
            opened,
            custodian,
            lambda installation: journal_of(house.journal, custodian, installation),
            house.log,
            clock.now(),
            tuple(one.read_text("utf-8", "replace") for one in checkpoints),
            journal_lost,
            bars.to,
        )
        if place.url is None:
            place.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        done = restore(job, lambda: open_target(place))
    bars.close()
    terminal.pairs(
        {
            "store": place.path if place.url is None else "the database of `store.url`",
            "customers": done.rows.get("subject", 1) - 1,
            "erased again": done.erased,
            "revoked again": done.revoked,
            "frozen again": done.frozen,
            "log": done.origin,
            "continues": f"{done.previous.origin} after {done.previous.kept} entries",
            "entries lost": done.lost,
            "key": done.vkey,
        }
    )
    if into is None:
        _accounts_too(house, file)


def _accounts_too(house: Settings, file: Path) -> None:
    """The accounts beside the store, where there are none."""
    try:
        done = _accounts(house, file)
    except ConflictError:
        terminal.say("the accounts that are here stay as they are")
    except BackupError as none:
        if none.reason != NO_ACCOUNTS:
            raise
        terminal.say(none.detail)
    else:
        _show_accounts(done)


def _accounts(house: Settings, file: Path) -> Restored:
    """Makes the database of accounts out of the backup's copy."""
    from shopward.console import settings as console
    from shopward.vault.backup.accounts import extract
    from shopward.vault.backup.header import read_head
    from shopward.vault.backup.read import open_backup

    with open_backup(file) as opened, tempfile.TemporaryFile() as copy:
        made = clock.from_ms(read_head(opened)[0].time_ms)
        if not extract(opened, _custodian(house), copy):
            said = "There are no accounts in this backup."
            raise BackupError(said, hint="Try another one.", reason=NO_ACCOUNTS)
        console.configure_for_restore(house)
        from shopward.console import accounts

        return accounts.restore(house.console, copy, made)


def _show_accounts(done: Restored) -> None:
    terminal.pairs({"accounts": done.accounts, "rows of accounts": done.rows})
    terminal.say("let go again who left since the backup was made; recovery codes are made anew")


def _custodian(house: Settings) -> Custodian:
    from shopward.vault.keystore import open_keystore

    passphrase = settings.read_passphrase(house.custodian).reveal().encode()
    return open_keystore(house.custodian.keystore, passphrase)


class _Bars:
    """One progress bar after the other."""

    def __init__(self) -> None:
        self._what = ""
        self._bar: terminal.Progress | None = None

    def to(self, what: str, done: int, total: int) -> None:
        """Moves the bar of this step."""
        if what != self._what:
            self.close()
            self._what, self._bar = what, terminal.Progress(what, total or None)
        if self._bar is not None:
            self._bar.to(done)

    def close(self) -> None:
        """Ends the line."""
        if self._bar is not None:
            self._bar.close()
