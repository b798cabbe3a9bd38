"""`shopward doctor`: is this installation whole? One line per check, and what to do.

It looks and changes nothing. A check that could not run is UNKNOWN, never PASS.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward import clock, settings
from shopward.checks import Check, Finding, Outcome, run_all, worst
from shopward.cli import connection, options, terminal
from shopward.cli.credentials import FOLDER
from shopward.cli.replay import size_of
from shopward.errors import ConfigError, IntegrityError, PolicyError, ShopwardError
from shopward.ledger.receipt import verify_receipt
from shopward.policy.parse import load as load_policy
from shopward.settings import Settings
from shopward.signing import Verifier
from shopward.vault.backup.schedule import (
    BACKUP,
    DRILL,
    Attempt,
    History,
    judge_backup,
    judge_drill,
)

if TYPE_CHECKING:
    from shopward_client import Client

Answer = tuple[Outcome, str, str]

LEAST_FREE_BYTES = 200 * 1024 * 1024
BEHIND_S = 5.0


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined.

    Attributes:
        house: The settings.
        client: The data plane as the operator meets it, running or opened for this.
        trouble: Why there is no client.
    """

    house: Settings
    client: Client | None
    trouble: ShopwardError | None


@click.command("doctor")
@options.as_json
@click.pass_obj
def doctor_verb(config: Path | None, *, as_json: bool) -> int:
    """Check whether this installation is whole.

    Looks at settings, files, keystore, policy, store, ledger, clock, sockets, disk, and at
    accounts, tasks and mails of the web pages. Each line is PASS, FAIL or UNKNOWN, with what to
    do. Exit code 1 when one fails.
    """
    findings = _examine(config)
    if as_json:
        terminal.document([asdict(one) for one in findings])
    else:
        _print(findings)
    return 1 if worst(findings) is Outcome.FAIL else 0


def _examine(config: Path | None) -> tuple[Finding, ...]:
    try:
        path = connection.config_path(config)
        house = settings.load(path)
    except ConfigError as wrong:
        return (Finding("settings:load", Outcome.FAIL, wrong.detail, wrong.hint),)
    loaded = Finding("settings:load", Outcome.PASS, f"{path} is sound, profile {house.profile}.")
    with ExitStack() as stack:
        client, trouble = None, None
        try:
            client = stack.enter_context(connection.as_operator(config))
        except ShopwardError as wrong:
            trouble = wrong
        return (loaded, *run_all(CHECKS, Patient(house, client, trouble)), *_pages(house))


def _pages(house: Settings) -> tuple[Finding, ...]:
    """What the control plane's own checks find, in the database of accounts."""
    from shopward.console import examining

    return examining.examine(house)


def _print(findings: tuple[Finding, ...]) -> None:
    for one in findings:
        terminal.data(f"{one.outcome.upper():<7}  {one.check:<22}  {one.detail}")
        if one.hint:
            terminal.data(f"{'':<33}{one.hint}")


def _private(patient: Patient) -> Answer:
    """Secrets are readable by their owner alone, and we are the owner."""
    loose = [path for path in _secret_files(patient.house) if not _is_private(path)]
    if not loose:
        return Outcome.PASS, "Keys, credentials and sockets are closed to other users.", ""
    names = " ".join(str(path) for path in loose)
    return Outcome.FAIL, f"Open to other users, or not ours: {names}.", f"Run `chmod 600 {names}`."


def _secret_files(house: Settings) -> Iterator[Path]:
    known = (
        house.custodian.keystore,
        house.custodian.passphrase_file,
        house.store.path if house.store.url is None else house.store.password_file,
        house.listen.socket,
        house.listen.admin_socket,
    )
    yield from (path for path in known if path and path.exists())
    yield from sorted((house.home / FOLDER).glob("*.json"))


def _is_private(path: Path) -> bool:
    status = path.stat()
    return status.st_uid == os.geteuid() and not stat.S_IMODE(status.st_mode) & 0o077


def _keystore(patient: Patient) -> Answer:
    """The passphrase opens the keystore."""
    from shopward.vault.keystore import open_keystore

    custodian = patient.house.custodian
    try:
        passphrase = settings.read_passphrase(custodian).reveal().encode()
        open_keystore(custodian.keystore, passphrase)
    except ConfigError as wrong:
        return Outcome.FAIL, wrong.detail, wrong.hint
    return Outcome.PASS, "The passphrase opens the keystore.", ""


def _policy(patient: Patient) -> Answer:
    """The policy file has no mistakes, and it is the one in force."""
    try:
        policy = load_policy(patient.house.policy)
    except PolicyError as wrong:
        return Outcome.FAIL, f"{_brief(wrong)}.", "`shopward policy check` lists them."
    if patient.client is None:
        return Outcome.PASS, "The policy file has no mistakes.", ""
    if patient.client.policy().sha256 != policy.sha256:
        hint = "Run `shopward policy reload`; it takes at most a second by itself."
        return Outcome.FAIL, "The policy in force is not the one in the file.", hint
    return Outcome.PASS, "The policy file has no mistakes and is in force.", ""


def _store(patient: Patient) -> Answer:
    """Store, schema, engine, keystore and ledger belong together and open."""
    if patient.client is None:
        wrong = patient.trouble or ShopwardError()
        return Outcome.FAIL, f"The store does not open: {_brief(wrong)}", wrong.hint
    engine = "SQLite" if patient.house.store.url is None else "PostgreSQL"
    said = f"The store on {engine}, keystore and ledger belong together and are open."
    return Outcome.PASS, said, ""


def _doors(patient: Patient) -> Answer:
    """A data plane runs and takes requests."""
    house = patient.house
    if not connection.is_running(house.listen.admin_socket) or patient.client is None:
        hint = "Start it with `shopward serve`; until then the commands open the store themselves."
        return Outcome.UNKNOWN, "No data plane is running.", hint
    health = patient.client.readyz()
    if not health.is_well:
        return Outcome.FAIL, f"It is not ready: {'; '.join(health.problems)}", "See the reason."
    return Outcome.PASS, f"The data plane takes requests on {house.listen.socket}.", ""


def _head(patient: Patient) -> Answer:
    """The last entry is in the tree the ledger's key has signed, and not from the future."""
    if patient.client is None:
        return Outcome.UNKNOWN, "The store does not open.", "See store:opens."
    try:
        behind_s = _last_entry_s(patient.client) - clock.now().timestamp()
    except IntegrityError as wrong:
        return Outcome.FAIL, f"The head does not verify: {wrong.detail}", wrong.hint
    if behind_s > BEHIND_S:
        hint = "Set the clock; until then facts expire by the ledger's last entry."
        return Outcome.FAIL, f"The clock is {behind_s:.0f} s behind the last entry.", hint
    return Outcome.PASS, "The last entry verifies; `shopward ledger verify` replays all.", ""


def _last_entry_s(client: Client) -> float:
    """When the last entry was made, in seconds since the epoch; verified."""
    document = client.receipt(max(0, size_of(client.checkpoint()) - 1)).to_json()
    return verify_receipt(document, Verifier.parse(client.log_key())).leaf.time_ms / 1000


def _brief(wrong: ShopwardError) -> str:
    """What went wrong; of a policy's mistakes only how many."""
    return wrong.detail.partition(": ")[0] if isinstance(wrong, PolicyError) else wrong.detail


def _disk(patient: Patient) -> Answer:
    """There is room beside the store."""
    if patient.house.store.url is not None:
        hint = "Watch the disk where PostgreSQL runs: without room nothing can be entered."
        return Outcome.UNKNOWN, "PostgreSQL does not tell how much room it has.", hint
    store = patient.house.store.path
    free = shutil.disk_usage(next(one for one in store.parents if one.exists())).free
    said = f"{free / 1024**3:,.1f} GiB are free beside the store."
    if free < LEAST_FREE_BYTES:
        return (
            Outcome.FAIL,
            said,
            "Make room: without it nothing can be entered, hence nothing shown.",
        )
    return Outcome.PASS, said, ""


def _backup(patient: Patient) -> Answer:
    """There is a backup that is not too old."""
    every = timedelta(hours=patient.house.backup.every_hours)
    is_made = patient.house.backup.folder is not None
    return judge_backup(_history(patient, BACKUP), _now_ms(), every if is_made else None)


def _drill(patient: Patient) -> Answer:
    """A backup was restored on trial, lately and well."""
    days = patient.house.backup.drill_every_days
    every = timedelta(days=days) if days and patient.house.backup.folder else None
    return judge_drill(_history(patient, DRILL), _now_ms(), every)


def _accounts(patient: Patient) -> Answer:
    """The newest backup holds the accounts of the web pages too."""
    from shopward.vault.backup.accounts import has_accounts
    from shopward.vault.backup.place import header_of, newest_in

    folder = patient.house.backup.folder
    newest = newest_in(folder) if folder is not None and folder.is_dir() else None
    if newest is None:
        return Outcome.UNKNOWN, "There is no backup to look at.", "See vault:backup."
    header = header_of(newest)
    if header is not None and has_accounts(header):
        return Outcome.PASS, "The newest backup holds the accounts of the web pages.", ""
    if not patient.house.console.copy.exists():
        said, hint = "The newest backup holds no accounts.", "`shopward run` starts the web pages."
        return Outcome.UNKNOWN, said, hint
    hint = "Let the data plane read `console.copy`: docs/operations/backup.md."
    return Outcome.FAIL, "The newest backup lacks the accounts of the web pages.", hint


def _leaks(patient: Patient) -> Answer:
    """The last leak scan found nothing, and is not too old."""
    from shopward.cli.leak_history import judge

    return judge(patient.house.home, clock.now())


def _history(patient: Patient, name: str) -> History:
    if patient.client is None:
        raise patient.trouble or ShopwardError()
    attempts = [
        Attempt(
            job.name,
            job.argument,
            job.state,
            job.note,
            _ms(job.started),
            None if job.finished is None else _ms(job.finished),
        )
        for job in patient.client.jobs()
    ]
    return History.of(name, attempts)


def _ms(moment: str) -> int:
    return clock.to_ms(datetime.fromisoformat(moment))


def _now_ms() -> int:
    return clock.to_ms(clock.now())


CHECKS = (
    Check("files:private", "Can other users read secrets?", _private),
    Check("keystore:opens", "Does the passphrase open the keystore?", _keystore),
    Check("policy:sound", "Is the policy file sound and in force?", _policy),
    Check("store:opens", "Do store, keystore and ledger open together?", _store),
    Check("ledger:head", "Does the ledger's head verify, and is the clock not behind it?", _head),
    Check("doors:ready", "Does a data plane take requests?", _doors),
    Check("vault:backup", "Is there a backup that is new enough?", _backup),
    Check("vault:restore-drill", "Was a backup restored on trial lately?", _drill),
    Check("vault:accounts", "Does the newest backup hold the accounts too?", _accounts),
    Check("leaks:scan", "Did a leak scan find nothing, lately?", _leaks),
    Check("disk:room", "Is there room on the disk?", _disk),
)
