"""A distinctive value in every field: afterwards it is nowhere but in the answers to its looks."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shopward_client import PutFact, Reveal, Search, ShopwardError, Store, Update
from tests.scenarios.plane import PASSPHRASE, Answer, DataPlane

LEAST = 8
"""A piece of a canary this long is a leak."""


@dataclass(slots=True)
class Canaries:
    """What must not show up, and everything that was said meanwhile."""

    plane: DataPlane
    values: dict[str, str]
    hidden: dict[str, str] = field(default_factory=dict)
    errors: list[tuple[str, Answer]] = field(default_factory=list)
    entries: str = ""

    def all(self) -> dict[str, str]:
        return self.values | self.hidden


def _values() -> dict[str, str]:
    """A value for each field of the policy, with something in it that exists nowhere else."""

    def mark() -> str:
        return "q" + secrets.token_hex(6)

    return {
        "first_name": mark(),
        "last_name": mark(),
        "email": f"{mark()}@{mark()}.example",
        "phone": f"+49 30 9{secrets.randbelow(10**8):08}",
        "company": mark(),
        "address1": f"{mark()} 7",
        "address2": mark(),
        "city": mark(),
        "postcode": f"Q{secrets.randbelow(10**9):09}",
        "province": mark(),
        "note": f"{mark()} {mark()}",
        "tags": mark(),
        "accepts_marketing": mark(),
        "vat_id": f"DE{secrets.randbelow(10**9):09}",
    }


@pytest.fixture(scope="module")
def canaries(file_plane: DataPlane) -> Canaries:
    """A shop's day: things that work, things that fail in every way, and a policy that breaks."""
    told = Canaries(file_plane, _values())
    told.hidden["passphrase"] = PASSPHRASE
    credential = file_plane.credential("shop-backend", assurance=2, clauses=("trained:pii",))
    told.hidden["credential"] = credential.rpartition("_")[2]
    _work(told, credential)
    _fail(told, credential)
    sound = (file_plane.home / "policy.toml").read_text()
    file_plane.edit_policy(lambda text: text + "\n[fields.q]\n")
    with file_plane.operator() as operator:
        operator.reload_policy()
        (file_plane.home / "policy.toml").write_text(sound)
        operator.reload_policy()
        rows = operator.entries(0, 1000).entries
        told.entries = "\n".join(row.details or "erased" for row in rows)
    return told


def _work(told: Canaries, credential: str) -> None:
    values, key, own = told.values, "k" + secrets.token_hex(12), "x" + secrets.token_hex(12)
    told.hidden |= {"key": key, "external": own}
    with told.plane.client(credential) as shop, told.plane.caller("order-system") as orders:
        stored = shop.store(
            values, external=own, tokens=["email", "phone"], idempotency_key=key, reference=own
        )
        told.hidden |= {f"token of {name}": token for name, token in stored.tokens.items()}
        told.hidden["subject"] = stored.subject
        asked = ["first_name", "email", "phone", "address1", "city", "postcode"]
        for subject in (stored.subject, f"external:{own}", f"email:{values['email']}"):
            assert shop.reveal(subject, asked, purpose="account").fields["city"] == values["city"]
        assert shop.search("phone", values["phone"], purpose="account").found
        shop.update(stored.subject, {"note": values["note"], "city": values["city"]})
        orders.put_fact("consent:1", f"external:{own}", "open")
        assert orders.facts(f"email:{values['email']}").facts


def _fail(told: Canaries, credential: str) -> None:
    """Every refusal that could quote something."""
    values, own, key = told.values, told.hidden["external"], told.hidden["key"]
    bodies: list[tuple[str, object]] = [
        ("/v1/records", {"fields": values}),
        ("/v1/records", {"fields": values, "external": own}),
        ("/v1/records", {"fields": values | {"q": values["note"]}}),
        ("/v1/records", {"fields": values, values["city"]: values["note"]}),
        ("/v1/records", {"fields": values["note"]}),
        ("/v1/records", {"fields": {"note": values["note"] * 500}}),
        ("/v1/reveal", {"subject": values["note"], "fields": ["city"]}),
        ("/v1/reveal", {"subject": f"email:{values['note']}", "fields": ["city"]}),
        (
            "/v1/reveal",
            {"subject": f"external:{values['note']}", "fields": ["city"], "purpose": "account"},
        ),
        ("/v1/reveal", {"subject": f"email:{values['email']}", "fields": ["city"]}),
        ("/v1/reveal", {"subject": told.hidden["subject"], "fact": values["note"]}),
        ("/v1/search", {"field": "email", "value": values["note"], "purpose": "account"}),
        ("/v1/search", {"field": "phone", "value": values["note"], "purpose": "account"}),
        ("/v1/search", {"field": "email", "value": values["email"]}),
        ("/v1/search", {"field": "city", "value": values["city"], "purpose": "account"}),
        ("/v1/update", {"subject": f"external:{own}", "fields": {"email": values["note"]}}),
        ("/v1/update", {"subject": f"external:{own}", "fields": {"country": values["note"]}}),
        ("/v1/update", {"subject": values["email"], "fields": {"city": values["city"]}}),
        ("/v1/erase", {"subject": values["phone"]}),
        ("/v1/explain", {"subject": values["email"], "fact": values["note"]}),
        (
            "/v1/records/batch",
            {"items": [{"fields": values}, {"fields": {"email": values["note"]}}]},
        ),
        ("/v1/search/batch", {"items": [{"field": "email", "value": values["note"]}]}),
    ]
    for path, body in bodies:
        _refused(told, path, told.plane.ask("POST", path, body, credential=credential))
        raw = json.dumps(body).encode()
        for cut in (raw[:-1], raw[: len(raw) // 2], raw + b"x", raw.replace(b'"', b"'")):
            _refused(told, path, told.plane.ask("POST", path, cut, credential=credential))
    again = {"fields": {"city": values["city"]}}
    for used in (key, f"{key} {values['city']}"):
        headers = {"Idempotency-Key": used}
        answer = told.plane.ask(
            "POST", "/v1/records", again, credential=credential, headers=headers
        )
        _refused(told, "/v1/records", answer)
    for path in (
        f"/v1/{values['city']}",
        f"/v1/receipts/{values['city']}",
        f"/v1/facts?subject={values['city']}",
    ):
        _refused(told, path, told.plane.ask("GET", path, credential=credential))
    for wrong in (credential + "x", credential[:-1], values["city"]):
        _refused(told, "credential", told.plane.ask("GET", "/v1/policy", credential=wrong))


def _refused(told: Canaries, path: str, answer: Answer) -> None:
    assert answer.status >= 200
    told.errors.append((path, answer))


def _assert_absent(canaries: Mapping[str, str], text: str | bytes, where: str) -> None:
    data = text.encode() if isinstance(text, str) else text
    for name, value in canaries.items():
        for form in _forms(value):
            assert form not in data, f"{name} shows in {where}"


def _forms(value: str) -> Iterator[bytes]:
    """The value, its parts, and how else it may be written down."""
    parts = {value, value.casefold(), value.upper(), *value.replace("@", " ").split(" ")}
    parts.add(value.replace(" ", ""))
    for part in parts:
        if len(part) >= LEAST:
            yield part.encode()
            yield part.encode().hex().encode()
            yield part.encode("utf-16-le")


def test_no_refusal_quotes_a_value_a_credential_or_a_key(canaries: Canaries) -> None:
    refused = [(path, one) for path, one in canaries.errors if one.status >= 400]
    assert len(refused) > 100
    for path, answer in refused:
        told = answer.body.decode() + repr(answer.headers)
        _assert_absent(canaries.all(), told, f"{answer.status} of {path}: {told}")


def test_items_that_failed_quote_nothing(canaries: Canaries) -> None:
    batches = [
        one for path, one in canaries.errors if path.endswith("/batch") and one.status == 200
    ]
    assert len(batches) == 2
    for answer in batches:
        problems = json.dumps([item.get("problem") for item in answer.json()["items"]])
        assert "invalid" in problems
        _assert_absent(canaries.all(), problems, "a batch")


def test_what_the_server_said_has_none_of_it(canaries: Canaries) -> None:
    words = canaries.plane.words()
    assert "ready on" in words
    assert "Traceback" not in words
    _assert_absent(canaries.all(), words, "the log")


@pytest.mark.parametrize("page", ["/metrics", "/healthz", "/readyz", "/openapi.json"])
def test_the_open_pages_have_none_of_it(canaries: Canaries, page: str) -> None:
    answer = canaries.plane.ask("GET", page)
    assert answer.status == 200
    _assert_absent(canaries.all(), answer.body, page)


def test_entries_name_fields_and_customers_and_no_value(canaries: Canaries) -> None:
    assert canaries.hidden["subject"] in canaries.entries
    hidden = {name: value for name, value in canaries.hidden.items() if name != "subject"}
    _assert_absent(canaries.values | hidden, canaries.entries, "the opened entries")


def test_the_files_of_the_store_hold_nothing_in_clear(canaries: Canaries) -> None:
    store = canaries.plane.home / "store"
    names = {path.name for path in store.iterdir()}
    assert {"vault.db", "vault.db-wal", "vault.db-shm"} <= names
    for path in [*store.iterdir(), canaries.plane.home / "keys" / "keystore.json"]:
        _assert_absent(canaries.all(), path.read_bytes(), path.name)


def test_nothing_was_left_in_temporary_files(canaries: Canaries) -> None:
    assert list((canaries.plane.home / "tmp").iterdir()) == []
    known = {
        "api.sock",
        "admin.sock",
        "keys",
        "log",
        "policy.toml",
        "shopward.toml",
        "store",
        "tmp",
    }
    assert {path.name for path in canaries.plane.home.iterdir()} == known


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc")
def test_other_processes_see_none_of_it(canaries: Canaries) -> None:
    process = canaries.plane.process
    assert process is not None
    folder = Path("/proc") / str(process.pid)
    for name in ("cmdline", "environ", "comm", "maps", "status"):
        _assert_absent(canaries.all(), (folder / name).read_bytes(), name)
    opened = [str(link.readlink()) for link in (folder / "fd").iterdir()]
    own = [path for path in opened if str(canaries.plane.home) in path]
    assert {Path(path).name for path in own} <= {
        "vault.db",
        "vault.db-wal",
        "vault.db-shm",
        "vault.db.lock",
        "log",
    }


def test_the_client_shows_none_of_it_in_its_errors(canaries: Canaries) -> None:
    values = canaries.values
    with canaries.plane.caller("shop-backend") as shop:
        for look in (
            lambda: shop.store(values),
            lambda: shop.reveal(f"email:{values['email']}", ["note"], purpose="account"),
            lambda: shop.search("email", values["note"], purpose="account"),
            lambda: shop.update(f"email:{values['email']}", {"country": values["note"]}),
        ):
            with pytest.raises(ShopwardError) as caught:
                look()
            told = f"{caught.value!r} {caught.value} {caught.value.detail} {caught.value.hint}"
            _assert_absent(values, told, "an error of the client")
    for item in (
        Store(values, external=values["note"]),
        Reveal(values["email"], ["city"]),
        Search("email", values["email"]),
        Update(values["email"], values),
        PutFact("order:1", values["email"], "open"),
    ):
        _assert_absent(values, repr(item), "an item of the client")


def test_an_erased_customers_values_are_not_in_the_store_once_it_is_tidied(
    own_plane: DataPlane,
) -> None:
    values = _values()
    with own_plane.caller("shop-backend") as shop:
        stored = shop.store(values, tokens=["email"])
        shop.erase(stored.subject)
    assert own_plane.stop() == 0
    for path in (own_plane.home / "store").iterdir():
        _assert_absent(values | stored.tokens, path.read_bytes(), path.name)
