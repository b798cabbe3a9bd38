"""What an erasure does and when, by rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shopward.policy import parse
from shopward.portal import erasure
from shopward.portal.erasure import Step

POLICY = parse((Path(__file__).parents[2] / "policy.example.toml").read_bytes())
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DUE = NOW + erasure.COOLING
SECOND = timedelta(seconds=1)


def test_a_plan_names_what_goes_and_what_a_law_keeps_until_when() -> None:
    found = erasure.plan(POLICY, {"email", "city", "vat_id"}, {}, NOW)

    goes = {part.title: part.fields for part in found.goes}
    assert goes == {"account data": ("e-mail address",), "delivery data": ("city",)}
    (kept,) = found.stays
    assert kept.fields == ("VAT number",)
    assert kept.ground == "section 147 of the German Fiscal Code"
    assert kept.until is not None
    assert kept.until.date().isoformat() == "2036-11-25"


def test_a_date_that_counts_already_is_the_one_that_is_told() -> None:
    due = datetime(2030, 1, 2, tzinfo=UTC)

    (kept,) = erasure.plan(POLICY, {"vat_id"}, {"tax": due}, NOW, "de").stays
    assert kept.until == due
    assert kept.ground == "§ 147 der Abgabenordnung"


def test_of_a_customer_of_whom_no_law_keeps_anything_all_goes() -> None:
    assert erasure.plan(POLICY, {"city"}, {}, NOW).stays == ()


@pytest.mark.parametrize(
    ("now", "is_locked", "is_written", "has_left", "wanted"),
    [
        (NOW, False, False, False, Step.WAIT),
        (DUE - SECOND, False, False, False, Step.WAIT),
        (DUE, True, False, False, Step.WAIT),
        (DUE, False, False, False, Step.WRITE),
        (DUE, False, True, False, Step.WAIT),
        (DUE, False, True, True, Step.ERASE),
        (DUE, True, True, True, Step.WAIT),
        (DUE + erasure.PATIENCE - SECOND, False, True, False, Step.WAIT),
        (DUE + erasure.PATIENCE, False, True, False, Step.ERASE),
    ],
)
def test_nothing_is_erased_before_its_time_while_locked_or_before_she_was_told(
    now: datetime, *, is_locked: bool, is_written: bool, has_left: bool, wanted: Step
) -> None:
    found = erasure.step(DUE, now, is_locked=is_locked, is_written=is_written, has_left=has_left)

    assert found is wanted
