from __future__ import annotations

import os
import subprocess
from math import nan

import pytest

from benchmarks import load, pairing, usage


def turn(per_s: float, **cores: float) -> pairing.Turn:
    used = {"server": 1.0, "queued": 0.0, "client": 0.5, "others": 0.0} | cores
    return pairing.Turn(per_s=per_s, p50_ms=1.0, p99_ms=2.0, **used)


def test_the_ratio_is_the_median_of_neighbouring_turns() -> None:
    floor = [turn(per_s) for per_s in (1000.0, 500.0, 1000.0)]
    product = [turn(per_s) for per_s in (300.0, 200.0, 310.0)]
    paired = pairing.Paired(pairing.QUICK, floor, product)
    assert paired.ratios == [0.3, 0.4, 0.31]
    assert paired.ratio == 0.31


def test_a_slow_half_of_the_machine_moves_one_pair_only() -> None:
    floor = [turn(1000.0), turn(1000.0), turn(1000.0)]
    product = [turn(300.0), turn(30.0), turn(300.0)]
    assert pairing.Paired(pairing.QUICK, floor, product).ratio == 0.3


def test_spread_names_the_median_and_both_ends() -> None:
    assert pairing.spread([3000.0, 1000.0, 2000.0]) == "2,000 (1,000 - 3,000)"
    assert pairing.spread([0.25, 0.5], ".3f") == "0.375 (0.250 - 0.500)"


@pytest.mark.parametrize(
    ("cores", "words"),
    [
        ({"server": 0.99, "client": 0.5}, "the server's CPU"),
        ({"server": 0.90, "client": 0.99}, "the load generator"),
        ({"server": 0.60, "queued": 0.35}, "a shared CPU"),
        ({"server": 0.60, "queued": 0.01}, "waiting"),
        ({"server": nan, "queued": nan}, "unknown"),
    ],
)
def test_what_bounds_a_side_follows_from_who_was_busy(cores: dict[str, float], words: str) -> None:
    assert pairing.bound_by([turn(1.0, **cores)] * 3).startswith(words)


def test_a_full_machine_is_named_before_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    full = turn(1.0, server=0.9, client=0.3, engine=0.7)
    assert pairing.bound_by([full]).startswith("every core")
    assert "PostgreSQL 0.70" in pairing.bound_by([full])
    alone = turn(1.0, server=0.99, client=0.9)
    assert pairing.bound_by([alone]).startswith("the server's CPU")


def test_of_time_less_is_better() -> None:
    paired = pairing.Paired(pairing.QUICK, [turn(100.0)] * 2, [turn(50.0)] * 2)
    row = paired.slower_row("V5", "work", 3.0, "req/s")
    assert (row.ratio, row.better, row.met) == (2.0, "lower", True)


def test_usage_counts_children() -> None:
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as child:
        assert child.pid in usage.family(os.getpid())
        assert usage.resident_bytes(os.getpid()) > usage.resident_bytes(child.pid) > 0
    assert usage.of_process(None) == usage.Usage(0.0, 0.0)


def test_other_processes_are_named_when_they_were_noticeable() -> None:
    assert "other processes 0.40" in pairing.bound_by([turn(1.0, others=0.4)])
    assert "other processes" not in pairing.bound_by([turn(1.0, others=0.01)])


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.0, 1.0)]
)
def test_percentiles_are_by_nearest_rank(share: float, expected: float) -> None:
    assert load.percentile([float(n) for n in range(1, 101)], share) == expected


def test_the_percentile_of_nothing_is_zero() -> None:
    assert load.percentile([], 0.99) == 0.0


def test_only_2xx_answers_count_as_speed() -> None:
    seen = load.Load(
        wall_s=2.0,
        cpu_s=1.0,
        process_s=1.0,
        statuses={200: 90, 201: 10, 403: 100},
        p50_ms=0.0,
        p99_ms=0.0,
        first_failure="",
    )
    assert (seen.failed, seen.per_s) == (100, 50.0)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 201 Created\r\ncontent-length: 17\r\nx: y",
        b"HTTP/1.1 201 Created\r\nX: y\r\nContent-Length:17",
    ],
)
def test_status_and_length_are_read_wherever_they_stand(head: bytes) -> None:
    assert load.parse_head(head) == (201, 17)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", b"HTTP/1.0 200 OK", b""]
)
def test_an_answer_without_a_length_is_refused(head: bytes) -> None:
    with pytest.raises(load.LoadError):
        load.parse_head(head)


def test_cpu_per_record_is_the_share_of_a_core_over_the_speed() -> None:
    assert turn(20_000.0, server=0.5).cpu_us == pytest.approx(25.0)


def test_a_row_quotes_both_sides_and_meets_its_goal() -> None:
    paired = pairing.Paired(pairing.QUICK, [turn(1000.0)] * 2, [turn(300.0), turn(400.0)])
    row = paired.row("V1", "work", 0.3, "req/s", note="floor is fast; ")
    assert (row.ratio, row.met) == (0.35, True)
    assert row.detail.startswith("floor is fast; product 350 (300 - 400) req/s, p50 1.0 ms")
    assert row.detail.endswith("ratio 0.350 (0.300 - 0.400) over 2 pairs of 0.5 s")
    assert row.bound_by.startswith("product: the server's CPU")


def test_usage_is_a_difference() -> None:
    spent = usage.Usage(3.0, 1.0) - usage.Usage(1.0, 0.25)
    assert (spent.run_s, spent.queue_s) == (2.0, 0.75)
