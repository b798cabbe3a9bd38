"""The page on which people decide what becomes of the columns that discovery found."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.checks import Outcome
from shopward.console import deciding, examining
from shopward.console.models import Decision
from shopward.policy import parse
from shopward.settings import Settings
from shopward.sources import found as files
from shopward.sources.found import Found, Proposed, Row
from shopward.sources.protect.map_file import parse as parse_map
from tests.console.test_pages import POLICY, visitor

pytestmark = pytest.mark.django_db
SOURCE = "sqlite:///srv/shop.db"
NICK = Proposed(
    field="nickname",
    title="nickname",
    category="user.name",
    retention="account",
    purposes=["account"],
    type="text",
    token="opaque",
    max_chars=200,
    is_unique=False,
)
MAIL = msgspec.structs.replace(
    NICK, field="email", title="e-mail address", category="user.contact.email", type="email",
    token="mail", is_unique=True,
)  # fmt: skip
ROWS = [
    Row(
        "customer", "email", "e-mail address", "certain", ["passes a check (9 of 9)"], "", "", MAIL
    ),
    Row("customer", "nick", "name", "likely", ["its name"], "", "", NICK),
    Row(
        "customer", "hash", "password hash", "certain", ["its form"], "", "a slow hash stays", None
    ),
    Row("session", "data", "session", "likely", ["opens"], "session", "", None),
    Row("customer", "maybe", "city", "possible", ["its name"], "", "", NICK),
]


@pytest.fixture
def shop(house: Settings, settings: SettingsWrapper) -> Settings:
    """The example's policy, and what discovery handed over."""
    made: Settings = msgspec.structs.replace(house, policy=POLICY)
    settings.SHOPWARD = made
    files.write(made.home, Found(SOURCE, "2026-11-25T02:00:00+00:00", complete=True, rows=ROWS))
    return made


def at(row: Row) -> str:
    return f"/found/{row.slug}/"


KEEP = {"choice": "keep", "field": "nickname", "category": "user.name", "retention": "account",
        "purpose": "account", "token": "opaque"}  # fmt: skip
KEEP_MAIL = KEEP | {"field": "email", "category": "user.contact.email", "token": "mail"}


def test_nothing_handed_over_says_what_to_run(house: Settings) -> None:
    page = visitor(manages=True).get("/found/")

    assert page.status_code == 200
    assert b"--for-console" in page.content
    assert b"<progress" not in page.content


def test_only_who_looks_after_the_house_decides(shop: Settings) -> None:
    somebody = visitor("support")

    assert somebody.get("/found/").status_code == 403
    assert somebody.post(at(ROWS[0]), KEEP_MAIL).status_code == 403
    assert not Decision.objects.exists()


def test_people_go_from_one_column_to_the_next_until_all_are_decided(shop: Settings) -> None:
    owner = visitor("auditor")
    assert b"0 of 5 columns decided" in owner.get("/found/").content

    assert owner.post(at(ROWS[0]), KEEP_MAIL)["Location"] == at(ROWS[1])
    assert owner.post(at(ROWS[1]), KEEP)["Location"] == at(ROWS[2])
    assert owner.post(at(ROWS[2]), {"choice": "leave"})["Location"] == at(ROWS[3])
    assert owner.post(at(ROWS[3]), {"choice": "copy"})["Location"] == at(ROWS[4])
    assert owner.post(at(ROWS[4]), {"choice": "leave"})["Location"] == "/found/"

    assert b"5 of 5 columns decided" in owner.get("/found/").content
    kept = tomllib.loads(owner.get("/found/columns.toml").content.decode())
    assert [one["column"] for one in kept["column"]] == ["email", "nick"]
    assert kept["copy"] == [{"table": "session", "column": "data", "what": "session"}]
    assert [one["reason"] for one in kept["leave"]] == ["a slow hash stays", "city"]
    (target,) = parse_map(kept)
    assert [(one.field, one.token) for one in target.columns] == [
        ("email", "mail"),
        ("nickname", "opaque"),
    ]


def test_a_decision_can_be_undone_and_changed(shop: Settings) -> None:
    owner = visitor("auditor")
    owner.post(at(ROWS[1]), KEEP)
    assert b"Undo" in owner.get(at(ROWS[1])).content
    owner.post(at(ROWS[1]), {"choice": "leave", "reason": "not a name"})
    assert Decision.objects.get().reason == "not a name"

    undone = owner.post(at(ROWS[1]) + "undo/")

    assert undone["Location"] == at(ROWS[1])
    assert not Decision.objects.exists()
    assert owner.get(at(ROWS[1]) + "undo/").status_code == 405


@pytest.mark.parametrize(
    ("row", "change"),
    [
        (1, {"field": ""}),
        (1, {"field": "With Space"}),
        (1, {"category": "nothing.known"}),
        (1, {"field": "email"}),
        (2, {}),
        (1, {"choice": "else"}),
    ],
)
def test_what_cannot_be_is_said_at_the_field(
    shop: Settings, row: int, change: dict[str, str]
) -> None:
    owner = visitor("auditor")
    owner.post(at(ROWS[0]), KEEP_MAIL)

    page = owner.post(at(ROWS[row]), KEEP | change)

    assert page.status_code == 200
    assert b"error" in page.content
    assert Decision.objects.count() == 1


def test_the_proposed_policy_has_what_was_confirmed_and_is_accepted(shop: Settings) -> None:
    owner = visitor("auditor")
    assert b"has every confirmed field" in owner.get("/found/policy/").content
    owner.post(at(ROWS[0]), KEEP_MAIL)
    owner.post(at(ROWS[1]), KEEP)

    page = owner.get("/found/policy/").content.decode()
    policy = parse(owner.get("/found/policy.toml").content)

    assert "[fields.nickname]" in page
    assert "[fields.email]" not in page, "the policy has it already"
    assert "nickname" in page.partition("For customers this means")[2].partition("What is added")[0]
    assert policy.fields["nickname"].retention == "account"
    assert Path(shop.policy).read_text("utf-8") == POLICY.read_text("utf-8")


def test_a_new_column_is_a_finding_until_somebody_decided(shop: Settings) -> None:
    owner = visitor("auditor")
    assert outcome(shop) is Outcome.FAIL
    for row, said in zip(ROWS, (KEEP_MAIL, KEEP, *2 * [{"choice": "leave"}]), strict=False):
        owner.post(at(row), said)
    assert outcome(shop) is Outcome.PASS, "one that is merely possible is no finding"

    new = Row("orders", "phone", "phone number", "certain", [], "", "", NICK)
    files.write(shop.home, Found(SOURCE, "later", complete=True, rows=[*ROWS, new]))

    assert outcome(shop) is Outcome.FAIL
    assert b"orders.phone" in owner.get("/health/").content
    (shop.home / files.PLACE).write_text("something else")
    assert outcome(shop) is Outcome.UNKNOWN
    assert b"not what discovery hands over" in owner.get("/found/").content


def outcome(shop: Settings) -> Outcome:
    found = examining.findings(shop, clock.now())
    return next(one.outcome for one in found if one.check == "console:found")


def test_names_that_are_odd_make_a_map_that_is_read_back(shop: Settings) -> None:
    odd = Row('a "b" \\ c', "ü\x7f]", "name", "certain", [], "", "", NICK)
    files.write(shop.home, Found(SOURCE, "later", complete=True, rows=[odd]))
    visitor("auditor").post(at(odd), KEEP)

    now = deciding.state(shop)

    assert now is not None
    (target,) = parse_map(tomllib.loads(deciding.map_text(now)))
    assert (target.table, target.columns[0].column) == (odd.table, odd.column)
