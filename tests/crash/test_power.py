"""Power cuts on SQLite: no acknowledged write is lost, and the harness shows when one is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.campaigns import CONTROLS, FULL
from tests.crash.disk import LYING, Disk, Fate, Inode, Write, left_of
from tests.crash.power import Power

CUTS = 30
CONTROL_RUNS = 8


def test_no_acknowledged_write_is_lost_when_the_power_is_cut() -> None:
    power = Power(seed=1)
    power.run(CUTS)
    assert power.verdict.words == []
    assert power.counts["cuts"] == CUTS
    assert power.counts["cuts with unsynced wal"] > 0
    assert power.verdict.looked["write"] > CUTS


@pytest.mark.slow
def test_no_acknowledged_write_is_lost_in_many_more_cuts() -> None:
    power = Power(seed=2)
    power.run(FULL["cuts"])
    assert power.verdict.words == []
    assert power.counts["cuts"] == FULL["cuts"]
    assert power.counts["cuts with unsynced database"] > 0


@pytest.mark.parametrize("name", CONTROLS)
def test_the_same_cuts_show_a_disk_or_a_vault_that_does_not_keep_its_word(name: str) -> None:
    assert any(CONTROLS[name].run(seed).verdict.words for seed in range(CONTROL_RUNS))


def test_what_was_synced_is_left_whatever_the_disk() -> None:
    for seed in range(50):
        dice = random.Random(seed)  # noqa: S311 - a plan, no secret
        inode = Inode(pending=[Write(0, b"a" * 1000), Write(500, b"b" * 1000)])
        inode.sync()
        inode.pending.append(Write(1500, b"c" * 5000))
        left = left_of(inode, Fate.drawn(dice), dice)
        assert left[:1500] == b"a" * 500 + b"b" * 1000
        assert len(left) <= 6500


def test_a_name_that_was_not_synced_may_be_gone_or_back(tmp_path: Path) -> None:
    folders = set()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "x-wal").write_bytes(b"before")
    for seed in range(40):
        disk = Disk(tmp_path / "old", cut_at=None)
        disk.delete("x-wal", syncs_directory=False)
        disk.write(disk.open_("x-wal", is_new_journal=True), Write(0, b"after"))
        disk.cut()
        left = tmp_path / f"left{seed}"
        disk.survive(left, random.Random(seed))  # noqa: S311 - a plan, no secret
        folders.add(tuple(path.read_bytes() for path in left.iterdir()))
    assert {(), (b"before",), (b"after",)} <= folders


def test_a_lying_disk_says_that_it_has_synced(tmp_path: Path) -> None:
    disk = Disk(tmp_path, cut_at=None, kind=LYING)
    inode = disk.open_("x", is_new_journal=False)
    disk.write(inode, Write(0, b"data"))
    disk.sync(inode)
    assert (bytes(inode.durable), len(inode.pending)) == (b"", 1)
