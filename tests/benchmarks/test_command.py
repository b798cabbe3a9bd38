from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import machine, people, report

HERE = machine.Machine("CPU X", 2, "Linux 6", "3.11.7", "3.54.1", 120)


@pytest.mark.parametrize(
    ("given", "names"), [("V1", ["V1"]), ("v4, V1", ["V4", "V1"]), (None, ["V1", "V2", "V4"])]
)
def test_rows_are_chosen_by_name(given: str | None, names: list[str]) -> None:
    assert command.chosen(given) == names


def test_an_unknown_row_names_the_known_ones() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no such row: V99; there are V1, V2, V4"):
        command.chosen("V1,V99")


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
