"""The trial of a large import, short: the same code on fewer rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.imports import CountError, Trial


def test_an_import_that_is_killed_again_and_again_stores_every_row_once(tmp_path: Path) -> None:
    trial = Trial(tmp_path, rows=1_500, kills=3)
    done = trial.run()
    assert done["customers"] == 1_500
    assert done["kills"] == {"import": 1, "data plane": 1, "both": 1}
    assert 0 < done["import_bytes"] <= 300 * 2**20
    assert 0 < done["plane_bytes"] <= 300 * 2**20


def test_a_row_too_few_is_noticed(tmp_path: Path) -> None:
    Trial(tmp_path, rows=100, kills=0).run()
    (path,) = (tmp_path / "imports").glob("*.tokens.csv")
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(CountError, match=r"\(99, 99, 100\)"):
        Trial(tmp_path, rows=100, kills=0).run()
