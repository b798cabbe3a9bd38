"""One run over a source: unit by unit, each judged and let go, whatever happens to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shopward.sources.detect.plugins import Recogniser
from shopward.sources.discovery.collect import Collector, Table, safe
from shopward.sources.discovery.conclude import Conclusions
from shopward.sources.discovery.port import Coverage, Source, Unit, UnreadableError
from shopward.sources.discovery.report import FORMAT, Report, TableRow
from shopward.sources.discovery.state import State

Clock = Callable[[], str]
_MAX_ROWS = 5_000


@dataclass(slots=True)
class _Run:
    """What a run knows so far."""

    is_files: bool
    conclusions: Conclusions = field(default_factory=Conclusions)
    tables: list[TableRow] = field(default_factory=list)
    units: int = 0
    clean: int = 0
    unknown: int = 0

    def unit(self, unit: Unit, collector: Collector, covered: Coverage | str) -> None:
        """Judge what was read of a unit, the part before an error too."""
        self.units += 1
        why = covered if isinstance(covered, str) else ""
        shown = list(collector.tables.values()) or [Table(safe(unit.name or "the file"), "file")]
        for table in shown:
            found = self.conclusions.table(table)
            row = _row(table, covered, table.unread or why)
            self.unknown += row.state == "unknown"
            is_quiet = not found and row.state == "read"
            self.clean += is_quiet
            if len(self.tables) < _MAX_ROWS and not (is_quiet and self.is_files):
                self.tables.append(row)


def _row(table: Table, covered: Coverage | str, why: str) -> TableRow:
    known = covered if isinstance(covered, Coverage) else Coverage(0, None, "rows", "")
    is_one = known.unit == "rows"
    return TableRow(
        name=table.name,
        kind=table.kind,
        state="unknown" if why else "unchanged" if known.unchanged else "read",
        why=why,
        seen=table.rows if is_one else known.seen,
        of=known.of,
        unit=known.unit,
        how=known.how,
        columns=len(table.columns),
        columns_left_out=table.left_out,
        bad_rows=table.bad_rows,
    )


def discover(
    source: Source,
    state: State,
    time: Clock,
    progress: Callable[[int], None] = lambda _: None,
    recogniser: Recogniser | None = None,
) -> Report:
    """Look through a source.

    A KeyboardInterrupt ends the run; the report then says so and has what was seen before.

    Args:
        source: Where to look.
        state: What an earlier run saw; brought up to date.
        time: Says the time, ISO 8601 in UTC.
        progress: Told how many units are done.
        recogniser: An optional one for names in free text.
    """
    began, run, stopped = time(), _Run(source.is_files), False
    try:
        for unit in source.units():
            collector = Collector(recogniser)
            try:
                covered = _read(source, unit, collector, state)
            except KeyboardInterrupt:
                run.unit(unit, collector, "stopped while it was read")
                raise
            run.unit(unit, collector, covered)
            progress(run.units)
    except KeyboardInterrupt:
        stopped = True
    return Report(
        format=FORMAT,
        source=source.shown,
        began=began,
        ended=time(),
        complete=not stopped and not run.unknown,
        stopped=stopped,
        units=run.units,
        clean=run.clean,
        findings=run.conclusions.finish(),
        tables=run.tables,
    )


def _read(source: Source, unit: Unit, into: Collector, state: State) -> Coverage | str:
    """How much was read of a unit, or why it was not."""
    try:
        covered = source.read(unit, into, state.mark(unit.name))
    except UnreadableError as error:
        return str(error)
    if covered.mark is not None:
        state.put(unit.name, covered.mark)
    return covered
