"""A shop's webhooks state facts and file requests; nothing else comes through that door."""

from __future__ import annotations

import json
import stat
import time
from base64 import b64encode
from datetime import timedelta

import pytest

from shopward_client import (
    Client,
    ConflictError,
    DeniedError,
    ErasedError,
    NotFoundError,
    UnauthenticatedError,
)
from tests.scenarios.hooked import CLIENT_SECRET, Shop, shopify_order, woo_order
from tests.scenarios.people import number, person
from tests.scenarios.plane import DataPlane, kind_of, now

EARLY, LATER, LAST = "2026-11-20T08:00:00", "2026-11-20T08:00:05", "2026-11-21T08:00:00"


@pytest.fixture(scope="module")
def shop(plane: DataPlane) -> Client:
    return plane.caller("shop-backend")


@pytest.fixture(scope="module")
def orders(plane: DataPlane) -> Client:
    return plane.caller("order-system")


@pytest.fixture(scope="module")
def woo(plane: DataPlane) -> Shop:
    return Shop.register(plane, "woocommerce")


@pytest.fixture(scope="module")
def shopify(plane: DataPlane) -> Shop:
    return Shop.register(plane, "shopify")


@pytest.fixture(scope="module")
def signed(plane: DataPlane) -> Shop:
    return Shop.register(plane, "signed")


def states(orders: Client, subject: str) -> dict[str, str]:
    return {f"{one.type}:{one.id}": one.state for one in orders.facts(subject).facts}


def test_an_order_lets_the_warehouse_look_until_it_is_completed(
    plane: DataPlane, shop: Client, woo: Shop
) -> None:
    customer, order = number(), number()
    fields = person()
    subject = shop.store(fields, external=customer).subject
    warehouse = plane.caller("warehouse")
    opened = woo_order(order, int(customer), fields["email"], "processing", EARLY)
    assert woo.outcome(opened, "order.created") == "done"
    fact = f"order:{order}"
    assert warehouse.reveal(subject, ["city"], purpose="fulfil", fact=fact).fields["city"]
    done = woo_order(order, int(customer), fields["email"], "completed", LATER)
    assert woo.outcome(done, "order.updated") == "done"
    with pytest.raises(DeniedError) as caught:
        warehouse.reveal(subject, ["city"], purpose="fulfil", fact=fact)
    assert caught.value.reason == "fact-closed"


def test_a_guest_is_found_by_the_mail_address(
    shop: Client, orders: Client, woo: Shop, shopify: Shop
) -> None:
    fields = person()
    subject = shop.store(fields).subject
    one, two = number(), number()
    mail = fields["email"].upper()
    assert woo.outcome(woo_order(one, 0, mail, "on-hold", EARLY), "order.created") == "done"
    assert (
        shopify.outcome(shopify_order(two, None, mail, EARLY + "+01:00"), "orders/paid") == "done"
    )
    assert states(orders, subject) == {f"order:{one}": "open", f"order:{two}": "open"}


def test_a_parcel_opens_a_shipment_and_an_archived_order_closes_both(
    shop: Client, orders: Client, shopify: Shop
) -> None:
    customer, order = int(number()), number()
    fields = person()
    subject = shop.store(fields, external=str(customer)).subject

    def sent(at: str, **more: object) -> str:
        order_now = shopify_order(order, customer, fields["email"], at + "Z", **more)
        return shopify.outcome(order_now, "orders/updated")

    assert sent(EARLY) == "done"
    assert states(orders, subject) == {f"order:{order}": "open"}
    assert sent(LATER, fulfillment_status="fulfilled") == "done"
    assert states(orders, subject) == {f"order:{order}": "open", f"shipment:{order}": "open"}
    assert sent(LAST, fulfillment_status="fulfilled", closed_at=LAST) == "done"
    assert set(states(orders, subject).values()) == {"closed"}


def test_what_was_sent_earlier_and_comes_later_changes_nothing(
    shop: Client, orders: Client, woo: Shop
) -> None:
    fields, order = person(), number()
    subject = shop.store(fields).subject
    mail = fields["email"]
    assert woo.outcome(woo_order(order, 0, mail, "completed", LATER), "order.updated") == "done"
    assert woo.outcome(woo_order(order, 0, mail, "processing", EARLY), "order.updated") == "stale"
    assert states(orders, subject)[f"order:{order}"] == "closed"
    same = woo_order(order, 0, mail, "processing", LATER)
    assert woo.outcome(same, "order.updated") == "stale"
    assert states(orders, subject)[f"order:{order}"] == "closed"


def test_closed_wins_over_open_within_one_second(shop: Client, orders: Client, woo: Shop) -> None:
    fields, order = person(), number()
    subject = shop.store(fields).subject
    for status in ("processing", "completed"):
        sent = woo_order(order, 0, fields["email"], status, EARLY)
        assert woo.outcome(sent, "order.updated") == "done"
    assert states(orders, subject)[f"order:{order}"] == "closed"


def test_the_same_delivery_is_done_once(
    plane: DataPlane, shop: Client, orders: Client, woo: Shop
) -> None:
    fields, order = person(), number()
    subject = shop.store(fields).subject
    sent = woo_order(order, 0, fields["email"], "processing", EARLY)
    first = woo.send(sent, "order.created").json()
    size = plane.size()
    again = woo.send(sent, "order.created").json()
    assert again["outcome"] == "done"
    assert again["receipt"]["index"] == first["receipt"]["index"]
    assert plane.size() == size
    assert len(orders.facts(subject).facts) == 1


def test_each_delivery_is_entered_without_what_was_in_it(
    plane: DataPlane, shop: Client, woo: Shop
) -> None:
    fields = person()
    shop.store(fields)
    order = number()
    sent = woo_order(order, 0, fields["email"], "processing", EARLY)
    index = woo.send(sent, "order.created").json()["receipt"]["index"]
    auditor = plane.caller("auditor")
    assert kind_of(auditor.entries(index, 1).entries[0].leaf) == "webhook:delivered"
    details = plane.entry(auditor, index)
    assert details["about"] == f"{woo.name} woocommerce order.created done"
    every = json.dumps([plane.entry(auditor, at) for at in range(index - 2, index + 1)])
    assert fields["email"] not in every
    assert "Tea" not in every


def test_an_unknown_customer_is_an_outcome_and_names_nobody(woo: Shop) -> None:
    sent = woo_order(number(), 987654321, "nobody@example.com", "processing", EARLY)
    answer = woo.send(sent, "order.created")
    assert answer.status == 200
    assert answer.json()["outcome"] == "unknown-customer"
    assert b"nobody" not in answer.body
    bad = woo_order(number(), 0, "no address", "processing", EARLY)
    assert woo.outcome(bad, "order.created") == "unknown-customer"


@pytest.mark.parametrize("topic", ["product.updated", "order.deleted", "action.x", "", "x" * 9_000])
def test_other_topics_are_ignored(woo: Shop, topic: str) -> None:
    assert woo.outcome({"id": 7, "customer_id": "nonsense"}, topic) == "ignored"


# What is not signed


@pytest.mark.parametrize("form", ["woocommerce", "shopify", "signed"])
def test_what_is_not_signed_gets_401_and_leaves_no_trace(
    plane: DataPlane, request: pytest.FixtureRequest, form: str
) -> None:
    hook: Shop = request.getfixturevalue({"woocommerce": "woo"}.get(form, form))
    body = hook.body({"secret": "canary-5f1"})
    good = hook.signed(body, "orders/create")
    name = next(iter(good))
    size = plane.size()
    bad = [
        {},
        {name: ""},
        {name: good[name][:-4] + "AAA="},
        {name: "é" * 44},
        {name: good[name] * 2},
    ]
    for headers in bad:
        sent = {key: value.encode().decode("latin-1") for key, value in headers.items()}
        answer = hook.raw(body, sent)
        assert answer.status == 401, headers
        assert b"canary" not in answer.body
    other = hook.raw(body + b" ", good)
    assert other.status == 401
    assert plane.size() == size


def test_a_hook_that_is_not_there_is_told_the_same(plane: DataPlane, woo: Shop) -> None:
    known = woo.raw(b"{}", {})
    for name in ("nobody", "x/y", "", "%00"):
        answer = plane.ask("POST", f"/v1/hooks/{name}", b"{}")
        assert answer.status == 401
        assert answer.body == known.body


def test_a_hooks_secret_is_no_credential(plane: DataPlane, woo: Shop) -> None:
    with plane.operator() as operator:
        (row,) = [one for one in operator.callers() if one.name == woo.name]
    forged = plane.client(f"swc_{row.id}_{woo.secret}")
    with pytest.raises(UnauthenticatedError):
        forged.facts("external:1")


@pytest.mark.parametrize("seconds", [-301, 301, -86400])
def test_an_old_signature_is_none(signed: Shop, seconds: int) -> None:
    body = signed.body({"event": "shop.unknown", "at": EARLY + "Z"})
    moment = int(time.time()) + seconds
    assert signed.raw(body, signed.signed(body, at=moment)).status == 401
    near = int(time.time()) + (290 if seconds > 0 else -290)
    assert signed.raw(body, signed.signed(body, at=near)).status == 200


def test_the_time_is_part_of_what_is_signed(signed: Shop) -> None:
    body = signed.body({"event": "shop.unknown", "at": EARLY + "Z"})
    old = signed.signed(body, at=int(time.time()) - 4000)["Shopward-Signature"]
    moved = f"t={int(time.time())}," + old.partition(",")[2]
    assert signed.raw(body, {"Shopward-Signature": moved}).status == 401


# What is malformed


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"id": 1}',
        {"id": 1, "status": 7, "date_modified_gmt": EARLY},
        {"id": -1, "status": "processing", "date_modified_gmt": EARLY},
        {"id": 1, "status": "processing", "date_modified_gmt": "canary yesterday"},
        {"id": 1, "status": "processing", "date_modified_gmt": "2999-01-01T00:00:00"},
        {"id": 1, "number": "two words", "status": "processing", "date_modified_gmt": EARLY},
        b"[" * 5_000,
    ],
)
def test_a_body_that_is_none_is_400_and_not_repeated(woo: Shop, document: object) -> None:
    answer = woo.send(document, "order.created")
    assert answer.status == 400
    assert b"canary" not in answer.body
    assert b"two words" not in answer.body


def test_a_body_is_bounded_and_json(woo: Shop) -> None:
    large = b'{"x": "' + b"a" * 9_000_000 + b'"}'
    assert woo.raw(large, woo.signed(large, "order.created")).status == 413
    body = woo.body({"id": 1})
    headers = woo.signed(body, "order.created") | {"Content-Type": "text/plain"}
    assert woo.raw(body, headers).status == 415
    assert woo.plane.ask("GET", f"/v1/hooks/{woo.name}").status == 405


def test_woocommerces_ping_is_answered_and_does_nothing(plane: DataPlane, woo: Shop) -> None:
    size = plane.size()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = woo.raw(b"webhook_id=12", form)
    assert (answer.status, answer.body) == (200, b"{}")
    assert woo.raw(b"webhook_id=12&x=1", form).status == 415
    assert plane.size() == size


# What customers ask


def privacy(customer: int | None, mail: str | None, **more: object) -> dict[str, object]:
    who = {"customer": {"id": customer, "email": mail, "phone": "555-625-1199"}}
    return {"shop_id": 954889, "shop_domain": "shop.example", **who, **more}


def asked(plane: DataPlane) -> dict[str, str | None]:
    with plane.operator() as operator:
        return {f"{one.type}:{one.id}": one.subject for one in operator.requests().requests}


def test_a_request_for_data_is_answered_while_it_is_open(
    plane: DataPlane, shop: Client, shopify: Shop
) -> None:
    customer, fields = int(number()), person()
    subject = shop.store(fields, external=str(customer)).subject
    document = privacy(
        customer, fields["email"], orders_requested=[299938], data_request={"id": customer}
    )
    assert shopify.outcome(document, "customers/data_request") == "filed"
    (name,) = [name for name, who in asked(plane).items() if who == subject]
    assert name.startswith("access-request:shopify-")
    officer = plane.caller("privacy", assurance=2)
    seen = officer.reveal(subject, ["email", "vat_id"], purpose="access", fact=name)
    assert seen.fields["email"] == fields["email"]
    officer.close_request(*name.split(":"), "done")
    assert name not in asked(plane)
    with pytest.raises(DeniedError):
        officer.reveal(subject, ["email"], purpose="access", fact=name)
    with pytest.raises(NotFoundError):
        officer.close_request(*name.split(":"), "done")


def test_a_request_for_erasure_keeps_what_a_law_keeps(
    plane: DataPlane, shop: Client, shopify: Shop
) -> None:
    customer, fields = int(number()), person()
    subject = shop.store(fields, external=str(customer)).subject
    document = privacy(customer, fields["email"], orders_to_redact=[299938, 280263])
    assert shopify.outcome(document, "customers/redact") == "filed"
    assert shopify.outcome(document, "customers/redact") == "filed"
    (name,) = [name for name, who in asked(plane).items() if who == subject]
    assert name.startswith("erasure-request:")
    assert shop.reveal(subject, ["city"], purpose="account").fields["city"] == "London"
    gone = plane.caller("privacy").erase(subject)
    assert [one.name for one in gone.stays] == ["tax"]
    assert name not in asked(plane)
    with pytest.raises(ErasedError):
        shop.reveal(subject, ["city"], purpose="account")
    again = privacy(customer, fields["email"], orders_to_redact=[1])
    assert shopify.outcome(again, "customers/redact") in {"erased", "unknown-customer"}


def test_a_shop_that_leaves_is_a_request_about_no_customer(plane: DataPlane, shopify: Shop) -> None:
    document = {"shop_id": int(number()), "shop_domain": "shop.example"}
    assert shopify.outcome(document, "shop/redact") == "filed"
    (name,) = [name for name in asked(plane) if name.startswith("shop-request:")]
    assert asked(plane)[name] is None
    with plane.operator() as operator:
        operator.close_request(*name.split(":"), "refused")
    assert name not in asked(plane)


def test_the_topic_of_another_body_files_nothing(plane: DataPlane, shopify: Shop) -> None:
    """Topics are not signed: who caught a body must not turn it into something else."""
    mail = person()["email"]
    data = privacy(1, mail, orders_requested=[], data_request={"id": 1})
    redact = privacy(1, mail, orders_to_redact=[])
    left = {"shop_id": 1, "shop_domain": "shop.example"}
    order = shopify_order(number(), 1, mail, EARLY + "Z")
    bodies = {"customers/data_request": data, "customers/redact": redact, "shop/redact": left}
    before = asked(plane)
    for topic in bodies:
        for mine, body in [*bodies.items(), ("orders/create", order)]:
            if mine != topic:
                assert shopify.send(body, topic).status == 400, (mine, topic)
    for body in bodies.values():
        assert shopify.send(body, "orders/create").status == 400
    assert asked(plane) == before


def test_who_is_frozen_may_still_ask(plane: DataPlane, shop: Client, signed: Shop) -> None:
    fields = person()
    subject = shop.store(fields).subject
    guard = plane.caller("security")
    guard.freeze(
        until=now() + timedelta(hours=1),
        reason="stolen",
        subject=subject,
        stops=["facts", "reveal"],
    )
    event = {"event": "order.paid", "at": EARLY + "Z", "order": number()}
    refused = signed.send(event | {"customer": {"email": fields["email"]}})
    assert (refused.status, refused.json()["reason"]) == (403, "subject-frozen")
    wish = {"event": "customer.redact", "at": EARLY + "Z", "customer": {"email": fields["email"]}}
    assert signed.outcome(wish) == "filed"
    assert subject in asked(plane).values()


def test_our_own_format_states_every_step(shop: Client, orders: Client, signed: Shop) -> None:
    customer, order = number(), number()
    subject = shop.store(person(), external=customer).subject
    steps = {"order.opened": "open", "order.paid": "open", "order.shipped": "open"}
    for at, (event, state) in enumerate((steps | {"order.closed": "closed"}).items()):
        moment = f"2026-11-20T08:00:0{at}Z"
        said = {"event": event, "at": moment, "order": order, "customer": {"id": customer}}
        assert signed.outcome(said) == "done"
        assert states(orders, subject)[f"order:{order}"] == state
    assert states(orders, subject)[f"shipment:{order}"] == "closed"
    assert signed.send({"event": "order.paid", "at": EARLY + "Z"}).status == 400
    assert signed.send({"event": "order.paid", "at": EARLY + "Z", "x": 1}).status == 400


def test_an_order_of_another_customer_stays_theirs(
    shop: Client, orders: Client, signed: Shop
) -> None:
    one, two, order = number(), number(), number()
    subject = shop.store(person(), external=one).subject
    other = shop.store(person(), external=two).subject
    said = {"event": "order.paid", "at": EARLY + "Z", "order": order}
    assert signed.outcome(said | {"customer": {"id": one}}) == "done"
    assert signed.outcome(said | {"customer": {"id": two}}) == "conflict"
    assert states(orders, other) == {}
    assert f"order:{order}" in states(orders, subject)


# Who may


def test_requests_are_for_those_who_may_deal_with_them(plane: DataPlane) -> None:
    for role in ("shop-backend", "order-system", "support", "auditor"):
        with pytest.raises(DeniedError):
            plane.caller(role).requests()
        with pytest.raises(DeniedError):
            plane.caller(role).close_request("access-request", "web-1", "done")


def test_a_hooks_role_states_facts_and_nothing_else(plane: DataPlane) -> None:
    with plane.operator() as operator:
        for role in ("shop-backend", "support", "owner", "nobody"):
            with pytest.raises(ConflictError):
                operator.add_webhook(f"x-{role}", "signed", role)
        with pytest.raises(ConflictError) as caught:
            operator.add_webhook("y", "shopify", "shop-events")
    assert "client secret" in caught.value.detail


def test_a_role_that_may_more_now_closes_the_door(own_plane: DataPlane) -> None:
    hook = Shop.register(own_plane, "signed")
    event = {"event": "shop.unknown", "at": EARLY + "Z"}
    assert hook.send(event).status == 200
    more = (
        'title = { en = "our shop software\'s messages", de = "Meldungen unserer Shop-Software" }'
    )

    def widen(text: str) -> str:
        assert more in text
        return text.replace(f'{more}\nmay = ["facts"]', f'{more}\nmay = ["facts", "erase"]')

    own_plane.edit_policy(widen)
    with own_plane.operator() as operator:
        operator.reload_policy()
    refused = hook.send(event)
    assert refused.status == 403
    assert b"may do more" in refused.body


def test_a_new_secret_is_taken_and_the_old_one_until_its_time(plane: DataPlane) -> None:
    hook = Shop.register(plane, "signed")
    event = {"event": "shop.unknown", "at": EARLY + "Z"}
    with plane.operator() as operator:
        turned = operator.rotate_webhook(hook.name, grace_hours=1)
        new = Shop(plane, hook.name, "signed", turned.secret or "")
        assert (new.send(event).status, hook.send(event).status) == (200, 200)
        last = operator.rotate_webhook(hook.name, grace_hours=0)
        newest = Shop(plane, hook.name, "signed", last.secret or "")
        statuses = [each.send(event).status for each in (newest, new, hook)]
        assert statuses == [200, 401, 401]
        assert operator.rotate_webhook(hook.name, secret="s" * 20).secret is None


def test_a_revoked_hook_is_nobody_and_leaves_no_secret(plane: DataPlane) -> None:
    hook = Shop.register(plane, "signed")
    path = plane.home / "keys" / "webhooks.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert hook.secret in path.read_text()
    with plane.operator() as operator:
        assert hook.name in {one.name for one in operator.webhooks().hooks}
        with pytest.raises(ConflictError):
            operator.add_webhook(hook.name, "signed", "shop-events")
        operator.revoke_webhook(hook.name)
        with pytest.raises(NotFoundError):
            operator.revoke_webhook(hook.name)
        assert hook.name not in {one.name for one in operator.webhooks().hooks}
    assert hook.send({"event": "x", "at": EARLY + "Z"}).status == 401
    assert hook.secret not in path.read_text()


def test_a_file_of_secrets_that_others_can_read_closes_the_door(own_plane: DataPlane) -> None:
    hook = Shop.register(own_plane, "signed")
    event = {"event": "shop.unknown", "at": EARLY + "Z"}
    path = own_plane.home / "keys" / "webhooks.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"\n")
    assert hook.send(event).status >= 500
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().strip() + b"\n\n")
    assert hook.send(event).status == 200


def test_hooks_are_the_operators_alone(plane: DataPlane) -> None:
    owner = plane.caller("owner", assurance=2)
    for call in (
        owner.webhooks,
        lambda: owner.add_webhook("z", "signed", "shop-events"),
        lambda: owner.rotate_webhook("z"),
        lambda: owner.revoke_webhook("z"),
    ):
        with pytest.raises(NotFoundError):
            call()


def test_nothing_that_was_delivered_is_in_the_store_or_the_log(own_plane: DataPlane) -> None:
    hook = Shop.register(own_plane, "shopify")
    fields = person(email="canary-customer@example.com")
    own_plane.caller("shop-backend").store(fields)
    canary = "canary-7c2f-note"
    sent = shopify_order("77001", None, fields["email"], EARLY + "Z", note=canary)
    assert hook.outcome(sent, "orders/create") == "done"
    wish = privacy(None, fields["email"], orders_to_redact=[canary])
    assert hook.outcome(wish, "customers/redact") == "filed"
    own_plane.stop()
    everything = b"".join(
        path.read_bytes()
        for path in own_plane.home.rglob("*")
        if path.is_file() and path.name not in {"webhooks.json", "policy.toml"}
    )
    for text in (canary, fields["email"], CLIENT_SECRET):
        assert text.encode() not in everything
        assert b64encode(text.encode()) not in everything
