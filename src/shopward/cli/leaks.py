"""`shopward leak-scan`: plants values at the shop's front door, and looks where they come out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward import clock
from shopward.cli import connection, options, terminal
from shopward.cli.options import FILE, manual
from shopward.errors import ConfigError, InvalidError

if TYPE_CHECKING:
    from shopward.sources.leaks import Canary, Place, Report

FAILED = 1
NAMED = re.compile(r"([a-z][a-z0-9-]{0,30})=(.+)", re.DOTALL)


@click.command(
    "leak-scan",
    epilog=manual(
        "Each PLACE is a database (postgresql://, mysql://, sqlite://), a folder or a file; "
        "NAME= before it gives it a name in the report. Look wherever the shop may write: its "
        "database, sessions, outbox, logs, search index, uploads, backups.",
        "It exits with 1 when a canary was found, and when anything could not be read, since "
        "unknown is not clean.",
        example=(
            "shopward leak-scan --shop https://shop.test --recipe shop.toml logs=/var/log/shop",
            "shopward leak-scan --values canaries.txt mails=/srv/outbox backups=/srv/backups",
        ),
    ),
)
@click.argument("places", metavar="[NAME=]PLACE...", nargs=-1)
@click.option("--shop", metavar="URL", help="Plant canaries here, as --recipe says.")
@click.option("--recipe", "recipe_file", type=FILE, help="How visitors give the shop their data.")
@click.option("--ca", "ca_file", type=FILE, help="Trust this certificate of the shop's.")
@click.option(
    "--values",
    "values_file",
    type=FILE,
    metavar="FILE",
    help="Canaries that were planted before or by hand: LABEL=VALUE, one a line.",
)
@click.option(
    "--keep",
    type=FILE,
    metavar="FILE",
    help="Keep the canaries here for a later scan, such as of the nightly backup. Otherwise "
    "nobody knows them once this has ended.",
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Let the shop's mails, tasks and logs settle after planting.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write report.html and report.json there.",
)
@click.option(
    "--password-file",
    type=FILE,
    metavar="FILE",
    help="Its first line is the password of the databases' user.",
)
@options.as_json
@click.pass_obj
def leak_scan_verb(
    config: Path | None,
    *,
    places: tuple[str, ...],
    shop: str | None,
    recipe_file: Path | None,
    ca_file: Path | None,
    values_file: Path | None,
    keep: Path | None,
    wait_s: float,
    out: Path | None,
    password_file: Path | None,
    as_json: bool,
) -> int:
    """Look for planted customer data where none should be.

    Canaries are values that nobody else has. They go in at the shop's front door, as a customer's
    would, and are then looked for in each PLACE in all the shapes they may have taken: other
    letters, digits alone, URL, HTML, JSON, quoted-printable, Base64, hex, UTF-16, compressed,
    and unkeyed MD5, SHA-1 and SHA-256 of them.

    The report says where and how often, and never shows one.
    """
    from shopward.sources.leaks import Search, scan

    _refuse_odd(places, shop, recipe_file, values_file, keep)
    named = list(_places(places, password_file))
    if keep is not None:
        _refuse_inside(keep, named)
    canaries, planted = _canaries(shop, recipe_file, ca_file, values_file)
    if keep is not None:
        from shopward.sources.leaks import save

        save(keep, canaries)
        terminal.say(f"the canaries are in {keep}; remove it when you are done")
    if not named:
        return 0
    if shop is not None:
        time.sleep(wait_s)
    bar = terminal.Progress("looking", None)
    try:
        left_out = [path for path in (values_file, keep) if path is not None]
        search = Search(canaries)
        report = scan(named, search, _now, planted=planted, left_out=left_out, progress=bar.to)
    finally:
        bar.close()
    _show(report, as_json=as_json)
    for path in _written(report, out):
        terminal.say(f"wrote {path}")
    _remember(config, report)
    return 0 if report.outcome == "pass" else FAILED


def _refuse_odd(
    places: tuple[str, ...],
    shop: str | None,
    recipe: Path | None,
    values: Path | None,
    keep: Path | None,
) -> None:
    if (shop is None) != (recipe is None):
        raise click.UsageError("--shop and --recipe belong together.")
    if (shop is None) == (values is None):
        raise click.UsageError("Give --shop with --recipe, or --values.")
    if not places and (keep is None or shop is None):
        raise click.UsageError("Name at least one PLACE to look through.")


def _places(given: tuple[str, ...], password_file: Path | None) -> Iterator[Place]:
    from shopward.sources.leaks import Place

    password = password_file.read_text("utf-8").partition("\n")[0] if password_file else None
    for number, one in enumerate(given, 1):
        named = NAMED.fullmatch(one)
        name, target = (named[1], named[2]) if named else (f"place-{number}", one)
        yield Place(name, target, password)


def _refuse_inside(keep: Path, places: list[Place]) -> None:
    """The canaries do not lie where they are looked for."""
    for place in places:
        is_folder = "://" not in place.target
        if is_folder and keep.resolve().is_relative_to(Path(place.target).resolve()):
            raise InvalidError(
                f"--keep would write into {place.name}, which is looked through",
                hint="Keep the canaries elsewhere.",
            )


def _canaries(
    shop: str | None, recipe: Path | None, ca_file: Path | None, values: Path | None
) -> tuple[list[Canary], str]:
    """The canaries, and how they came in."""
    from shopward.sources.leaks import Recipe, load, plant

    if values is not None:
        return load(values), "Planted before this scan"
    if shop is None or recipe is None:
        raise click.UsageError("--shop and --recipe belong together.")
    made = plant(Recipe.read(recipe), shop, ca_file=None if ca_file is None else str(ca_file))
    terminal.say(f"planted {len(made)} canaries")
    return made, f"Planted by {recipe.name} through the shop's pages"


def _now() -> str:
    return clock.now().isoformat(timespec="seconds")


def _show(report: Report, *, as_json: bool) -> None:
    from shopward.sources.leaks import lines
    from shopward.sources.leaks.report import encode

    if as_json:
        click.echo(encode(report), nl=False)
    elif report.hits:
        terminal.table(lines.HEADERS, lines.rows(report))
    for row in report.unknown[:20]:
        terminal.say(f"unknown: {row.place}: {row.name}: {row.why}")
    for row in report.left_out:
        terminal.say(f"left out: {row.place}: {row.name}: {row.why}")
    terminal.say(lines.coverage(report))
    terminal.say(lines.verdict(report))


def _written(report: Report, out: Path | None) -> Iterator[Path]:
    """Writes the report's files, readable by their owner alone."""
    from shopward.sources.durable import replace_durably
    from shopward.sources.leaks.page import html
    from shopward.sources.leaks.report import encode

    if out is None:
        return
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, data in (("report.json", encode(report)), ("report.html", html(report).encode())):
        replace_durably(out / name, data)
        yield out / name


def _remember(config: Path | None, report: Report) -> None:
    """Keep the report for `doctor`, where there is an installation here."""
    from shopward.cli import leak_history

    try:
        house = connection.settings_of(config)
    except ConfigError:
        return
    leak_history.keep(house.home, report)
