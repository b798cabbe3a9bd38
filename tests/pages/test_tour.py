"""The list of pages is whole, and each answers within a bounded number of questions."""

from __future__ import annotations

import uuid

from django.urls import Resolver404, resolve

from tests.pages import tour

KNOWN = tour.Things(person=str(uuid.UUID(int=1)), factor="1", session="1")


def reached(paths: tuple[str, ...], urlconf: str) -> set[str]:
    found = set()
    for path in paths:
        try:
            found.add(resolve(KNOWN.at(path).partition("?")[0], urlconf).view_name)
        except Resolver404:
            assert "nothing-here" in path
    return found


def test_every_page_of_the_staff_is_in_the_tour() -> None:
    paths = (*tour.OUTSIDE, *tour.INSIDE, *tour.FILES, *tour.PASSING)

    assert reached(paths, tour.STAFF_MAP) | tour.ACTIONS == tour.names(tour.STAFF_MAP)


def test_every_public_page_is_in_the_tour() -> None:
    shown = reached(tour.PUBLIC_PAGES, tour.PUBLIC_MAP) | {"language"}
    others = tour.names(tour.PUBLIC_MAP) - shown

    assert shown <= tour.names(tour.PUBLIC_MAP)
    assert {one.partition(":")[0] for one in others} <= tour.OF_CUSTOMERS | {tour.PROTOCOL}
