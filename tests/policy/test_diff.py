from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.policy import (
    ANY,
    Allowance,
    Ask,
    Basis,
    Denial,
    Effect,
    Permit,
    Policy,
    Show,
    Verb,
    decide,
    diff,
)
from shopward.policy.access import Grant
from shopward.policy.model import CLARITY
from tests.policy import worlds
from tests.policy.worlds import example, text, world

PHONE = Allowance("courier", "deliver", ("phone",), Show.LAST4)
T = TypeVar("T")


def without_phone() -> Policy:
    return replace(example(), allowances=tuple(one for one in example().allowances if one != PHONE))


def changed(old: Policy, table: str, name: str, **values: object) -> Policy:
    rows = dict(getattr(old, table))
    rows[name] = replace(rows[name], **values)
    return replace(old, **{table: MappingProxyType(rows)})  # type: ignore[arg-type]


def without(old: Policy, table: str, name: str) -> Policy:
    rows = {key: row for key, row in getattr(old, table).items() if key != name}
    return replace(old, **{table: rows})  # type: ignore[arg-type]


def said(old: Policy, new: Policy) -> list[tuple[str, str]]:
    return [(one.effect.value, one.text) for one in diff(old, new)]


def test_a_new_allowance_is_told_to_customers() -> None:
    assert said(without_phone(), example()) == [
        (
            "more",
            (
                "Acme Courier may now see your phone number (last 4) to deliver your order, "
                "only while a shipment is open."
            ),
        )
    ]


def test_a_dropped_allowance_is_told_to_customers() -> None:
    assert said(example(), without_phone()) == [
        ("less", "Acme Courier may no longer see your phone number to deliver your order.")
    ]


def test_a_clearer_form_says_what_it_was_until_now() -> None:
    clear = replace(PHONE, show=Show.CLEAR)
    new = replace(without_phone(), allowances=(*without_phone().allowances, clear))
    assert said(example(), new) == [
        (
            "more",
            (
                "Acme Courier may now see your phone number to deliver your order, only while a "
                "shipment is open; until now last 4, only while a shipment is open."
            ),
        )
    ]
    assert [effect for effect, _ in said(new, example())] == ["less"]


def test_fields_with_the_same_change_share_a_sentence() -> None:
    rule = Allowance("warehouse", "fulfil", ("email", "note"))
    new = replace(example(), allowances=(*example().allowances, rule))
    assert said(example(), new) == [
        (
            "more",
            (
                "Our warehouse may now see your e-mail address and note in our files to pack and "
                "send your order, only while an order is open."
            ),
        )
    ]


def test_dropping_the_fact_gives_more_access() -> None:
    new = changed(example(), "purposes", "deliver", fact=None)
    sentences = diff(example(), new)
    assert sentences
    assert {one.effect for one in sentences} == {Effect.MORE}
    assert {one.effect for one in diff(new, example())} == {Effect.LESS}


def test_going_on_despite_a_freeze_is_more_access() -> None:
    held = changed(example(), "purposes", "notice", despite_freeze=False)
    assert said(held, example()) == [
        (
            "more",
            (
                "Our mails and text messages may now see your e-mail address, phone number, "
                "phrase in our mails, details before the last change and details you asked for, "
                "not confirmed yet to write to you about your account, also while you are frozen; "
                "until now in full."
            ),
        )
    ]
    assert {one.effect for one in diff(example(), held)} == {Effect.LESS}


@pytest.mark.parametrize(
    "stricter",
    [
        {"require": frozenset({"trained:pii"})},
        {"assurance": 2},
        {"auth_age_s": 900},
        {"hours": (time(8), time(20))},
        {"show": Show.REDACTED},
    ],
)
def test_a_condition_more_is_less_access_and_one_fewer_is_more(
    stricter: dict[str, object],
) -> None:
    rest = without_phone().allowances
    tight = replace(example(), allowances=(*rest, replace(PHONE, **stricter)))  # type: ignore[arg-type]
    assert [effect for effect, _ in said(example(), tight)] == ["less"]
    assert [effect for effect, _ in said(tight, example())] == ["more"]


def test_longer_keeping_is_more_and_shorter_is_less() -> None:
    new = changed(example(), "classes", "tax", keep_days=4000)
    assert said(example(), new) == [
        (
            "more",
            (
                "We now keep your VAT number for 4000 days after an order is closed; "
                "until now for 3653 days after an order is closed."
            ),
        )
    ]
    assert [effect for effect, _ in said(new, example())] == ["less"]


def test_another_start_of_keeping_is_neither() -> None:
    new = changed(example(), "classes", "tax", starts="stored")
    assert [effect for effect, _ in said(example(), new)] == ["other"]


def test_a_new_field_and_a_dropped_one() -> None:
    small = without(example(), "fields", "province")
    assert (
        "more",
        "We may now store your state or province for 365 days after an order is closed.",
    ) in said(small, example())
    assert ("less", "We no longer store your state or province.") in said(example(), small)


def test_verbs_beyond_looking() -> None:
    support = example().roles["support"]
    new = changed(example(), "roles", "support", may=support.may | {Verb.ERASE})
    assert said(example(), new) == [("more", "Our support team may now erase your data.")]
    assert said(new, example()) == [("less", "Our support team may no longer erase your data.")]


def test_a_role_that_may_search_as_well_is_told() -> None:
    courier = example().roles["courier"]
    new = changed(example(), "roles", "courier", may=courier.may | {Verb.SEARCH})
    assert any("see or find you by your" in text for _, text in said(example(), new))


def test_a_dropped_role_may_no_longer_see() -> None:
    base = world((Allowance("clerk", "account", ("email",)),))
    assert said(base, without(base, "roles", "clerk")) == [
        ("less", "Clerk may no longer see your email to account.")
    ]


def test_partners_come_move_and_go() -> None:
    alone = without(example(), "recipients", "acme-courier")
    moved = changed(example(), "recipients", "acme-courier", country="US")
    assert said(alone, example()) == [("more", "Acme Courier in DE now works for us as courier.")]
    assert said(example(), alone) == [("less", "Acme Courier no longer works for us.")]
    assert said(example(), moved) == [
        ("other", "Acme Courier now works from US; until now from DE.")
    ]


def test_grounds_uses_categories_indexes_rates_and_the_shop() -> None:
    base = example()
    for new, effect in (
        (changed(base, "purposes", "support", basis=Basis.LEGITIMATE_INTEREST), "other"),
        (changed(base, "purposes", "support", use="essential"), "other"),
        (changed(base, "fields", "note", category="user.content"), "other"),
        (changed(base, "fields", "email", indexes=()), "less"),
        (changed(base, "fields", "vat_id", indexes=("unique",)), "more"),
        (changed(base, "roles", "support", rate_per_minute=61), "more"),
        (changed(base, "roles", "support", rate_per_minute=59), "less"),
        (replace(base, shop=replace(base.shop, name="Other Shop")), "other"),
    ):
        assert [kind for kind, _ in said(base, new)] == [effect]


def test_another_time_zone_moves_every_hour() -> None:
    new = replace(example(), shop=replace(example().shop, time_zone=ZoneInfo("Asia/Tokyo")))
    effects = [one.effect for one in diff(example(), new)]
    assert effects == sorted(effects, key=list(Effect).index)
    assert set(effects) == set(Effect)


def test_reworded_titles_are_no_change() -> None:
    assert diff(example(), changed(example(), "fields", "note", title=text("remark"))) == []


@given(worlds.policy)
def test_the_same_policy_gives_no_sentence(policy: Policy) -> None:
    assert diff(policy, replace(policy)) == []


@given(worlds.situation(), worlds.policy, st.data())
def test_whatever_becomes_possible_is_said(
    case: tuple[Policy, Ask, datetime], other: Policy, data: st.DataObject
) -> None:
    new, ask, now = case
    fewer = data.draw(
        st.sets(st.sampled_from(new.allowances)) if new.allowances else st.just(set())
    )
    kept = tuple(rule for rule in new.allowances if rule not in fewer)
    old = data.draw(st.sampled_from((other, replace(new, allowances=kept))))
    before, after = decide(old, ask, now), decide(new, ask, now)
    clearer = isinstance(after, Permit) and (
        not isinstance(before, Permit)
        or any(CLARITY[a] < CLARITY[b] for a, b in zip(after.shows, before.shows, strict=True))
    )
    if clearer:
        assert any(one.effect is Effect.MORE for one in diff(old, new))


@given(worlds.policy, worlds.denial)
def test_a_deny_never_reads_as_more_access(policy: Policy, extra: Denial) -> None:
    new = replace(policy, denials=(*policy.denials, extra))
    assert all(one.effect is Effect.LESS for one in diff(policy, new))


@given(worlds.policy)
def test_denying_everything_takes_all_access_away(policy: Policy) -> None:
    nothing = replace(policy, denials=(Denial(ANY, ANY, ANY),))
    taken = diff(policy, nothing)
    assert all("no longer see" in one.text for one in taken)
    assert bool(taken) == any(scope.may & {Verb.REVEAL} for scope in policy.scopes.values())


@given(worlds.policy, worlds.policy)
def test_more_comes_first_and_each_sentence_once(old: Policy, new: Policy) -> None:
    sentences = diff(old, new)
    order = [list(Effect).index(one.effect) for one in sentences]
    assert order == sorted(order)
    assert len(set(sentences)) == len(sentences)
    assert all(one.text.endswith(".") for one in sentences)


def _hourly(hours: tuple[time, time]) -> Grant:
    rule = Allowance("clerk", "account", ("email",), hours=hours)
    return Grant(rule, frozenset({Verb.REVEAL}), None, "UTC")


@given(worlds.hours, worlds.hours)
def test_hours_cover_exactly_the_hours_they_hold(
    outer: tuple[time, time], inner: tuple[time, time]
) -> None:
    def held(hours: tuple[time, time]) -> set[int]:
        start, end = hours[0].hour, hours[1].hour
        return {(start + step) % 24 for step in range((end - start) % 24)}

    assert _hourly(outer).covers(_hourly(inner)) == (held(inner) <= held(outer))


@given(st.permutations(list(worlds.FIELDS)))
def test_the_order_of_rules_is_no_change(names: list[str]) -> None:
    rules = tuple(Allowance("clerk", "account", (name,)) for name in names)
    assert diff(world(rules), world(tuple(reversed(rules)))) == []


def test_what_an_erasure_leaves_is_told_with_its_ground() -> None:
    free = replace(example().classes["tax"], survives_erasure=False, ground=None)
    before = replace(example(), classes={**example().classes, "tax": free})
    assert said(before, example()) == [
        (
            "more",
            (
                "When you ask us to erase your data, we now keep your VAT number until its own "
                "date, for 3653 days after an order is closed, because of section 147 of the "
                "German Fiscal Code."
            ),
        )
    ]
    assert said(example(), before) == [
        ("less", "When you ask us to erase your data, we now erase your VAT number too.")
    ]
    elsewhere = replace(example().classes["tax"], ground=text("another law"))
    after = replace(example(), classes={**example().classes, "tax": elsewhere})
    assert said(example(), after) == [
        ("other", "Because of another law, an erasure leaves your VAT number.")
    ]


def test_a_wider_budget_is_more_and_a_narrower_one_less() -> None:
    (budget,) = example().budgets
    for most, effect, words in (
        (300, "more", "at 300 customers a day to answer your question; until now 200"),
        (100, "less", "at 100 customers a day to answer your question; until now 200"),
    ):
        after = replace(example(), budgets=(replace(budget, customers_per_day=most),))
        assert said(example(), after) == [
            (effect, f"Each caller of our support team may now look {words}.")
        ]
    assert said(example(), replace(example(), budgets=())) == [
        (
            "more",
            (
                "Each caller of our support team may now look at any number of customers a day to "
                "answer your question; until now 200."
            ),
        )
    ]
