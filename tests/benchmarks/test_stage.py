"""The measured side is the product itself, on customers that the product itself sealed."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pytest

from benchmarks import calls, pairing, product, rows, servers, v4_bulk_reveal, v5_search
from benchmarks.scale import Scale
from benchmarks.stage import Stage
from benchmarks.v1_reveal import requests_of

FEW = Scale(customers=40)


def test_a_filled_installation_answers_looks_at_its_customers_and_is_made_once(
    tmp_path: Path,
) -> None:
    with Stage(tmp_path) as stage:
        with stage.running(FEW) as vault:
            first = vault.subjects
            assert len(first) == len(set(first)) == FEW.customers
            v5_search.check(vault)
            looks = calls.Stream(iter(requests_of(vault)))
            with product.entering(vault, looks):
                turn = pairing.take(pairing.Side(vault.server, looks), 4, FEW.customers)
            assert turn.per_s > 0
        with stage.running(FEW) as vault:
            assert vault.subjects == first


def test_the_floor_of_the_bulk_reveal_answers_the_fields_that_were_asked_for(
    tmp_path: Path,
) -> None:
    with Stage(tmp_path) as stage, stage.running(FEW) as vault:
        floor = v4_bulk_reveal.floor_of(vault)
        asked = v4_bulk_reveal.batches("", "digest", rows.digests(floor, FEW.customers))
        with servers.running_module("benchmarks.rows", floor) as server:
            turn = pairing.take(pairing.Side(server, calls.Stream(cycle(asked)), 40), 1, 3)
    assert turn.per_s > 0


def test_looks_that_leave_no_entry_fail_a_row(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, stage.running(FEW) as vault:
        looks = calls.Stream(iter(requests_of(vault)))
        with (
            pytest.raises(calls.CallError, match="40 records left only 0 entries"),
            product.entering(vault, looks),
        ):
            looks(FEW.customers)
