"""The voice of the command line: what is written where, and how.

- Data goes to stdout, and only data: it can be piped. `--json` makes it one JSON document.
- Everything said *about* it goes to stderr, as `shopward: …`; an error is always two lines,
  `shopward: error: …` and `shopward: hint: …`.
- No colour and no cursor movement, except the progress bar on a terminal.
- Control characters in what came from elsewhere are shown as escapes on a terminal, so that a
  stored value cannot steer it; a pipe gets the value as it is.

It does not decide exit codes (`main`) and does not talk to the data plane (`connection`).
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

import click

from shopward import clock

BAR_WIDTH = 24
REDRAW_EVERY_S = 0.1


def say(message: str) -> None:
    """One line for the person, on stderr."""
    click.echo(f"shopward: {message}", err=True)


def error(detail: str, hint: str | None = None) -> None:
    """An error and what to do next, on stderr."""
    say(f"error: {detail}")
    if hint:
        say(f"hint: {hint}")


def data(text: str) -> None:
    """One line of data, on stdout."""
    click.echo(printable(text, sys.stdout))


def document(value: object) -> None:
    """One JSON document on stdout, for machines; member order as given."""
    click.echo(json_text(value, indent=2))


def json_text(value: object, *, indent: int | None = None) -> str:
    """JSON that steers no terminal: what is not printable is escaped, which JSON reads as well."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(
        letter if letter == "\n" or letter.isprintable() else _json_escaped(letter)
        for letter in text
    )


def _json_escaped(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def pairs(rows: Mapping[str, object]) -> None:
    """Names and values on stdout, names padded to one width."""
    width = max((len(name) for name in rows), default=0)
    for name, value in rows.items():
        data(f"{name:<{width}}  {'-' if value is None else value}".rstrip())


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, err: bool = False) -> None:
    """Columns padded to their widest cell; on stdout, or on stderr with `err`."""
    stream = sys.stderr if err else sys.stdout
    cells = [list(headers), *([printable(str(cell), stream) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    for row in cells:
        padded = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(padded).rstrip(), err=err)


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; elsewhere `--yes` has to say it.

    Raises:
        click.Abort: The person said no.
        click.UsageError: There is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on; say --yes.")
    click.confirm(question, abort=True, err=True)


def printable(text: str, stream: TextIO) -> str:
    """The text; on a terminal with control and direction characters written as escapes."""
    if not stream.isatty() or text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


class Progress:
    """A bar with rate and time left, on stderr; silent when stderr is not a terminal.

    Args:
        title: What is being done, such as `import`.
        total: How many there are; None when that is not known yet.
    """

    def __init__(self, title: str, total: int | None) -> None:
        self._title = title
        self.total = total
        self._start: int | None = None
        self._done = 0
        self._began_s = self._drawn_s = clock.monotonic_s()
        self._shown = sys.stderr.isatty()

    def to(self, done: int) -> None:
        """Move the bar to `done`; the first call says where an earlier run stopped."""
        self._done = done
        self._start = done if self._start is None else self._start
        now_s = clock.monotonic_s()
        if self._shown and now_s - self._drawn_s >= REDRAW_EVERY_S:
            self._drawn_s = now_s
            self._draw(now_s)

    def close(self) -> None:
        """Draw the last state and end the line."""
        if self._shown:
            self._draw(clock.monotonic_s())
            click.echo(err=True)

    def _draw(self, now_s: float) -> None:
        made = self._done - (self._start or 0)
        line = bar(self._title, self._done, self.total, made, now_s - self._began_s)
        click.echo(f"\r{line}\x1b[K", nl=False, err=True)


def bar(title: str, done: int, total: int | None, made: int, elapsed_s: float) -> str:
    """One line such as `importing [######······] 500/1,000  1,200/s  0:00 left`.

    Args:
        title: What is being done.
        done: How many are done.
        total: Of how many, when that is known.
        made: How many of those were done in this run.
        elapsed_s: Seconds this run took for them.
    """
    rate = made / elapsed_s if elapsed_s > 0 else 0.0
    if not total:
        return f"{title} {done:,}  {rate:,.0f}/s"
    filled = min(BAR_WIDTH, BAR_WIDTH * done // total)
    drawn = "#" * filled + "·" * (BAR_WIDTH - filled)
    left = f"{_clock((total - done) / rate)} left" if rate else "-:-- left"
    return f"{title} [{drawn}] {done:,}/{total:,}  {rate:,.0f}/s  {left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"
