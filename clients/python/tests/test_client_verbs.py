"""Every verb: what leaves, and what is made of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

import shopward_client as sc
from clients.python.tests.fake_vault import Driver, FakeVault
from shopward_client.items import Item

Problems = Callable[..., dict[str, object]]
ADA = "ada@example.com"
HEAD = {"checkpoint": "head"}
EXPIRES = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))


def test_store_seals_fields_under_a_key_of_its_own(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.says({"subject": "cus_1", "receipt": receipt, "tokens": {"email": "tok_1"}}, 201)
    stored = driver.do("store", {"email": ADA}, external="42", tokens=("email",), reference="r")
    request = vault.asked[0]
    assert (request.method, request.url.path) == ("POST", "/v1/records")
    assert vault.body == {
        "fields": {"email": ADA},
        "external": "42",
        "tokens": ["email"],
        "reference": "r",
    }
    assert len(request.headers["idempotency-key"]) == 32
    assert request.headers["content-type"] == "application/json"
    assert stored == sc.Stored("cus_1", sc.Receipt(7, "bGVhZg==", "note"), {"email": "tok_1"})


def test_reveal_names_purpose_and_fact_and_carries_no_key(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.says({"subject": "cus_1", "fields": {"email": ADA, "phone": None}, "receipt": receipt})
    shown = driver.do("reveal", "cus_1", ["email", "phone"], purpose="fulfil", fact="order:1042")
    assert vault.asked[0].url.path == "/v1/reveal"
    assert vault.body == {
        "subject": "cus_1",
        "fields": ["email", "phone"],
        "purpose": "fulfil",
        "fact": "order:1042",
    }
    assert "idempotency-key" not in vault.asked[0].headers
    assert shown.fields == {"email": ADA, "phone": None}


def test_search_finds_nobody(driver: Driver, vault: FakeVault, receipt: dict[str, object]) -> None:
    vault.says({"found": False, "subject": None, "receipt": receipt})
    found = driver.do("search", "email", ADA, purpose="support")
    assert vault.body == {"field": "email", "value": ADA, "purpose": "support"}
    assert (found.found, found.subject, found.receipt.index) == (False, None, 7)


def test_update_removes_a_field_with_null(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.says({"subject": "cus_1", "receipt": receipt})
    assert driver.do("update", "cus_1", {"phone": None}).tokens == {}
    assert vault.asked[0].url.path == "/v1/update"
    assert vault.body == {"subject": "cus_1", "fields": {"phone": None}, "tokens": []}


@pytest.mark.parametrize(
    ("classes", "sent"),
    [(None, {}), (["tax"], {"classes": ["tax"]}), ([], {"classes": []})],
    ids=["all", "one", "none-is-not-all"],
)
def test_erase_never_widens_what_was_asked(
    driver: Driver,
    vault: FakeVault,
    receipt: dict[str, object],
    classes: list[str] | None,
    sent: dict[str, object],
) -> None:
    vault.says({"subject": "cus_1", "classes": ["tax"], "receipt": receipt})
    assert driver.do("erase", "cus_1", classes=classes).classes == ("tax",)
    assert vault.body == {"subject": "cus_1"} | sent


def test_explain_tells_the_steps(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    said = {"verdict": "deny", "sentence": "No.", "steps": ["a", "b"], "receipt": receipt}
    vault.says(said | {"reason": "fact-closed"})
    explained = driver.do("explain", purpose="fulfil", fields=["email"], role="courier")
    assert (explained.steps, explained.reason, explained.hint) == (("a", "b"), "fact-closed", None)
    assert vault.body == {
        "purpose": "fulfil",
        "fields": ["email"],
        "role": "courier",
        "verb": "reveal",
    }


def test_put_fact_writes_type_id_and_utc(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.says({"type": "order", "id": "10:42", "state": "open", "version": 1, "receipt": receipt})
    driver.do("put_fact", "order:10:42", "cus_1", "open", expires=EXPIRES, version=0)
    assert (vault.asked[0].method, vault.asked[0].url.path) == ("PUT", "/v1/facts")
    assert "idempotency-key" in vault.asked[0].headers
    assert vault.body == {
        "type": "order",
        "id": "10:42",
        "subject": "cus_1",
        "state": "open",
        "expires": "2026-01-02T01:04:05Z",
        "version": 0,
    }


def test_facts_are_listed_by_subject(driver: Driver, vault: FakeVault) -> None:
    row = {"type": "order", "id": "1042", "state": "open", "version": 3}
    vault.says({"subject": "cus_1", "facts": [row]})
    listed = driver.do("facts", "email:ada+x@example.com")
    assert str(vault.asked[0].url).endswith("/v1/facts?subject=email%3Aada%2Bx%40example.com")
    assert listed.facts == (sc.FactRow("order", "1042", "open", 3),)


def test_a_batch_answers_each_item_in_its_place(
    driver: Driver, vault: FakeVault, receipt: dict[str, object], make_problem: Problems
) -> None:
    refused = make_problem("denied", 403, reason="fact-closed", receipt=receipt)
    good = {"subject": "cus_2", "fields": {"email": ADA}, "receipt": {"index": 8, "leaf_hash": "x"}}
    items = [
        {"status": 403, "reference": "a", "problem": refused},
        {"status": 200, "reference": "b", "result": good},
    ]
    vault.says({"items": items, "checkpoint": "head"})
    asked = [sc.Reveal("cus_1", ["email"], reference="a"), sc.Reveal("cus_2", ["email"])]
    batch = driver.do("reveal_many", iter(asked))
    assert vault.asked[0].url.path == "/v1/reveal/batch"
    assert vault.body == {"items": [item.to_wire() for item in asked]}
    assert (len(batch), batch.checkpoint) == (2, "head")
    assert [outcome.reference for outcome in batch] == ["a", "b"]
    assert batch[1].unwrap().fields == {"email": ADA}
    assert batch[:1] == (batch[0],)
    with pytest.raises(sc.DeniedError) as denied:
        batch[0].unwrap()
    assert (denied.value.reason, denied.value.receipt.index) == ("fact-closed", 7)


@pytest.mark.parametrize(
    ("verb", "item", "path"),
    [
        ("store_many", sc.Store({"email": ADA}), "/v1/records/batch"),
        ("update_many", sc.Update("cus_1", {"email": ADA}), "/v1/update/batch"),
        ("erase_many", sc.Erase("cus_1"), "/v1/erase/batch"),
        ("put_facts", sc.PutFact("order:1", "cus_1", "open"), "/v1/facts/batch"),
        ("search_many", sc.Search("email", ADA), "/v1/search/batch"),
        ("explain_many", sc.Explain(purpose="fulfil"), "/v1/explain/batch"),
    ],
)
def test_every_batch_has_its_path_and_writes_have_one_key(
    driver: Driver, vault: FakeVault, make_problem: Problems, verb: str, item: Item, path: str
) -> None:
    vault.says({"items": [{"status": 400, "problem": make_problem("invalid", 400)}] * 2} | HEAD)
    batch = driver.do(verb, [item, item])
    assert (vault.asked[0].method, vault.asked[0].url.path) == ("POST", path)
    assert vault.body == {"items": [item.to_wire()] * 2}
    reads = {"search_many", "explain_many"}
    assert ("idempotency-key" in vault.asked[0].headers) == (verb not in reads)
    assert all(isinstance(outcome.problem, sc.InvalidError) for outcome in batch)


@pytest.mark.parametrize("rows", [[], [{"status": 200}], [{"status": 200, "result": {}}]])
def test_a_batch_with_too_few_or_empty_outcomes_is_refused(
    driver: Driver, vault: FakeVault, rows: list[object]
) -> None:
    vault.says({"items": rows} | HEAD)
    with pytest.raises(sc.UnexpectedAnswerError):
        driver.do("erase_many", [sc.Erase("cus_1")])


def test_policy_callers_and_reload(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.says({"sha256": "ab", "shop": "Acme", "loaded": "2026-01-02T03:04:05Z"})
    assert driver.do("policy").refused == ()
    vault.says({"sha256": "ab", "shop": "Acme", "loaded": "t", "refused": ["fields.x: no"]})
    assert driver.do("reload_policy").refused == ("fields.x: no",)
    made = {"id": "7f", "name": "shop", "role": "shop-backend", "credential": "swc_7f_new"}
    vault.says(made | {"receipt": receipt}, 201)
    caller = driver.do("add_caller", "shop", "shop-backend", clauses=("trained:pii",))
    assert vault.body["clauses"] == ["trained:pii"]
    assert caller.credential == "swc_7f_new"
    assert "swc_7f_new" not in repr(caller)
    row = {"id": "7f", "name": "shop", "role": "r", "assurance": 2, "clauses": [], "created": "t"}
    vault.says({"callers": [row]})
    assert driver.do("callers")[0].revoked is None
    vault.says({"id": "7f", "receipt": receipt})
    assert driver.do("revoke_caller", "7f/../x").id == "7f"
    sent = [(one.method, one.url.raw_path.decode()) for one in vault.asked]
    assert sent == [
        ("GET", "/v1/policy"),
        ("POST", "/v1/policy/reload"),
        ("POST", "/v1/callers"),
        ("GET", "/v1/callers"),
        ("DELETE", "/v1/callers/7f%2F..%2Fx"),
    ]


def test_an_ill_vault_is_an_answer_and_sees_no_credential(driver: Driver, vault: FakeVault) -> None:
    vault.says({"status": "draining", "problems": ["stopping"]}, 503)
    vault.says({"status": "ok"})
    assert driver.do("readyz") == sc.Health("draining", ("stopping",), is_well=False)
    assert driver.do("healthz") == sc.Health("ok", (), is_well=True)
    assert vault.slept == []
    assert all("authorization" not in request.headers for request in vault.asked)


def test_the_credential_is_asked_for_each_time(driver: Driver, vault: FakeVault) -> None:
    keys = iter(["swc_a_1", "swc_a_2"])
    for _ in range(2):
        vault.refuses("unavailable", 503)
    with pytest.raises(sc.UnavailableError):
        driver.run(
            lambda client: client.policy(),
            credential=lambda: next(keys),
            retry=sc.Retry(attempts=2),
        )
    sent = [request.headers["authorization"] for request in vault.asked]
    assert sent == ["Bearer swc_a_1", "Bearer swc_a_2"]


def test_a_newer_vault_may_say_more(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    vault.says({"subject": "cus_1", "receipt": receipt | {"witness": []}, "later": {"x": 1}})
    assert driver.do("update", "cus_1", {"phone": "1"}).subject == "cus_1"


@pytest.mark.parametrize(
    ("verb", "arguments", "field"),
    [
        ("reveal", ("cus_1", "email"), "fields"),
        ("erase", ("cus_1",), "classes"),
        ("put_fact", ("order", "cus_1", "open"), "fact"),
        ("put_fact", ("order:1", "cus_1", "open"), "expires"),
        ("store", ({"email": ADA},), "idempotency_key"),
        ("tile", (64, 0), "tile"),
    ],
)
def test_slips_are_caught_before_anything_leaves(
    driver: Driver, vault: FakeVault, verb: str, arguments: tuple[object, ...], field: str
) -> None:
    options = {
        "classes": {"classes": "account"},
        "expires": {"expires": datetime(2026, 1, 2)},  # noqa: DTZ001 - the slip itself
        "idempotency_key": {"idempotency_key": "a b"},
    }.get(field, {})
    with pytest.raises(sc.InvalidError) as slip:
        driver.do(verb, *arguments, **options)
    assert slip.value.field == field
    assert vault.asked == []


def test_odd_text_travels_whole(
    driver: Driver, vault: FakeVault, receipt: dict[str, object]
) -> None:
    odd = "Zoë \u202e \ud800 𝔸"
    vault.says({"subject": "cus_1", "receipt": receipt})
    driver.do("update", "cus_1", {"name": odd})
    assert json.loads(vault.asked[0].content)["fields"]["name"] == odd


def test_utc_times_end_in_z() -> None:
    item = sc.PutFact("order:1", "cus_1", "open", datetime(2026, 1, 2, tzinfo=UTC))
    assert item.to_wire()["expires"] == "2026-01-02T00:00:00Z"
