from __future__ import annotations

import io

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.cli import terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(st.text())
def test_a_terminal_is_never_sent_a_control_or_direction_character(text: str) -> None:
    shown = terminal.printable(text, Screen())
    assert not any(character in shown for character in "\x1b\x07\x08\r\n\x9b\u202e\u2066\u200b")


def test_a_pipe_gets_the_value_as_it_is() -> None:
    assert terminal.printable("a\x1b[2J", io.StringIO()) == "a\x1b[2J"


def test_names_of_all_languages_stay_readable() -> None:
    assert terminal.printable("Їлана Ґудзолуг 東京", Screen()) == "Їлана Ґудзолуг 東京"


def test_an_error_is_two_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.error("it broke", "mend it")
    assert capsys.readouterr() == ("", "shopward: error: it broke\nshopward: hint: mend it\n")


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.table(("a", "long"), [("wide", 1), ("x", None)])
    assert capsys.readouterr().out == "a     long\nwide  1\nx     None\n"


@pytest.mark.parametrize(
    ("done", "total", "made", "elapsed_s", "line"),
    [
        (0, 1000, 0, 0.0, f"x [{'·' * 24}] 0/1,000  0/s  -:-- left"),
        (500, 1000, 500, 1.0, f"x [{'#' * 12}{'·' * 12}] 500/1,000  500/s  0:01 left"),
        (900, 1000, 100, 100.0, f"x [{'#' * 21}{'·' * 3}] 900/1,000  1/s  1:40 left"),
        (1000, 1000, 100, 1.0, f"x [{'#' * 24}] 1,000/1,000  100/s  0:00 left"),
        (1100, 1000, 100, 1.0, f"x [{'#' * 24}] 1,100/1,000  100/s  0:00 left"),
        (7, None, 7, 2.0, "x 7  4/s"),
    ],
)
def test_a_bar_has_rate_and_time_left(
    done: int, total: int | None, made: int, elapsed_s: float, line: str
) -> None:
    assert terminal.bar("x", done, total, made, elapsed_s) == line


def test_rows_of_an_earlier_run_do_not_count_for_the_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    bar = terminal.Progress("importing", 1000)
    monkeypatch.setattr("shopward.clock.monotonic_s", lambda: bar._began_s + 10)
    bar.to(900)
    bar.to(1000)
    bar.close()
    assert "1,000/1,000  10/s  0:00 left" in screen.getvalue()
    assert screen.getvalue().endswith("\n")


def test_no_bar_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    bar = terminal.Progress("importing", 10)
    bar.to(10)
    bar.close()
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_yes_must_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(click.UsageError):
        terminal.confirm("sure?", yes=False)
    terminal.confirm("sure?", yes=True)


def test_on_a_terminal_the_person_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Screen("y\n"))
    terminal.confirm("sure?", yes=False)
    monkeypatch.setattr("sys.stdin", Screen("n\n"))
    with pytest.raises(click.Abort):
        terminal.confirm("sure?", yes=False)
