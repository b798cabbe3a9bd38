"""The measured side is the product itself, on customers that the product itself sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import calls, pairing, product, v5_search
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


def test_looks_that_leave_no_entry_fail_a_row(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage, stage.running(FEW) as vault:
        looks = calls.Stream(iter(requests_of(vault)))
        with (
            pytest.raises(calls.CallError, match="40 records left only 0 entries"),
            product.entering(vault, looks),
        ):
            looks(FEW.customers)
