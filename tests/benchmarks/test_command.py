from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import machine, people, plan, report
from benchmarks.pairing import QUICK
from benchmarks.scale import Scale
from benchmarks.stage import Stage, newcomer, took_in

HERE = machine.Machine("CPU X", 2, "Linux 6", "3.11.7", "3.54.1", 120)


@pytest.mark.parametrize(
    ("given", "names"), [("V1", ["V1"]), ("v4, V1", ["V4", "V1"]), ("v5", ["V5"])]
)
def test_rows_are_chosen_by_name(given: str | None, names: list[str]) -> None:
    assert command.chosen(given) == names


def test_an_unknown_row_names_the_known_ones() -> None:
    with pytest.raises(
        argparse.ArgumentTypeError, match="no such row: V99; there are V1, V2, V3, V4, V5"
    ):
        command.chosen("V1,V99")


def test_without_names_every_row_is_chosen() -> None:
    assert command.chosen(None) == list(command.DEFINITIONS)


def test_a_row_is_measured_on_its_own_number_of_customers_unless_told_otherwise() -> None:
    given = command.parser().parse_args(["--rows", "V1,V5", "--engine", "postgresql"])
    assert command.asked(given) == [
        ("V1", Scale("postgresql", 1, 10_000)),
        ("V5", Scale("postgresql", 1, 1_000_000)),
    ]
    given = command.parser().parse_args(["--rows", "V5", "--workers", "2", "--customers", "500"])
    assert command.asked(given) == [("V5", Scale("sqlite", 2, 500))]


def test_everything_names_only_rows_there_are_and_each_once() -> None:
    assert {name for name, _ in plan.EVERYTHING} <= set(command.DEFINITIONS)
    assert len(set(plan.EVERYTHING)) == len(plan.EVERYTHING)


def test_a_run_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = plan.EVERYTHING
    path = tmp_path / "done.json"
    plan.Done(path).add(first)
    assert plan.Done(path).left(plan.EVERYTHING) == others
    assert plan.Done(path, fresh=True).left(plan.EVERYTHING) == [first, *others]
    monkeypatch.setattr(plan, "code_state", lambda: "other code")
    assert plan.Done(path).left(plan.EVERYTHING) == [first, *others]


def test_a_row_that_cannot_be_measured_does_not_stop_the_next(tmp_path: Path) -> None:
    rows = [("V1", Scale("sqlite", 2)), ("V2", Scale("sqlite", 2))]
    with Stage(tmp_path) as stage:
        told = [failure for _, _, failure in command.measure(stage, rows, QUICK)]
    assert told == [
        f"{name} ({scale}): SQLite has one writer, and so the data plane one worker"
        for name, scale in rows
    ]


def test_newcomers_are_counted_over_all_rows(tmp_path: Path) -> None:
    assert newcomer(tmp_path, 500) == 500
    took_in(tmp_path, 500, 20)
    took_in(tmp_path, 500, 3)
    assert newcomer(tmp_path, 500) == 523


def test_publishing_some_rows_keeps_the_others_and_redraws_the_chart(tmp_path: Path) -> None:
    results = tmp_path / "results"
    for name in ("V1", "V2"):
        row = report.higher(name, "work", 0.5, 0.3, detail="d", bound_by="b")
        command.publish(HERE, [row], results)
    written = report.load(results / "latest.json")
    assert written is not None
    assert [row.id for row in written.rows] == ["V1", "V2"]
    assert (results / "chart.svg").read_text("utf-8").count('class="met"') == 2


def test_invented_people_share_no_unique_value() -> None:
    many = [people.person(number) for number in range(2000)]
    assert len({one["email"] for one in many}) == len({one["phone"] for one in many}) == 2000
    assert {len(one) for one in many} == {10}
