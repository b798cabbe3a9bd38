"""How well the columns of a real shop's schema, django-oscar 4.2, are told apart."""

from __future__ import annotations

from pathlib import Path

from tests.sources.discovery.conftest import Look
from tests.sources.oscar import people

LEAST_PRECISION = 0.9
LEAST_RECALL = 0.9


def test_the_columns_of_django_oscar_are_told_apart(tmp_path: Path, look: Look) -> None:
    columns = people.fill(tmp_path / "shop.db")
    report = look(f"sqlite://{tmp_path}/shop.db")
    wanted = people.personal()
    found = {
        (one.table, one.column.partition(".")[0])
        for one in report.findings
        if one.level != "possible"
    }

    precision = len(found & wanted) / len(found)
    recall = len(found & wanted) / len(wanted)

    assert len(columns) == 632
    assert wanted <= columns
    assert report.complete
    assert precision >= LEAST_PRECISION, sorted(found - wanted)
    assert recall >= LEAST_RECALL, sorted(wanted - found)


def test_its_side_copies_are_named(tmp_path: Path, look: Look) -> None:
    people.fill(tmp_path / "shop.db")
    copies = {
        (one.table, one.column): one.side_copy
        for one in look(f"sqlite://{tmp_path}/shop.db").findings
        if one.side_copy
    }

    assert copies["address_useraddress", "search_text"] == "search text"
    assert copies["order_shippingaddress", "search_text"] == "search text"
    assert copies["django_session", "session_data"] == "session"
    assert copies["communication_email", "body_text"] == "stored mail"
    assert copies["django_admin_log", "object_repr"] == "log or history"
