"""A control plane vouches for people: by signature, for one request, and no further."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shopward_client import (
    Client,
    DeniedError,
    ErasedError,
    Event,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
)
from tests.scenarios.people import number, person
from tests.scenarios.plane import DataPlane, kind_of, now
from tests.scenarios.vouching import Voucher, now_ms

BODY = b'{"purpose":"support","fields":["city"],"role":"support"}'
TARGET = "/v1/explain"
FRESH = """
[[allow]]
role = "support"
purpose = "support"
fields = ["vat_id"]
auth_age_s = 300
"""


@pytest.fixture
def voucher(plane: DataPlane) -> Voucher:
    return Voucher(plane).register()


def status(plane: DataPlane, header: str, body: bytes = BODY, target: str = TARGET) -> int:
    return plane.ask("POST", target, body, headers={"Authorization": header}).status


def ticket(plane: DataPlane, subject: str) -> str:
    fact = f"ticket:{number()}"
    plane.caller("order-system").put_fact(fact, subject, "open")
    return fact


def test_a_person_looks_and_the_entry_names_person_role_and_session(
    plane: DataPlane, voucher: Voucher
) -> None:
    subject = plane.caller("shop-backend").store(person(city="Riga")).subject
    staff = voucher.client()

    seen = staff.reveal(subject, ["city"], purpose="support", fact=ticket(plane, subject))

    assert seen.fields == {"city": "Riga"}
    told = plane.entry(plane.caller("auditor"), seen.receipt.index)
    said = {name: told[name] for name in ("actor", "realm", "role", "session", "via")}
    assert said == {
        "actor": "acc_1",
        "realm": "staff",
        "role": "support",
        "session": "ses_1",
        "via": voucher.id,
    }
    assert told["assurance"] == 2


def test_one_assertion_opens_one_request_once(plane: DataPlane, voucher: Voucher) -> None:
    header = voucher.says("POST", TARGET, BODY)

    assert status(plane, header) == 403  # support may not explain: known, and refused by policy
    assert status(plane, header) == 401


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("PUT", TARGET, BODY),
        ("POST", TARGET + "?a=b", BODY),
        ("POST", "/v1/reveal", BODY),
        ("POST", TARGET, BODY + b" "),
    ],
)
def test_an_assertion_for_another_request_opens_nothing(
    plane: DataPlane, voucher: Voucher, method: str, target: str, body: bytes
) -> None:
    assert status(plane, voucher.says(method, target, body)) == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other.example/ledger"},
        {"exp": 10**12, "iat": 10**12 - 1},
        {"subject": "cus_x"},
        {"session": None},
        {"realm": "customer"},
        {"role": "order-system"},
    ],
    ids=str,
)
def test_an_assertion_that_is_not_right_opens_nothing(
    plane: DataPlane, voucher: Voucher, changes: dict[str, Any]
) -> None:
    assert status(plane, voucher.says("POST", TARGET, BODY, **changes)) == 401


def test_every_refusal_says_the_same(plane: DataPlane, voucher: Voucher) -> None:
    headers = [
        "Assertion x",
        "Assertion ",
        "Bearer swc_000000000000_x",
        voucher.says("POST", "/", b""),
        Voucher(plane).says("POST", TARGET, BODY),
    ]
    answers = [plane.ask("POST", TARGET, BODY, headers={"Authorization": one}) for one in headers]

    assert len({(one.status, one.body) for one in answers}) == 1


def test_a_revoked_control_plane_vouches_for_nobody(plane: DataPlane) -> None:
    voucher = Voucher(plane).register()
    plane.operator().revoke_caller(voucher.id)

    assert status(plane, voucher.says("POST", TARGET, BODY)) == 401


def test_what_was_signed_before_a_restart_opens_nothing(own_plane: DataPlane) -> None:
    voucher = Voucher(own_plane).register()
    header = voucher.says("POST", TARGET, BODY)
    own_plane.stop()
    own_plane.start()

    assert status(own_plane, header) == 401
    assert status(own_plane, voucher.says("POST", TARGET, BODY)) == 403


def test_a_stale_sign_in_does_not_reach_what_asks_for_a_fresh_one(own_plane: DataPlane) -> None:
    own_plane.edit_policy(lambda text: text + FRESH)
    own_plane.operator().reload_policy()
    voucher = Voucher(own_plane).register()
    subject = own_plane.caller("shop-backend").store(person()).subject
    fact = ticket(own_plane, subject)
    ask = {"subject": subject, "fields": ["vat_id"], "purpose": "support", "fact": fact}

    assert voucher.client(auth_time=now_ms() - 200_000).reveal(**ask).fields
    for looks in (
        voucher.client(auth_time=now_ms() - 400_000),
        own_plane.caller("support", assurance=3),
    ):
        with pytest.raises(DeniedError) as refused:
            looks.reveal(**ask)
        assert refused.value.reason == "sign-in-too-old"


def test_a_customer_asks_about_herself_alone(plane: DataPlane, voucher: Voucher) -> None:
    shop = plane.caller("shop-backend")
    mine, other = (shop.store(person()) for _ in range(2))
    herself = {"realm": "customer", "role": "shop-backend", "subject": mine.subject}
    client = voucher.client(**herself)

    assert client.reveal(mine.subject, ["city"], purpose="account").fields == {"city": "London"}
    mail = shop.reveal(mine.subject, ["email"], purpose="account").fields["email"]
    for ask in (
        lambda: client.reveal(other.subject, ["city"], purpose="account"),
        lambda: client.reveal(f"email:{mail}", ["city"], purpose="account"),
        lambda: client.search("email", mail or "", purpose="account"),
        lambda: client.erase(other.subject),
        lambda: client.store(person()),
    ):
        with pytest.raises(DeniedError) as refused:
            ask()
        assert refused.value.reason == "subject-foreign"
        assert refused.value.receipt is not None
    with pytest.raises(NotFoundError):
        client.entries(0, 1)
    for asked, reason in ((mine, "verb-not-allowed"), (other, "subject-foreign")):
        with pytest.raises(DeniedError) as refused:
            client.facts(asked.subject)
        assert refused.value.reason == reason


def test_an_event_is_entered_once_under_the_person_who_did_it(
    plane: DataPlane, voucher: Voucher
) -> None:
    event = Event("staff:invited", now(), "acc_7", "staff", "support", "ses_9", about="r=support")
    itself = voucher.itself()

    entered = itself.record(event, idempotency_key="event-1")
    again = itself.record(event, idempotency_key="event-1")

    assert again.receipt.index == entered.receipt.index
    auditor = plane.caller("auditor")
    row = auditor.entries(entered.receipt.index, 1).entries[0]
    assert kind_of(row.leaf) == "staff:invited"
    said = json.loads(row.details or "")
    assert (said["actor"], said["role"], said["session"]) == ("acc_7", "support", "ses_9")
    assert (said["about"], said["via"]) == ("r=support", voucher.id)


def test_an_event_about_a_customer_goes_with_the_customer(
    plane: DataPlane, voucher: Voucher
) -> None:
    shop, auditor = plane.caller("shop-backend"), plane.caller("auditor")
    subject = shop.store(person()).subject
    itself = voucher.itself()

    index = itself.record(Event("mail:failed", now(), "acc_7", subject=subject)).receipt.index
    assert plane.entry(auditor, index)["subject"] == subject
    shop.erase(subject)

    assert auditor.entries(index, 1).entries[0].details is None
    later = itself.record(Event("mail:failed", now(), "acc_7", subject=subject)).receipt.index
    assert "subject" not in plane.entry(auditor, later)


@pytest.mark.parametrize("kind", ["record:revealed", "server:stopped", "policy:loaded", "x"])
def test_a_control_plane_cannot_enter_what_only_the_data_plane_knows(
    voucher: Voucher, kind: str
) -> None:
    with pytest.raises(InvalidError):
        voucher.itself().record(Event(kind, now(), "acc_7"))


def test_neither_a_person_nor_a_program_records(plane: DataPlane, voucher: Voucher) -> None:
    event = Event("staff:invited", now() - timedelta(days=400), "acc_7")
    for client in (voucher.client(), plane.caller("shop-backend"), plane.caller("auditor")):
        with pytest.raises(DeniedError):
            client.record(event)


def test_a_control_plane_has_a_key_and_no_credential(plane: DataPlane) -> None:
    operator = plane.operator()
    voucher = Voucher(plane)
    made = operator.add_caller(voucher.name, "control-plane", key=voucher.signer.vkey)

    assert made.credential is None
    for name, role, key in (
        ("other", "control-plane", voucher.signer.vkey),
        ("keyless", "control-plane", None),
        (Voucher(plane).name, "support", voucher.signer.vkey),
        ("broken", "control-plane", "broken+00000000+AAAA"),
    ):
        with pytest.raises(InvalidError):
            operator.add_caller(name, role, key=key)
    public = voucher.signer.verifier.public_key
    bearer = f"swc_{made.id}_{public.hex()}"
    with pytest.raises(UnauthenticatedError):
        plane.client(bearer).policy()


def herself(voucher: Voucher, subject: str, **more: Any) -> Client:
    """A customer who signed in, as the policy's role for her."""
    return voucher.client(realm="customer", role="customer", subject=subject, **more)


def test_a_customer_corrects_what_she_may_see_and_nothing_else(
    plane: DataPlane, voucher: Voucher
) -> None:
    mine = plane.caller("shop-backend").store(person(note="grumpy", vat_id="DE1")).subject
    client = herself(voucher, mine)

    client.update(mine, {"city": "Riga"})
    assert client.reveal(mine, ["city"], purpose="account").fields == {"city": "Riga"}
    for fields, reason in (
        ({"note": "kind"}, "field-not-allowed"),
        ({"city": "Oslo", "tags": None}, "field-not-allowed"),
    ):
        with pytest.raises(DeniedError) as refused:
            client.update(mine, fields)
        assert refused.value.reason == reason
    with pytest.raises(DeniedError) as refused:
        herself(voucher, mine, acr=1).update(mine, {"vat_id": "DE2"})
    assert refused.value.reason == "assurance-too-low"
    assert client.reveal(mine, ["city"], purpose="account").fields == {"city": "Riga"}
    client.update(mine, {"vat_id": "DE2"})


def test_a_customer_freezes_herself_is_still_found_and_written_to_and_thaws_herself(
    plane: DataPlane, voucher: Voucher
) -> None:
    shop, details = plane.caller("shop-backend"), person()
    mine, other = shop.store(details).subject, shop.store(person()).subject
    client, until = herself(voucher, mine), datetime.now(UTC) + timedelta(hours=24)
    system = {"realm": "system", "acr": 1, "auth_time": None, "session": None}

    client.freeze(subject=mine, until=until, reason="customer-not-me")

    with pytest.raises(DeniedError) as refused:
        shop.reveal(mine, ["city"], purpose="account")
    assert refused.value.reason == "subject-frozen"
    finds = voucher.client(role="accounts", **system)
    assert finds.search("email", details["email"], purpose="sign-in").subject == mine
    writes = voucher.client(role="messenger", **system)
    sent_to = writes.reveal(mine, ["email"], purpose="notice").fields["email"]
    assert sent_to == details["email"]
    for ask in (
        lambda: client.freeze(subject=other, until=until, reason="customer-not-me"),
        lambda: client.freeze(caller="0" * 12, until=until, reason="customer-not-me"),
        lambda: client.thaw(other),
        lambda: client.thaw("0" * 12),
    ):
        with pytest.raises(DeniedError) as refused:
            ask()
        assert refused.value.reason == "subject-foreign"
    with pytest.raises(NotFoundError):
        client.freezes()
    client.thaw(mine)
    assert shop.reveal(mine, ["city"], purpose="account").fields


def test_a_customer_ends_no_freeze_that_the_house_made(plane: DataPlane, voucher: Voucher) -> None:
    mine = plane.caller("shop-backend").store(person()).subject
    client, until = herself(voucher, mine), datetime.now(UTC) + timedelta(hours=24)
    plane.caller("security").freeze(subject=mine, until=until, reason="investigation")

    for ask in (
        lambda: client.thaw(mine),
        lambda: client.freeze(
            subject=mine, until=until, reason="customer-not-me", stops=["export"]
        ),
    ):
        with pytest.raises(DeniedError) as refused:
            ask()
        assert refused.value.reason == "subject-frozen"
    with pytest.raises(InvalidError):
        client.freeze(subject=mine, until=until, reason="investigation")


def test_a_customer_reads_her_own_entries_with_details_and_nobody_elses(
    plane: DataPlane, voucher: Voucher
) -> None:
    shop = plane.caller("shop-backend")
    mine, other = shop.store(person()).subject, shop.store(person()).subject
    seen = shop.reveal(mine, ["city"], purpose="account")
    foreign = shop.reveal(other, ["city"], purpose="account")
    client = herself(voucher, mine)

    found = client.own_entries(mine).entries

    told = [json.loads(one.details or "{}") for one in found]
    assert [(one["verb"], one["subject"]) for one in told] == [("reveal", mine), ("store", mine)]
    assert found[0].index == seen.receipt.index
    first = client.own_entries(mine, count=1)
    rest = client.own_entries(mine, before=first.next).entries
    assert (*first.entries, *rest) == found
    assert json.loads(client.receipt(seen.receipt.index).to_json())["details"]
    assert json.loads(client.receipt(foreign.receipt.index).to_json())["details"] is None
    with pytest.raises(DeniedError) as refused:
        client.own_entries(other)
    assert refused.value.reason == "subject-foreign"
    with pytest.raises(DeniedError):
        shop.own_entries(mine)
    assert plane.caller("auditor").own_entries(mine).entries[-2:] == found


def test_an_erased_customer_has_no_entries_to_read(plane: DataPlane, voucher: Voucher) -> None:
    shop = plane.caller("shop-backend")
    mine = shop.store(person()).subject
    shop.erase(mine)

    with pytest.raises(ErasedError):
        herself(voucher, mine).own_entries(mine)
    with pytest.raises(NotFoundError):
        plane.caller("auditor").own_entries("cus_" + "0" * 27)
