"""A control plane vouches for people: by signature, for one request, and no further."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from shopward_client import DeniedError, Event, InvalidError, NotFoundError, UnauthenticatedError
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
    for read in (lambda: client.entries(0, 1), lambda: client.facts(mine.subject)):
        with pytest.raises(NotFoundError):
            read()


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
