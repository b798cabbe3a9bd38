"""`shopward protect`: tokens in the place of values in a shop's own tables, and the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward import clock
from shopward.cli import connection, credentials, options, terminal
from shopward.cli.options import FILE, manual
from shopward.errors import ConfigError, ConflictError, UnavailableError
from shopward.policy import Policy
from shopward.policy.decide import decide, may
from shopward.policy.model import Show
from shopward.policy.parse import load as load_policy
from shopward.policy.verdict import Ask, Permit

if TYPE_CHECKING:
    from shopward.cli.protectjob import Job
    from shopward.sources.protect import Journal, Shop, Target
    from shopward.sources.protect.preflight import Counts, Survey
    from shopward_client import Client

FOLDER = "protect"
HEADERS = ("table", "rows", "column", "field", "token", "to move", "empty", "tokens")
NAMED = 20


@click.command(
    "protect",
    epilog=manual(
        "Everything that is in the way is found before the first change; the plan is shown, and "
        "asked about. It exits with 1 when rows stay as they are.",
        example=(
            "shopward protect mysql://shop@localhost/shop --map columns.toml --dry-run",
            "shopward protect mysql://shop@localhost/shop --map columns.toml --purpose account",
            "shopward protect sqlite:///srv/shop.db --map columns.toml --purpose account --reverse",
        ),
    ),
)
@click.argument("database")
@click.option(
    "--map", "map_file", type=FILE, required=True, help="The columns.toml, looked through."
)
@click.option(
    "--purpose",
    metavar="NAME",
    help="A purpose for which the policy shows the caller all these fields in clear; values are "
    "read back for it. Not needed for --dry-run.",
)
@click.option("--dry-run", is_flag=True, help="Look, show what would be done, and stop.")
@click.option("--reverse", is_flag=True, help="Put the values back, as they were.")
@click.option(
    "--tokens",
    "are_tokens",
    is_flag=True,
    help="Texts that look like tokens, in a table that was never protected from here, are some.",
)
@options.yes
@options.password_file
@options.caller("shop")
@click.pass_obj
def protect_verb(
    config: Path | None,
    *,
    database: str,
    map_file: Path,
    purpose: str | None,
    dry_run: bool,
    reverse: bool,
    are_tokens: bool,
    yes: bool,
    password_file: Path | None,
    caller: str | None,
) -> int:
    """Put tokens in the place of the values in a shop's database.

    DATABASE is postgresql://USER@HOST/NAME, mysql://USER@HOST/NAME or sqlite:///PATH. The map says
    which columns; only those with `confirmed = true` are touched. The values go into the vault, and
    the shop reveals them over HTTP.

    Stopped at any moment, it goes on when the same command is run again. A row that the shop
    changes at the same time is never overwritten. Its journal is in protect/ beside shopward.toml:
    keep it as long as the tables hold tokens.
    """
    from shopward.sources.protect import map_file as maps
    from shopward.sources.protect import open_shop

    house = connection.settings_of(config)
    targets, policy = maps.load(map_file), load_policy(house.policy)
    if not dry_run:
        if purpose is None:
            raise click.UsageError("Say --purpose, or --dry-run to look alone.")
        _refuse_role(policy, targets, credentials.choose(house, caller, "shop").role, purpose)
    shop = open_shop(database, options.password(password_file))
    with closing(shop), _alone(shop, alone=not dry_run):
        place = _place(house.home / FOLDER, shop)
        with _journal(place, makes=not dry_run) as journal:
            survey = _look(shop, targets, policy, journal, are_tokens=are_tokens or reverse)
            _show(survey)
            if survey.obstacles:
                return _stopped(survey)
            if dry_run or journal is None:
                terminal.say("nothing was changed (--dry-run)")
                return 0
            verb = "Put the values back" if reverse else "Replace these values by tokens"
            terminal.confirm(f"{verb} in {shop.shown}?", yes=yes)
            with connection.as_caller(config, caller, "shop") as client:
                left = _run(client, shop, journal, survey, purpose or "", reverse=reverse)
    _say_what_stays(shop, reverse=reverse)
    return 1 if left else 0


def _refuse_role(policy: Policy, targets: list[Target], role: str | None, purpose: str) -> None:
    """Whether the caller may do all of it, by the policy as it lies there.

    Raises:
        ConfigError: It may not, or it is not known which role it has.
    """
    if role is None:
        raise ConfigError(
            "The role of SHOPWARD_CREDENTIAL is not known here.",
            hint="Name a caller of this machine with --caller.",
        )
    for verb in ("store", "update", "reveal"):
        if may(policy, role, verb) is not None:
            raise ConfigError(
                f"The role {role} may not {verb}.",
                hint="Give a caller a role that may store, update and reveal, and name it with "
                "--caller.",
            )
    fields = sorted({one.field for target in targets for one in target.columns})
    for name in fields:
        if name not in policy.fields:
            continue  # the preflight says where it stands
        answer = decide(policy, Ask("reveal", role, purpose, (name,)), clock.now())
        if not isinstance(answer, Permit) or answer.shows != (Show.CLEAR,):
            raise ConfigError(
                f"The policy does not show {role} the field `{name}` in clear for {purpose}.",
                hint="Values are read back before a row is changed. Name another --purpose, one "
                "that rests on no fact, or give the role an [[allow]] for this field.",
                field=name,
            )


def _place(folder: Path, shop: Shop) -> Path:
    """The journal of a database: its name, and a digest of where it is."""
    name = "".join(one for one in shop.shown.rpartition("/")[2] if one.isalnum() or one in "-_")
    digest = hashlib.sha256(shop.shown.encode()).hexdigest()[:8]
    return folder / f"{name[:40]}-{digest}.journal"


@contextmanager
def _journal(path: Path, *, makes: bool) -> Iterator[Journal | None]:
    from shopward.sources.protect import Journal

    if not makes and not path.exists():
        yield None
        return
    with Journal(path) as journal:
        yield journal


@contextmanager
def _alone(shop: Shop, *, alone: bool) -> Iterator[None]:
    with shop.alone() if alone else nullcontext():
        yield


def _look(
    shop: Shop, targets: list[Target], policy: Policy, journal: Journal | None, *, are_tokens: bool
) -> Survey:
    from shopward.cli.protectjob import token_in
    from shopward.sources.protect.preflight import Judges, look
    from shopward.vault.normalise import check

    def fits(name: str, value: str) -> None:
        known = policy.fields[name]
        check(known.type, name, value, known.max_chars)

    def is_begun(table: str) -> bool:
        return are_tokens or (journal is not None and journal.is_begun(table))

    bar = terminal.Progress("looking", None)
    try:
        return look(shop, targets, Judges(policy.fields, fits, token_in, is_begun), bar.to)
    finally:
        bar.close()


def _show(survey: Survey) -> None:
    lines = [
        (counts.target.table, f"{counts.rows:,}", one.mapped.column, one.mapped.field,
         one.mapped.token, f"{one.clear:,}", f"{one.blank:,}", f"{one.tokens:,}")
        for counts in survey.tables
        for one in counts.columns
    ]  # fmt: skip
    if lines:
        terminal.table(HEADERS, lines)
    for finding in survey.findings:
        where = ".".join(filter(None, (finding.table, finding.column)))
        word = "in the way" if finding.is_obstacle else "note"
        terminal.say(f"{word}: {where}: {finding.what}. {finding.remedy}")


def _stopped(survey: Survey) -> int:
    terminal.error(
        f"{len(survey.obstacles)} in the way; nothing was changed.",
        "Do what is said at each, and run it again.",
    )
    return 1


def _run(
    client: Client, shop: Shop, journal: Journal, survey: Survey, purpose: str, *, reverse: bool
) -> int:
    """Every table; how many rows stay as they are.

    Raises:
        UnavailableError: Shop or vault are away; running it again goes on.
    """
    from shopward_client import NoAnswerError
    from shopward_client import UnavailableError as Away

    if not reverse:
        for counts in survey.tables:
            _rehearse(shop, counts)
    left = 0
    for counts in survey.tables:
        try:
            left += _table(client, shop, journal, counts, purpose, reverse=reverse)
        except (NoAnswerError, Away) as away:
            raise UnavailableError(
                f"It stopped: {away.detail}",
                hint="Run the same command again; it goes on where it stopped.",
            ) from None
    return left


def _rehearse(shop: Shop, counts: Counts) -> None:
    """One row of the table takes a token, and has its values again before anybody sees it."""
    from shopward.cli.protectjob import rehearsal

    change = rehearsal(shop, counts)
    if change is None:
        return
    try:
        shop.rehearse(counts.shape, [one.column for one in counts.target.columns], change)
    except ConflictError as refused:
        raise ConflictError(f"{counts.target.table}: {refused.detail}", hint=refused.hint) from None


def _table(
    client: Client, shop: Shop, journal: Journal, counts: Counts, purpose: str, *, reverse: bool
) -> int:
    from shopward.cli.protectback import give_back
    from shopward.cli.protectjob import Done, Job, protect
    from shopward.sources.protect.preflight import named

    table = counts.target.table
    bar = terminal.Progress(table, counts.rows)
    done = Done(lambda seen, _changed: bar.to(min(seen, counts.rows)))
    job: Job = Job(client, shop, journal, counts, purpose, done)
    began_s = clock.monotonic_s()
    try:
        give_back(job) if reverse else protect(job)
    finally:
        bar.close()
        seconds = max(clock.monotonic_s() - began_s, 0.001)
        rate = f"{done.changed / seconds:,.0f} rows/s"
        word = "have their values again" if reverse else "hold tokens now"
        terminal.say(f"{table}: {done.changed:,} rows {word} ({rate})")
        for key, why in list(done.refusals.items())[:NAMED]:
            terminal.say(f"{table} {named(key)}: stays as it is ({why})")
    return len(done.refusals)


def _say_what_stays(shop: Shop, *, reverse: bool) -> None:
    if reverse:
        terminal.say("next: the customers are still in the vault; erase them if they are not to be")
        return
    terminal.say("next: older copies still hold the values, and nothing here reaches them:")
    for line in shop.remains:
        terminal.say(f"  {line}")
    terminal.say("  and backups, replicas, logs, exports, caches and search indexes of the shop")
