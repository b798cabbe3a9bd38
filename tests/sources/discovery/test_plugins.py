"""Names in free text by a plug-in: another distribution's function, off unless asked."""

from __future__ import annotations

import importlib.util
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from shopward.errors import InvalidError
from shopward.sources.detect import plugins
from shopward.sources.discovery import Limits, discover, open_source
from shopward.sources.discovery.state import State

NAMES = ("Ada", "Grace")


def recogniser() -> plugins.Recogniser:
    return lambda text: ["name"] * any(name in text for name in NAMES) + ["nonsense"]


def test_what_a_plug_in_finds_is_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("mine", f"{__name__}:recogniser", plugins.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _self: recogniser)
    monkeypatch.setattr(
        plugins, "entry_points", lambda group: [point] if group == plugins.GROUP else []
    )
    lines = "the lamp is for Ada upstairs\nthe chair was late\n" * 20
    (tmp_path / "talk.txt").write_text(lines)
    source = open_source(str(tmp_path), Limits(), bytes(32))

    plain = discover(source, State(), lambda: "")
    named = discover(source, State(), lambda: "", recogniser=plugins.load("mine"))

    assert plain.findings == []
    assert [(one.column, one.holds) for one in named.findings] == [("line", ["name"])]
    assert named.findings[0].evidence[0].count == 20


def test_a_plug_in_that_is_not_there_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(InvalidError, match="presidio"):
        plugins.load("nobody")


@pytest.mark.skipif(
    importlib.util.find_spec("presidio_analyzer") is not None, reason="presidio is installed"
)
def test_presidio_says_what_it_needs() -> None:
    with pytest.raises(InvalidError, match="presidio_analyzer"):
        plugins.load("presidio")


def test_a_run_that_is_stopped_within_a_table_leaves_it_unknown(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text("write to ada@kunde.de today\nthen the lamp broke\n")

    def stop(text: str) -> list[str]:
        if "lamp" in text:
            raise KeyboardInterrupt
        return []

    source = open_source(str(tmp_path), Limits(), bytes(32))
    report = discover(source, State(), lambda: "", recogniser=stop)

    assert (report.stopped, report.complete) == (True, False)
    assert [(row.name, row.why) for row in report.unknown] == [
        ("talk.txt", "stopped while it was read")
    ]
    assert [one.holds for one in report.findings] == [["email"]]
