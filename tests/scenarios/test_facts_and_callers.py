"""Facts have versions and one customer for good; callers come, are counted, and go at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from shopward_client import (
    CallerMade,
    Client,
    ConflictError,
    InvalidError,
    NotFoundError,
    PutFact,
    RateLimitedError,
    Reveal,
    TooLargeError,
    UnauthenticatedError,
)
from tests.scenarios.people import number, person
from tests.scenarios.plane import ONCE, DataPlane, at_once, kind_of, now


@pytest.fixture
def shop(plane: DataPlane) -> Client:
    return plane.caller("shop-backend")


@pytest.fixture
def orders(plane: DataPlane) -> Client:
    return plane.caller("order-system")


def test_a_facts_version_counts_and_an_older_one_is_refused(shop: Client, orders: Client) -> None:
    subject, fact = shop.store(person()).subject, f"order:{number()}"
    assert orders.put_fact(fact, subject, "open").version == 1
    assert orders.put_fact(fact, subject, "closed").version == 2
    assert orders.put_fact(fact, subject, "open", version=7).version == 7
    for stale in (7, 2, 0):
        with pytest.raises(ConflictError) as caught:
            orders.put_fact(fact, subject, "closed", version=stale)
        assert caught.value.reason == "fact-stale"
        assert caught.value.receipt is not None
    (row,) = orders.facts(subject).facts
    assert (row.state, row.version) == ("open", 7)


def test_a_fact_keeps_its_customer(plane: DataPlane, shop: Client, orders: Client) -> None:
    ada, bob = shop.store(person()).subject, shop.store(person()).subject
    fact = f"order:{number()}"
    orders.put_fact(fact, ada, "open")
    with pytest.raises(ConflictError) as caught:
        orders.put_fact(fact, bob, "open")
    assert caught.value.reason == "fact-foreign"
    assert ada not in caught.value.detail
    warehouse = plane.caller("warehouse")
    assert warehouse.reveal(ada, ["city"], purpose="fulfil", fact=fact).fields["city"] == "London"


def test_facts_are_listed_with_their_end(shop: Client, orders: Client) -> None:
    subject = shop.store(person()).subject
    until = (now() + timedelta(days=2)).replace(microsecond=0)
    orders.put_fact(f"order:{number()}", subject, "open", expires=until)
    orders.put_fact(f"ticket:{number()}", subject, "closed")
    first, second = orders.facts(subject).facts
    assert (first.type, first.state) == ("order", "open")
    assert first.expires == until.isoformat().replace("+00:00", "Z")
    assert (second.type, second.state, second.expires) == ("ticket", "closed", None)


def test_who_writes_facts_and_who_audits_may_list_them_and_nobody_else(
    plane: DataPlane, shop: Client, orders: Client
) -> None:
    subject = shop.store(person()).subject
    orders.put_fact(f"order:{number()}", subject, "open")
    assert len(plane.caller("auditor").facts(subject).facts) == 1
    before = plane.size()
    orders.facts(subject)
    (row,) = plane.operator().entries(before, 10).entries
    assert kind_of(row.leaf) == "fact:listed"


def test_an_erasure_takes_the_facts_along(plane: DataPlane, shop: Client, orders: Client) -> None:
    subject, fact = shop.store(person()).subject, f"order:{number()}"
    orders.put_fact(fact, subject, "open")
    shop.erase(subject)
    other = shop.store(person()).subject
    assert orders.put_fact(fact, other, "open").version == 1


def test_times_without_a_zone_or_beyond_the_calendar_are_refused(
    shop: Client, orders: Client
) -> None:
    subject = shop.store(person()).subject
    for expires in (
        "tomorrow",
        "2026-12-24T18:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30T00:00:00Z",
        "2026-12-24T18:00:00+99:00",
    ):
        with pytest.raises(InvalidError) as caught:
            orders.put_fact(f"order:{number()}", subject, "open", expires=expires)
        assert caught.value.field == "expires"
        assert expires not in caught.value.detail
    assert orders.facts(subject).facts == ()


def test_a_revoked_caller_is_out_at_once(plane: DataPlane, shop: Client) -> None:
    subject = shop.store(person()).subject
    operator = plane.operator()
    made = operator.add_caller(f"leaving-{number()}", "shop-backend")
    client = plane.client(made.credential)
    assert client.reveal(subject, ["city"], purpose="account").fields == {"city": "London"}
    gone = operator.revoke_caller(made.id)
    with pytest.raises(UnauthenticatedError):
        client.reveal(subject, ["city"], purpose="account")
    row = operator.entries(gone.receipt.index, 1).entries[0]
    assert kind_of(row.leaf) == "caller:revoked"
    with pytest.raises(NotFoundError):
        operator.revoke_caller(made.id)
    (listed,) = [one for one in operator.callers() if one.id == made.id]
    assert listed.revoked is not None


def test_a_callers_name_is_free_again_after_it_left(plane: DataPlane) -> None:
    operator, name = plane.operator(), f"till-{number()}"
    first = operator.add_caller(name, "importer")
    with pytest.raises(ConflictError) as caught:
        operator.add_caller(name, "importer")
    assert caught.value.field == "name"
    operator.revoke_caller(first.id)
    assert operator.add_caller(name, "importer").id != first.id


def test_of_two_callers_of_one_name_made_at_once_one_is_made(plane: DataPlane) -> None:
    for _ in range(5):
        name = f"till-{number()}"
        tries = [partial(plane.operator().add_caller, name, "importer") for _ in range(4)]
        answers = at_once(*tries)
        assert sum(isinstance(one, CallerMade) for one in answers) == 1
        assert sum(isinstance(one, ConflictError) for one in answers) == 3


def test_a_caller_needs_a_role_of_the_policy(plane: DataPlane) -> None:
    with pytest.raises(InvalidError) as caught:
        plane.operator().add_caller(f"x-{number()}", "emperor")
    assert caught.value.field == "role"


def test_a_clause_is_one_word_however_blank_is_written(plane: DataPlane) -> None:
    for clause in (
        "trained:pii admin",
        "x\ttrained:pii",
        "x\ntrained:pii",
        "x\u2003trained:pii",
        "",
    ):
        with pytest.raises(InvalidError):
            plane.operator().add_caller(f"x-{number()}", "support", clauses=(clause,))


def test_callers_are_managed_at_the_admin_socket_alone(plane: DataPlane) -> None:
    for role in ("auditor", "shop-backend"):
        credential = plane.credential(role)
        listed = plane.ask("GET", "/v1/callers", credential=credential)
        assert listed.status == (200 if role == "auditor" else 403)
        assert b"swc_" not in listed.body
        for method, path in (
            ("POST", "/v1/callers"),
            ("DELETE", "/v1/callers/abc"),
            ("POST", "/v1/policy/reload"),
        ):
            assert plane.ask(method, path, credential=credential).status in {404, 405}
    with Client(f"unix:{plane.home / 'api.sock'}", retry=ONCE) as nobody:
        for look in (nobody.callers, nobody.entries, nobody.checkpoint):
            with pytest.raises(UnauthenticatedError):
                look()


def test_wrong_credentials_all_get_the_same_answer(plane: DataPlane) -> None:
    good = plane.credential("auditor")
    head, _, secret = good.rpartition("_")[0], "", good[-43:]
    revoked = plane.operator().add_caller(f"x-{number()}", "auditor")
    plane.operator().revoke_caller(revoked.id)
    wrong = {
        "none": None,
        "another secret": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "an unknown id": f"swc_000000000000_{secret}",
        "no secret": head,
        "only the id": good[:16],
        "revoked": revoked.credential,
        "not ours": "x" * 5000,
        "not even text": "\u00ff\u00fe",
    }
    answers = {}
    for what, credential in wrong.items():
        headers = {} if credential is None else {"Authorization": f"Bearer {credential}"}
        answer = plane.ask("GET", "/v1/log/checkpoint", headers=headers)
        assert answer.status == 401, what
        assert answer.headers["www-authenticate"] == 'Bearer realm="shopward"'
        answers[what] = answer.body
    assert len(set(answers.values())) == 1
    basic = plane.ask("GET", "/v1/log/checkpoint", headers={"Authorization": f"Basic {good}"})
    assert basic.status == 401


def test_a_caller_that_used_its_minute_up_is_told_when_to_come_back(
    plane: DataPlane, shop: Client
) -> None:
    subject = shop.store(person()).subject
    slow = plane.caller("slow")
    for _ in range(3):
        slow.reveal(subject, ["city"], purpose="account")
    with pytest.raises(RateLimitedError) as caught:
        slow.reveal(subject, ["city"], purpose="account")
    assert 1 <= (caught.value.retry_after_s or 0) <= 20
    other = plane.caller("slow")
    assert other.reveal(subject, ["city"], purpose="account").fields == {"city": "London"}


def test_refused_looks_count_too(plane: DataPlane, shop: Client) -> None:
    subject = shop.store(person()).subject
    credential = plane.credential("slow")
    body = {"subject": subject, "fields": ["email"], "purpose": "account"}
    asked = [plane.ask("POST", "/v1/reveal", body, credential=credential) for _ in range(4)]
    assert [one.status for one in asked] == [403, 403, 403, 429]
    assert int(asked[3].headers["retry-after"]) >= 1


def test_a_batch_counts_each_item_and_nothing_of_it_happens_when_it_is_too_much(
    plane: DataPlane, shop: Client
) -> None:
    subject = shop.store(person()).subject
    slow = plane.caller("slow")
    looks = [Reveal(subject, ["city"], "account")] * 2
    assert [one.status for one in slow.reveal_many(looks)] == [200, 200]
    before = plane.size()
    with pytest.raises(RateLimitedError):
        slow.reveal_many(looks)
    assert plane.operator().entries(before, 10).entries == ()
    slow.reveal(subject, ["city"], purpose="account")


def test_a_batch_that_no_minute_could_hold_is_not_told_to_wait(
    plane: DataPlane, shop: Client
) -> None:
    subject = shop.store(person()).subject
    slow = plane.caller("slow")
    with pytest.raises(TooLargeError):
        slow.reveal_many([Reveal(subject, ["city"], "account")] * 4)


def test_many_facts_in_one_call_are_answered_in_order(shop: Client, orders: Client) -> None:
    ada, bob = shop.store(person()).subject, shop.store(person()).subject
    fact, other = f"order:{number()}", f"order:{number()}"
    outcomes = orders.put_facts(
        [
            PutFact(fact, ada, "open", reference="a"),
            PutFact(fact, bob, "open", reference="b"),
            PutFact("order:" + number(), "cus_nobody", "open", reference="c"),
            PutFact(fact, ada, "closed", reference="d"),
            PutFact(other, bob, "open", reference="e"),
        ]
    )
    assert [one.reference for one in outcomes] == ["a", "b", "c", "d", "e"]
    assert [one.status for one in outcomes] == [200, 409, 400, 200, 200]
    assert [one.version for one in orders.facts(ada).facts] == [2]
