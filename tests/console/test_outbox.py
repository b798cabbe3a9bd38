"""What happens in the control plane reaches the ledger: once, in order, whatever was down."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import transaction

from shopward.console import outbox
from shopward.console.models import Event
from shopward.events import Kind
from shopward.settings import Settings
from shopward_client import ShopwardError
from tests.scenarios.plane import DataPlane, kind_of

pytestmark = pytest.mark.django_db(transaction=True)


def entered(plane: DataPlane, start: int) -> list[tuple[str, str]]:
    """(kind, about) of the control plane's events in the ledger, from a position on."""
    auditor = plane.caller("auditor")
    return [
        (kind_of(row.leaf), plane.entry(auditor, row.index).get("about", ""))
        for row in auditor.entries(start, 1000).entries
        if kind_of(row.leaf).startswith("staff:")
    ]


def test_events_are_entered_in_the_order_in_which_they_happened(
    joined: Settings, plane: DataPlane
) -> None:
    start = plane.size()
    for number in range(5):
        outbox.record(Kind.STAFF_INVITED, actor="acc_1", realm="staff", about=f"n={number}")

    assert outbox.deliver() == 5
    assert outbox.backlog() == 0
    assert entered(plane, start) == [("staff:invited", f"n={n}") for n in range(5)]


def test_what_is_rolled_back_leaves_no_event(joined: Settings) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        outbox.record(Kind.STAFF_INVITED, actor="acc_1")
        raise ZeroDivisionError

    assert outbox.backlog() == 0


# httpcore leaves a socket open when a Unix socket is not there.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_while_the_data_plane_is_down_everything_waits(house: Settings) -> None:
    outbox.record(Kind.STAFF_INVITED, actor="acc_1")

    with pytest.raises(ShopwardError):
        outbox.deliver()

    assert outbox.backlog() == 1


def test_an_unknown_control_plane_waits_until_it_is_known(
    house: Settings, plane: DataPlane, joined: Settings
) -> None:
    for row in plane.operator().callers():
        if row.revoked is None and row.name == "console":
            plane.operator().revoke_caller(row.id)
    outbox.record(Kind.STAFF_INVITED, actor="acc_1")

    with pytest.raises(ShopwardError):
        outbox.deliver()

    assert outbox.backlog() == 1


def test_a_lost_answer_enters_nothing_twice(joined: Settings, plane: DataPlane) -> None:
    start = plane.size()
    outbox.record(Kind.STAFF_LEFT, actor="acc_1", about="n=1")
    outbox.deliver()
    Event.objects.update(settled=None, position=None)  # killed before it noted the answer

    outbox.deliver()

    assert entered(plane, start) == [("staff:left", "n=1")]
    assert Event.objects.get().position is not None


def test_what_is_refused_for_good_is_kept_with_its_reason_and_stops_nothing(
    joined: Settings, plane: DataPlane
) -> None:
    start = plane.size()
    Event.objects.create(kind="record:revealed", actor="acc_1")
    outbox.record(Kind.STAFF_LEFT, actor="acc_1", about="n=2")

    assert outbox.deliver() == 2
    refused, after = Event.objects.order_by("id")
    assert (refused.error, refused.position) == ("invalid", None)
    assert after.error == ""
    assert entered(plane, start) == [("staff:left", "n=2")]
