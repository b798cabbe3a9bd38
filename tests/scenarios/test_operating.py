"""Long work that people begin through a control plane: little of it; refusals are entered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopward_client import Client, ConflictError, DeniedError
from tests.scenarios.plane import DataPlane, wait_until
from tests.scenarios.vouching import Voucher, now_ms


@pytest.fixture
def plane(bare_plane: DataPlane) -> DataPlane:
    """A data plane of its own that has a folder for backups, and makes none by itself."""
    settings = bare_plane.home / "shopward.toml"
    folder = '\n[backup]\nfolder = "backups"\ndrill_every_days = 0\n'
    settings.write_text(settings.read_text("utf-8") + folder, "utf-8")
    bare_plane.start(create=True)
    operator = bare_plane.operator()
    wait_until(lambda: [one.state for one in operator.jobs()] == ["done"], 30)
    return bare_plane


def person(plane: DataPlane, **changes: Any) -> Client:
    """The shop's owner, who showed two factors a minute ago."""
    return Voucher(plane).register().client(**{"role": "owner", "acr": 2, **changes})


def test_a_person_begins_and_ends_an_epoch_and_the_entry_names_her(plane: DataPlane) -> None:
    begun = person(plane).start_job("rewrap", "turn")

    assert begun.receipt is not None
    told = plane.entry(plane.caller("auditor"), begun.receipt.index)
    assert (told["actor"], told["realm"], told["role"]) == ("acc_1", "staff", "owner")
    assert begun.job.name == "rewrap"


def test_the_same_again_is_too_soon_but_for_the_operator(plane: DataPlane) -> None:
    owner = person(plane)
    first = owner.start_job("restore-drill")
    wait_until(lambda: owner.jobs()[-1].finished is not None, 60)
    with pytest.raises(ConflictError, match="too-soon"):
        owner.start_job("restore-drill")
    assert plane.operator().start_job("restore-drill").job.id != first.job.id


def test_backups_cannot_be_pushed_out_by_making_many(plane: DataPlane) -> None:
    """One was made at the start, less than an hour ago."""
    with pytest.raises(ConflictError, match="too-soon"):
        person(plane).start_job("backup")
    assert len(list((plane.home / "backups").glob("*.backup"))) == 1


@pytest.mark.parametrize(
    ("work", "changes", "reason"),
    [
        (("backup", "/srv/elsewhere.backup"), {}, "verb-not-allowed"),
        (("rewrap", "renew"), {}, "verb-not-allowed"),
        (("resign", ""), {}, "verb-not-allowed"),
        (("retention", ""), {}, "verb-not-allowed"),
        (("rewrap", "turn"), {"role": "support"}, "verb-not-allowed"),
        (("rewrap", "turn"), {"acr": 1}, "assurance-too-low"),
        (("rewrap", "turn"), {"auth_time": 301_000}, "sign-in-too-old"),
    ],
)
def test_what_is_not_hers_to_begin_is_refused_and_entered(
    plane: DataPlane, work: tuple[str, str], changes: dict[str, Any], reason: str
) -> None:
    if "auth_time" in changes:
        changes = {"auth_time": now_ms() - changes["auth_time"]}
    with pytest.raises(DeniedError) as refused:
        person(plane, **changes).start_job(*work)

    assert refused.value.reason == reason
    assert refused.value.receipt is not None
    told = plane.entry(plane.caller("auditor"), refused.value.receipt.index)
    assert (told["verb"], told["decision"], told["reason"]) == ("operate", "deny", reason)
    assert told["about"] == " ".join(work).strip()


def test_a_program_begins_nothing_whatever_its_role(plane: DataPlane) -> None:
    for role in ("owner", "security"):
        with pytest.raises(DeniedError):
            plane.caller(role, assurance=3).start_job("rewrap", "turn")


def test_a_person_ends_her_own_kind_of_work_and_no_other(plane: DataPlane) -> None:
    owner = person(plane)
    for job in ("backup-99", "retention-1"):
        with pytest.raises(DeniedError):
            owner.cancel_job(job)
    with pytest.raises(ConflictError, match="job-over"):
        owner.cancel_job("backup-1")


def test_a_frozen_control_plane_begins_nothing(plane: DataPlane) -> None:
    voucher = Voucher(plane).register()
    until = datetime.now(UTC) + timedelta(days=1)
    plane.operator().freeze(caller=voucher.id, until=until, reason="odd")
    with pytest.raises(DeniedError) as refused:
        voucher.client(role="owner", acr=2).start_job("rewrap", "turn")

    assert refused.value.reason == "caller-frozen"
