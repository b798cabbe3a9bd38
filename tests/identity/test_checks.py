"""What an audit asks the room, and that each question can be answered badly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shopward.checks import Outcome, run_all
from shopward.identity import secret_file
from shopward.identity.checks import CHECKS, Member, Staff
from shopward.identity.web import evidence
from shopward.identity.web.models import Account
from tests.identity.people import Clock, person

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROBIN = Member("robin-id", True, True, 2, False, 1, NOON - timedelta(days=2))  # noqa: FBT003
KIM = replace(ROBIN, id="kim-id")


@pytest.fixture
def staff(tmp_path: Path) -> Staff:
    secret = tmp_path / "identity.key"
    secret_file.ensure(secret)
    return Staff(NOON, (ROBIN, KIM), secret, tmp_path / "breached.bin")


def bad(staff: Staff) -> dict[str, str]:
    """Slug and detail of what does not pass."""
    found = run_all(CHECKS, staff)
    return {one.check: one.detail for one in found if one.outcome is not Outcome.PASS}


def test_every_check_is_named_after_its_room() -> None:
    assert CHECKS
    assert all(check.slug.startswith("identity:") for check in CHECKS)
    assert len({check.slug for check in CHECKS}) == len(CHECKS)


def test_a_sound_shop_passes(staff: Staff) -> None:
    assert bad(staff) == {}


@pytest.mark.parametrize(
    ("slug", "change"),
    [
        ("second-factor", {"strong_factors": 0}),
        ("dormant", {"seen": NOON - timedelta(days=90)}),
        ("leavers", {"is_active": False, "sessions": 1}),
        ("hashes", {"has_outdated_hash": True}),
    ],
)
def test_what_is_wrong_with_somebody_is_said_with_the_id(
    staff: Staff, slug: str, change: dict[str, Any]
) -> None:
    third = replace(ROBIN, id="third-id", **change)
    found = bad(replace(staff, members=(ROBIN, KIM, third)))

    assert list(found) == [f"identity:{slug}"]
    assert "third-id" in found[f"identity:{slug}"]


def test_one_who_manages_is_not_enough(staff: Staff) -> None:
    alone = replace(KIM, manages_people=False)
    assert list(bad(replace(staff, members=(ROBIN, alone)))) == ["identity:stand-ins"]


def test_a_secret_that_is_gone_or_open_to_others_fails(staff: Staff) -> None:
    staff.secret.chmod(0o644)
    assert list(bad(staff)) == ["identity:secret"]
    staff.secret.unlink()
    assert list(bad(staff)) == ["identity:secret"]


def test_a_damaged_list_fails(staff: Staff) -> None:
    staff.breached.write_bytes(b"nonsense")
    assert list(bad(staff)) == ["identity:blocklist"]


@pytest.mark.django_db
def test_the_picture_is_taken_of_the_accounts(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    time = Clock(monkeypatch)
    robin = person(manages=True)
    robin.sign_in()
    person("left@shop.example", is_active=False)
    Account.objects.create(realm="customer", email="cus_1@customers.invalid")
    seen = {one.id: one for one in evidence.staff(time.now).members}

    assert len(seen) == 2
    his = seen[str(robin.account.pk)]
    assert (his.strong_factors, his.sessions, his.has_outdated_hash) == (1, 1, False)
    assert "shop.example" not in str(seen)
