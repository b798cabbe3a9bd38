"""While the data plane is down: pages answer and say so, people sign in, nothing is forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from shopward_client import Client
from tests.pages import tour
from tests.pages.office import PUBLIC, Office, Reader, open_office, wait_until
from tests.scenarios.people import person
from tests.scenarios.plane import kind_of

AWAY = "does not answer"


class Away:
    """An office whose data plane was stopped, after its people joined."""

    def __init__(self, office: Office, mara: Reader) -> None:
        self.office, self.mara = office, mara
        with office.caller("shop-backend") as shop:
            token = shop.store(person()).subject
        self.things = tour.furnish(office, mara, token)
        wait_until(lambda: not waiting(office))
        with office.operator() as operator:
            self.before = staffs(operator)
        office.stop("serve")


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    with open_office(tmp_path_factory.mktemp("away")) as (office, mara):
        yield Away(office, mara)


def staffs(client: Client) -> list[str]:
    """What the ledger has about staff, in its order."""
    kinds = [kind_of(row.leaf) for row in client.entries(0, 1000).entries]
    return [kind for kind in kinds if kind.startswith("staff:")]


def waiting(office: Office) -> int:
    """How many events are in the outbox."""
    database = office.home / "console" / "console.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        asked = reader.execute("SELECT count(*) FROM console_event WHERE settled IS NULL")
        return int(asked.fetchone()[0])


def test_every_page_answers_and_those_that_ask_it_say_that_it_is_away(away: Away) -> None:
    told = {path: away.mara.get(away.things.at(path)) for path in tour.INSIDE}

    wrong = {p: one.status_code for p, one in told.items() if one.status_code not in (200, 404)}
    assert wrong == {}
    assert [p for p, one in told.items() if one.status_code == 404] == ["/nothing-here/"]
    for path in ("/", "/ledger/", "/ledger/{entry}/", "/callers/", "/vault/", "/health/"):
        assert AWAY in told[path].text, path


def test_a_form_that_asks_it_says_so_and_shows_nothing(away: Away) -> None:
    look = {"names": ["city"], "purpose": "support", "fact": "ticket:1"}
    find = {"by": "email", "value": "ada@example.com", "purpose": "support", "fact": "ticket:1"}
    for path, form in ((away.things.at("/customers/{customer}/"), look), ("/customers/", find)):
        answer = away.mara.post(path, form)
        assert answer.status_code == 200
        assert AWAY in answer.text


def test_files_of_the_ledger_are_not_made_up(away: Away) -> None:
    for path in tour.FILES:
        assert away.mara.get(away.things.at(path)).status_code in (404, 503)


def test_the_public_site_answers(away: Away) -> None:
    reader = away.office.reader(PUBLIC)
    with closing(reader):
        assert reader.get("/").status_code == 200


def test_people_sign_in_and_what_they_do_is_entered_once_it_is_back(away: Away) -> None:
    desk = away.office.reader()
    desk.key = away.mara.key
    with closing(desk):
        assert desk.sign_in().status_code == 302
        assert desk.get("/").status_code == 200
        invited = {"email": "kim@shop.example", "name": "Kim", "role": "support"}
        assert desk.post("/people/invite/", invited).status_code == 302
        shown = desk.get("/tasks/").text
        assert "staff:signed-in" in shown
        assert "staff:invited" in shown
        away.office.start("serve")
        try:
            wait_until(lambda: not waiting(away.office))
            with away.office.operator() as operator:
                entered = staffs(operator)
        finally:
            away.office.stop("serve")
    assert entered[: len(away.before)] == away.before
    assert entered[len(away.before) :] == ["staff:signed-in", "staff:invited"]
