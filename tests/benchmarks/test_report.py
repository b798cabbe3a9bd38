from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from benchmarks import chart, machine, report
from benchmarks.report import Row
from benchmarks.scale import Scale

SVG = "{http://www.w3.org/2000/svg}"
HERE = machine.Machine("CPU X", 2, "Linux 6", "3.11.7", "3.54.1", 120)
THERE = msgspec.structs.replace(HERE, cpu="CPU Y")


def row(name: str, ratio: float = 0.34, goal: float = 0.3) -> Row:
    return report.higher(name, f"work of {name}", ratio, goal, detail="d", bound_by="b")


def test_the_published_shape() -> None:
    document = msgspec.json.decode(report.dump(report.merge(None, HERE, [row("V1")])))
    assert list(document) == ["machine", "rows"]
    assert document["rows"] == [
        {
            "id": "V1",
            "work": "work of V1",
            "ratio": 0.34,
            "goal": 0.3,
            "better": "higher",
            "met": True,
            "detail": "d",
            "bound_by": "b",
            "engine": "sqlite",
            "workers": 1,
            "customers": 10_000,
        }
    ]


def test_a_row_is_kept_for_each_engine_worker_and_size() -> None:
    large = row("V1").on(Scale("sqlite", 1, 1_000_000))
    other = row("V1", ratio=0.2).on(Scale("postgresql", 2, 10_000))
    report_ = report.merge(report.merge(None, HERE, [other, large, row("V2")]), HERE, [row("V1")])
    assert [(one.id, str(one.scale)) for one in report_.rows] == [
        ("V1", "sqlite, 1 worker, 10,000 customers"),
        ("V1", "sqlite, 1 worker, 1,000,000 customers"),
        ("V1", "postgresql, 2 workers, 10,000 customers"),
        ("V2", "sqlite, 1 worker, 10,000 customers"),
    ]


def test_a_report_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    assert report.load(path) is None
    written = report.merge(None, HERE, [row("V2"), row("V1")])
    path.write_bytes(report.dump(written))
    assert report.load(path) == written


def test_a_partial_run_updates_its_rows_and_keeps_the_others() -> None:
    old = report.merge(None, HERE, [row("V1"), row("V2"), row("V10")])
    merged = report.merge(old, HERE, [row("V2", ratio=0.1)])
    assert [(one.id, one.ratio) for one in merged.rows] == [
        ("V1", 0.34),
        ("V2", 0.1),
        ("V10", 0.34),
    ]


def test_a_row_kept_from_another_machine_says_so_once() -> None:
    old = report.merge(None, THERE, [row("V1"), row("V2")])
    once = report.merge(old, HERE, [row("V2")])
    twice = report.merge(once, HERE, [row("V2")])
    assert once.rows[0].detail == "[kept from another machine: CPU Y, 2 cores] d"
    assert twice.rows == once.rows


@pytest.mark.parametrize(
    ("ratio", "better", "met"),
    [
        (0.3, "higher", True),
        (0.299999, "higher", False),
        (0.3, "lower", True),
        (0.300001, "lower", False),
    ],
)
def test_a_goal_is_compared_before_rounding(ratio: float, better: str, met: bool) -> None:  # noqa: FBT001 - a parameter of the table
    assert report.is_met(ratio, 0.3, better) is met


def test_a_ratio_that_would_round_up_to_the_goal_is_still_missed() -> None:
    assert row("V1", ratio=0.299999).met is False


def test_the_table_names_every_row_and_a_missed_goal() -> None:
    text = report.table([row("V1"), row("V2", ratio=0.1)])
    lines = {line[:2]: line for line in text.splitlines()}
    assert lines["V1"].endswith("yes")
    assert lines["V2"].endswith("NO")


def test_the_chart_is_xml_with_one_bar_and_one_goal_mark_a_row() -> None:
    rows = [row("V1"), row("V2", ratio=0.1)]
    svg = ET.fromstring(chart.draw(rows, 'a <CPU> & "co"'))  # noqa: S314 - drawn by ourselves
    bars = [rect.get("class") for rect in svg.iter(f"{SVG}rect") if rect.get("class") != "track"]
    assert bars == ["met", "missed"]
    assert len(list(svg.iter(f"{SVG}line"))) == 2
    assert 'a <CPU> & "co"' in "".join(svg.itertext())


def test_the_chart_fits_light_and_dark() -> None:
    assert "prefers-color-scheme: dark" in chart.draw([row("V1")], "m")


@pytest.mark.parametrize(
    ("ratio", "better", "length"),
    [
        (0.3, "higher", 1.0),
        (0.15, "higher", 0.5),
        (9.0, "higher", 2.0),
        (0.3, "lower", 1.0),
        (0.6, "lower", 0.5),
        (0.0, "lower", 2.0),
    ],
)
def test_a_bar_reaches_the_line_exactly_when_its_goal_is_met(
    ratio: float, better: str, length: float
) -> None:
    one = msgspec.structs.replace(row("V1", ratio=ratio), better=better)
    assert chart.against_goal(one) == pytest.approx(length)


def test_machines_are_alike_by_cpu_and_cores(tmp_path: Path) -> None:
    here = machine.here(tmp_path)
    assert here.is_like(msgspec.structs.replace(here, fdatasync_p50_us=1, kernel="other"))
    assert not here.is_like(msgspec.structs.replace(here, cores=here.cores + 1))
    assert list(tmp_path.iterdir()) == []
