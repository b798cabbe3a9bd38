from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.policy import (
    ANY,
    Allowance,
    Ask,
    Budget,
    Denial,
    Deny,
    FactView,
    Freeze,
    Permit,
    Policy,
    Reason,
    Show,
    Spent,
    decide,
    explain,
    may,
    verdict,
)
from shopward.policy.decide import is_within
from shopward.policy.model import CLARITY
from tests.policy import worlds
from tests.policy.worlds import NOON, replace, world

ORDER = FactView("order", "open", NOON + timedelta(days=1), belongs=True)
LABEL = Allowance("courier", "fulfil", ("email", "phone"))
OPEN = Ask("reveal", "courier", "fulfil", ("email",), fact_ref="order:1", fact=ORDER)
Case = tuple[Policy, Ask, datetime]


def judged(ask: Ask, *allowances: Allowance, now: datetime = NOON) -> Permit | Deny:
    return decide(world(allowances or (LABEL,)), ask, now)


def reads_permitted(policy: Policy, ask: Ask, now: datetime) -> tuple[Show, ...] | None:
    """The rules read literally, without the index: the shows, or None when refused."""
    role, purpose = policy.roles.get(ask.role), policy.purposes.get(ask.purpose or "")
    if role is None or purpose is None or ask.verb not in role.may or not ask.fields:
        return None
    of_customer = None if purpose.despite_freeze else ask.frozen
    freezes = [one for one in (ask.caller_frozen, of_customer) if one is not None]
    if purpose.fact is not None or ask.fact_ref is not None:
        fact = ask.fact if ask.fact_ref is not None else None
        if fact is None or not fact.belongs or fact.state != "open":
            return None
        if purpose.fact not in (None, fact.type):
            return None
        if fact.expires_at is not None and now >= fact.expires_at:
            return None
    shows = []
    for name in ask.fields:
        met = [
            rule.show
            for rule in policy.allowances
            if (rule.role, rule.purpose) == (ask.role, ask.purpose)
            and name in rule.fields
            and ask.assurance >= rule.assurance
            and (
                rule.auth_age_s is None
                or (ask.auth_age_s is not None and ask.auth_age_s <= rule.auth_age_s)
            )
            and all(clause in ask.clauses for clause in rule.require)
            and (rule.hours is None or is_within(rule.hours, now, policy.shop.time_zone))
        ]
        if not met or any(one.takes(ask.role, purpose.name, name) for one in policy.denials):
            return None
        shows.append(min(met, key=lambda show: CLARITY[show]))
    is_frozen = any(ask.verb in one.stops and now < one.until for one in freezes)
    return None if is_frozen or is_spent(policy, ask) else tuple(shows)


def is_spent(policy: Policy, ask: Ask) -> bool:
    spent, last = ask.spent, None
    for one in policy.budgets:
        last = one if (one.role, one.purpose) == (ask.role, ask.purpose) else last
    if spent is None or last is None:
        return False
    if last.reads_per_minute is not None and spent.reads >= last.reads_per_minute:
        return True
    most = last.customers_per_day
    return most is not None and spent.customers >= most and not spent.is_counted


def gives_no_more(less: Permit | Deny, more: Permit | Deny) -> bool:
    if isinstance(less, Deny):
        return True
    return isinstance(more, Permit) and all(
        CLARITY[a] >= CLARITY[b] for a, b in zip(less.shows, more.shows, strict=True)
    )


def test_an_open_order_of_the_customer_permits() -> None:
    assert judged(OPEN) == Permit((Show.CLEAR,))


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"role": "nobody"}, Reason.ROLE_UNKNOWN, None),
        ({"verb": "search"}, Reason.VERB_NOT_ALLOWED, None),
        ({"verb": "fly"}, Reason.VERB_NOT_ALLOWED, None),
        ({"role": "orders"}, Reason.VERB_NOT_ALLOWED, None),
        ({"purpose": None}, Reason.PURPOSE_MISSING, None),
        ({"purpose": ""}, Reason.PURPOSE_MISSING, None),
        ({"purpose": "*"}, Reason.PURPOSE_UNKNOWN, None),
        ({"fields": ()}, Reason.FIELD_MISSING, None),
        ({"fields": (), "purpose": "account"}, Reason.FIELD_MISSING, None),
        ({"fields": ("email", "shoe_size")}, Reason.FIELD_UNKNOWN, "shoe_size"),
        ({"fields": ("email", "city")}, Reason.FIELD_NOT_ALLOWED, "city"),
        ({"purpose": "account"}, Reason.FIELD_NOT_ALLOWED, "email"),
        ({"fact_ref": None, "fact": None}, Reason.FACT_MISSING, None),
        ({"fact_ref": None}, Reason.FACT_MISSING, None),
        ({"fact": None}, Reason.FACT_UNKNOWN, None),
        ({"fact": replace(ORDER, belongs=False, state="closed")}, Reason.FACT_FOREIGN, None),
        ({"fact": replace(ORDER, type="ticket")}, Reason.FACT_WRONG_TYPE, None),
        ({"fact": replace(ORDER, state="closed")}, Reason.FACT_CLOSED, None),
        ({"fact": replace(ORDER, state="OPEN")}, Reason.FACT_CLOSED, None),
        ({"fact": replace(ORDER, expires_at=NOON)}, Reason.FACT_EXPIRED, None),
    ],
)
def test_what_is_missing_denies_with_its_reason(
    change: dict[str, object], reason: Reason, field: str | None
) -> None:
    assert judged(replace(OPEN, **change)) == Deny(reason, field)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"assurance": 2}, Reason.ASSURANCE_TOO_LOW),
        ({"hours": (time(12), time(20))}, Reason.OUTSIDE_HOURS),
        ({"require": frozenset({"trained:pii"})}, Reason.CLAUSE_UNMET),
    ],
)
def test_a_condition_that_is_not_met_denies(condition: dict[str, object], reason: Reason) -> None:
    rule = replace(LABEL, **condition)
    assert judged(OPEN, rule) == Deny(reason, "email")


@pytest.mark.parametrize(
    ("age_s", "answer"),
    [
        (0, Permit((Show.CLEAR,))),
        (300, Permit((Show.CLEAR,))),
        (301, Deny(Reason.SIGN_IN_TOO_OLD, "email")),
        (-1, Deny(Reason.SIGN_IN_TOO_OLD, "email")),
        (None, Deny(Reason.SIGN_IN_TOO_OLD, "email")),
    ],
)
def test_a_sign_in_older_than_asked_for_denies(age_s: int | None, answer: Permit | Deny) -> None:
    assert judged(replace(OPEN, auth_age_s=age_s), replace(LABEL, auth_age_s=300)) == answer


@pytest.mark.parametrize(("has", "needs"), [(1, 2), (1, 3), (2, 3), (0, 1), (-1, 1)])
def test_a_lower_assurance_than_asked_for_denies(has: int, needs: int) -> None:
    rule = replace(LABEL, assurance=needs)
    answer = judged(replace(OPEN, assurance=has), rule)
    assert answer == Deny(Reason.ASSURANCE_TOO_LOW, "email")
    assert judged(replace(OPEN, assurance=needs), rule) == Permit((Show.CLEAR,))


def test_of_several_unmet_forms_the_clearest_gives_the_reason() -> None:
    closed = replace(LABEL, show=Show.LAST4, hours=(time(12), time(20)))
    surely = replace(LABEL, assurance=2)
    policy = world((closed, surely))
    assert decide(policy, OPEN, NOON) == Deny(Reason.ASSURANCE_TOO_LOW, "email")
    assert verdict(explain(policy, OPEN, NOON)) == decide(policy, OPEN, NOON)


def test_every_clause_is_needed_not_just_one() -> None:
    rule = replace(LABEL, require=frozenset({"trained:pii", "vetted:yes"}))
    half = replace(OPEN, clauses=frozenset({"trained:pii", "other:one"}))
    assert judged(half, rule) == Deny(Reason.CLAUSE_UNMET, "email")
    assert judged(replace(OPEN, clauses=rule.require), rule) == Permit((Show.CLEAR,))


def test_the_clearest_form_whose_conditions_are_met_wins() -> None:
    masked = replace(LABEL, show=Show.LAST4)
    surely = replace(LABEL, assurance=2)
    assert judged(OPEN, masked, surely) == Permit((Show.LAST4,))
    assert judged(replace(OPEN, assurance=2), masked, surely) == Permit((Show.CLEAR,))


def test_a_fact_named_without_need_must_hold() -> None:
    rule = Allowance("clerk", "account", ("email",))
    ask = Ask("reveal", "clerk", "account", ("email",), fact_ref="order:1", fact=ORDER)
    assert judged(ask, rule) == Permit((Show.CLEAR,))
    assert judged(replace(ask, fact=None), rule) == Deny(Reason.FACT_UNKNOWN)
    foreign = replace(ORDER, belongs=False)
    assert judged(replace(ask, fact=foreign), rule) == Deny(Reason.FACT_FOREIGN)


def test_a_denial_wins_over_an_allowance() -> None:
    policy = world((LABEL,), (Denial(ANY, "fulfil", ("email",)),))
    assert decide(policy, OPEN, NOON) == Deny(Reason.DENIED_BY_RULE, "email")
    assert decide(policy, replace(OPEN, fields=("phone",)), NOON) == Permit((Show.CLEAR,))


def test_a_denial_that_names_a_role_leaves_others_alone() -> None:
    policy = world((LABEL,), (Denial("clerk", ANY, ANY),))
    assert decide(policy, OPEN, NOON) == Permit((Show.CLEAR,))


def test_may_judges_verbs_without_a_purpose() -> None:
    policy = world()
    assert may(policy, "orders", "facts") is None
    assert may(policy, "clerk", "facts") == Deny(Reason.VERB_NOT_ALLOWED)
    assert may(policy, "nobody", "facts") == Deny(Reason.ROLE_UNKNOWN)


@pytest.mark.parametrize(
    ("clock", "start", "end", "inside"),
    [
        ("08:00", 8, 20, True),
        ("07:59", 8, 20, False),
        ("20:00", 8, 20, False),
        ("23:30", 22, 6, True),
        ("05:59", 22, 6, True),
        ("06:00", 22, 6, False),
        ("23:59", 8, 0, True),
    ],
)
def test_hours_hold_from_the_first_up_to_the_second(
    clock: str, start: int, end: int, *, inside: bool
) -> None:
    now = datetime.fromisoformat(f"2026-03-02T{clock}+00:00")
    assert is_within((time(start), time(end)), now, ZoneInfo("UTC")) is inside


def test_hours_are_on_the_shops_clock_summer_and_winter() -> None:
    zone, hours = ZoneInfo("Europe/Berlin"), (time(8), time(9))
    assert is_within(hours, datetime(2026, 7, 1, 6, 30, tzinfo=UTC), zone)
    assert is_within(hours, datetime(2026, 1, 1, 7, 30, tzinfo=UTC), zone)
    assert not is_within(hours, datetime(2026, 1, 1, 6, 30, tzinfo=UTC), zone)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 1, 1, 12),  # noqa: DTZ001 - the naive moment is what is tested
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_a_moment_that_is_on_no_clock_is_outside_hours(now: datetime) -> None:
    anyhow = replace(LABEL, hours=(time(0), time(23, 59)))
    forever = replace(OPEN, fact=replace(ORDER, expires_at=None))
    assert judged(forever, anyhow, now=now) == Deny(Reason.OUTSIDE_HOURS, "email")


def test_an_expiry_that_cannot_be_compared_has_expired() -> None:
    naive = NOON.replace(tzinfo=None) + timedelta(days=1)
    ask = replace(OPEN, fact=replace(ORDER, expires_at=naive))
    assert judged(ask) == Deny(Reason.FACT_EXPIRED)


@given(worlds.situation())
def test_it_permits_exactly_what_a_literal_reading_permits(case: Case) -> None:
    policy, ask, now = case
    shows = reads_permitted(policy, ask, now)
    answer = decide(policy, ask, now)
    assert (answer.shows if isinstance(answer, Permit) else None) == shows


@given(worlds.situation(), worlds.denial)
def test_adding_a_deny_never_permits_more(case: Case, extra: Denial) -> None:
    policy, ask, now = case
    stricter = replace(policy, denials=(*policy.denials, extra))
    assert gives_no_more(decide(stricter, ask, now), decide(policy, ask, now))


@given(worlds.situation(), worlds.freeze, worlds.freeze)
def test_a_freeze_never_permits_more(
    case: Case, freeze: Freeze | None, of_caller: Freeze | None
) -> None:
    policy, ask, now = case
    free = replace(ask, frozen=None, caller_frozen=None)
    held = replace(ask, frozen=freeze, caller_frozen=of_caller)
    assert gives_no_more(decide(policy, held, now), decide(policy, free, now))


@given(worlds.situation(), worlds.budget, worlds.spent)
def test_a_budget_never_permits_more(case: Case, budget: Budget, spent: Spent | None) -> None:
    policy, ask, now = case
    free, bound = (replace(policy, budgets=one) for one in ((), (budget,)))
    held = decide(bound, replace(ask, spent=spent), now)
    assert gives_no_more(held, decide(free, replace(ask, spent=spent), now))


@pytest.mark.parametrize(
    ("spent", "reason"),
    [
        (Spent(1, 1), None),
        (Spent(2, 0), Reason.CUSTOMERS_SPENT),
        (Spent(2, 0, is_counted=True), None),
        (Spent(0, 3), Reason.READS_SPENT),
        (None, None),
    ],
)
def test_a_budget_lets_so_many_customers_and_looks_through(
    spent: Spent | None, reason: Reason | None
) -> None:
    policy = world((LABEL,), budgets=(Budget("courier", "fulfil", 2, 3),))
    answer = decide(policy, replace(OPEN, spent=spent), NOON)
    assert getattr(answer, "reason", None) == reason


def test_a_budget_opens_again_at_midnight_of_the_shop_and_at_the_next_minute() -> None:
    budgets = (Budget("courier", "fulfil", 1, 1),)
    policy = world((LABEL,), zone="Europe/Berlin", budgets=budgets)
    late = datetime(2026, 10, 24, 21, 59, 30, tzinfo=UTC)  # the clocks go back the next night
    order = replace(ORDER, expires_at=None)
    for spent, until in (
        (Spent(1, 0), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)),
        (Spent(0, 1), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)),
    ):
        answer = decide(policy, replace(OPEN, fact=order, spent=spent), late)
        assert isinstance(answer, Deny)
        assert answer.until == until


@given(worlds.situation(), worlds.freeze)
def test_only_who_might_look_learns_that_a_customer_is_frozen(
    case: Case, freeze: Freeze | None
) -> None:
    policy, ask, now = case
    free, held = (decide(policy, replace(ask, frozen=one), now) for one in (None, freeze))
    assert held == free or isinstance(free, Permit)


@given(worlds.situation(), st.data())
def test_removing_an_allowance_never_permits_more(case: Case, data: st.DataObject) -> None:
    policy, ask, now = case
    at = data.draw(st.integers(0, len(policy.allowances)))
    fewer = policy.allowances[:at] + policy.allowances[at + 1 :]
    stricter = replace(policy, allowances=fewer)
    assert gives_no_more(decide(stricter, ask, now), decide(policy, ask, now))


@given(worlds.situation(), st.integers(1, 3))
def test_raising_assurance_never_loses_a_permit(case: Case, more: int) -> None:
    policy, ask, now = case
    raised = replace(ask, assurance=ask.assurance + more)
    assert gives_no_more(decide(policy, ask, now), decide(policy, raised, now))


@given(worlds.situation(), st.data())
def test_the_unknown_is_denied(case: Case, data: st.DataObject) -> None:
    policy, ask, now = case
    unknown = data.draw(st.text(max_size=8).filter(lambda word: word not in worlds.FIELDS))
    at = data.draw(st.integers(0, len(ask.fields)))
    fields = (*ask.fields[:at], unknown, *ask.fields[at:])
    for strange in (
        replace(ask, role="no-" + unknown),
        replace(ask, purpose="no-" + unknown),
        replace(ask, verb="no-" + unknown),
        replace(ask, fields=fields),
        replace(ask, fact_ref="order:" + unknown, fact=None),
    ):
        assert isinstance(decide(policy, strange, now), Deny)


@given(worlds.situation())
def test_a_clause_nobody_carries_denies(case: Case) -> None:
    policy, ask, now = case
    demanding = tuple(
        replace(rule, require=rule.require | {"passed:never"}) for rule in policy.allowances
    )
    assert isinstance(decide(replace(policy, allowances=demanding), ask, now), Deny)


any_text = st.text(max_size=12)
any_moment = st.datetimes(timezones=st.none() | st.just(UTC) | st.timezones())


@given(
    worlds.policy,
    st.builds(
        Ask,
        verb=any_text | st.just("reveal"),
        role=any_text | st.sampled_from(worlds.ROLES),
        purpose=st.none() | any_text | st.sampled_from(worlds.PURPOSES),
        fields=st.lists(any_text | st.sampled_from(worlds.FIELDS), max_size=5).map(tuple),
        assurance=st.integers(),
        clauses=st.frozensets(any_text),
        fact_ref=st.none() | any_text,
        fact=st.none()
        | st.builds(FactView, any_text, any_text, st.none() | any_moment, st.booleans()),
    ),
    any_moment,
)
def test_it_answers_every_ask(policy: Policy, ask: Ask, now: datetime) -> None:
    answer = decide(policy, ask, now)
    assert isinstance(answer, Deny) or len(answer.shows) == len(ask.fields)
