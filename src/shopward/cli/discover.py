"""`shopward discover`: where a shop's database, files and logs hold personal data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shopward import clock
from shopward.cli import connection, options, terminal
from shopward.cli.options import FILE, manual

if TYPE_CHECKING:
    from shopward.sources.discovery import Report

INCOMPLETE = 1


@click.command(
    "discover",
    epilog=manual(
        "It exits with 1 when anything could not be read, since unknown is not clean, and when "
        "--map does not speak about a finding.",
        example=(
            "shopward discover postgresql://reader@db.internal/shop --out discovery",
            "shopward discover /var/log/nginx --since-state nginx.state",
            "shopward discover dump.sql.gz --json",
        ),
    ),
)
@click.argument("target")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write report.html, report.json and the drafts policy.toml and columns.toml there.",
)
@click.option(
    "--rows",
    type=click.IntRange(10, 10_000_000),
    default=10_000,
    show_default=True,
    help="Look at so many rows of a table at most.",
)
@click.option("--all", "everything", is_flag=True, help="Look at every row and byte.")
@click.option(
    "--since-state",
    "state_file",
    type=FILE,
    help="Look only at what is new since this file was written, and bring it up to date.",
)
@click.option(
    "--map",
    "map_file",
    type=FILE,
    help="Fail for a likely finding that this columns.toml does not speak about.",
)
@click.option(
    "--names",
    "plug_in",
    metavar="PLUG-IN",
    help="Find names of people in free text with this plug-in, such as presidio; much slower.",
)
@options.password_file
@click.option(
    "--for-console",
    is_flag=True,
    help="Hand the findings over to the web pages, where people decide about each column.",
)
@options.as_json
@click.pass_obj
def discover_verb(
    config: Path | None,
    *,
    target: str,
    out: Path | None,
    rows: int,
    everything: bool,
    state_file: Path | None,
    map_file: Path | None,
    plug_in: str | None,
    password_file: Path | None,
    for_console: bool,
    as_json: bool,
) -> int:
    """Find personal, credential and card data in TARGET.

    TARGET is postgresql://USER@HOST/NAME, mysql://USER@HOST/NAME, sqlite:///PATH, a folder, or a
    file: CSV, JSON, access log, SQL dump, SQLite database or text, also packed.

    It only reads, looks at a bounded sample of each table or file, and reports which columns hold
    what, how sure that is and why. No value is shown or written anywhere.
    """
    from shopward.sources import found
    from shopward.sources.detect.plugins import load as load_plug_in
    from shopward.sources.discovery import Limits, columns_file, discover, open_source
    from shopward.sources.discovery.hand_over import found_of
    from shopward.sources.discovery.state import State, load, save

    house = connection.settings_of(config) if for_console else None
    limits = Limits(rows=0, file_bytes=0) if everything else Limits(rows=rows)
    state = load(state_file) if state_file else State()
    recogniser = load_plug_in(plug_in) if plug_in else None
    known = columns_file.places(map_file) if map_file else None
    source = open_source(target, limits, state.key, options.password(password_file))
    with closing(source):
        bar = terminal.Progress("looking", source.count())
        try:
            report = discover(source, state, _now, bar.to, recogniser)
        finally:
            bar.close()
    _show(report, as_json=as_json)
    if out is not None:
        for path in _written(report, out):
            terminal.say(f"wrote {path}")
    if house is not None:
        terminal.say(f"wrote {found.write(house.home, found_of(report))}")
    if state_file is not None and not report.stopped:
        save(state_file, state)
    new = [] if known is None else columns_file.unmapped(report, known)
    for row in new:
        terminal.say(f"not in the map: {row.table}: {row.column}: {row.title}")
    return INCOMPLETE if new or not report.complete else 0


def _now() -> str:
    return clock.now().isoformat(timespec="seconds")


def _show(report: Report, *, as_json: bool) -> None:
    from shopward.sources.discovery import lines
    from shopward.sources.discovery.report import encode

    if as_json:
        click.echo(encode(report), nl=False)
    elif report.findings:
        terminal.table(lines.HEADERS, lines.rows(report))
    for row in report.unknown[:20]:
        terminal.say(f"unknown: {row.name}: {row.why}")
    for sentence in lines.summary(report):
        terminal.say(sentence)


def _written(report: Report, out: Path) -> Iterator[Path]:
    """Writes the report's files, readable by their owner alone."""
    from shopward.sources.discovery.catalogue import proposals
    from shopward.sources.discovery.columns_file import columns_toml
    from shopward.sources.discovery.page import html
    from shopward.sources.discovery.policy_draft import policy_toml
    from shopward.sources.discovery.report import encode
    from shopward.sources.durable import replace_durably

    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    texts = {
        "report.json": encode(report).decode(),
        "report.html": html(report),
        "policy.toml": policy_toml(proposals(report)),
        "columns.toml": columns_toml(report),
    }
    for name, text in texts.items():
        if text:
            replace_durably(out / name, text.encode())
            yield out / name
