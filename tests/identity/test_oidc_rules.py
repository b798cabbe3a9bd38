"""The provider's rules by themselves: addresses, scopes and claims, keys, demands."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from joserfc import jwt
from joserfc.jwk import KeySet

from shopward.errors import ConfigError
from shopward.identity.oidc import asking, claims, reading, redirects, signing_keys, tokens
from shopward.identity.oidc.asking import Demand, Session, Step
from shopward.identity.oidc.signing_keys import KEEP, LEAD, TURN, SigningKeys, plan
from shopward.identity.oidc.tokens import Use
from shopward.policy import parse

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = parse((Path(__file__).parents[2] / "policy.example.toml").read_bytes())


def ago(**by: int) -> datetime:
    return NOW - timedelta(**by)


# Addresses


@pytest.mark.parametrize(
    "good",
    [
        "https://shop.example/signed-in",
        "https://shop.example",
        "https://shop.example:8443/a?b=c",
        "http://127.0.0.1:8000/cb",
        "http://localhost/cb",
        "http://[::1]:8000/cb",
    ],
)
def test_an_address_of_a_shop_is_https_or_of_this_machine(good: str) -> None:
    assert redirects.fault(good) is None


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "/cb",
        "shop.example/cb",
        "http://shop.example/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:///cb",
        "https://shop.example/#",
        "https://user@shop.example/",
        "https://*.shop.example/",
        "https://shop.example/a b",
        "https://shop.example/\n",
        "https://shöp.example/",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://[::1/",
        "https://shop.example/" + "a" * 500,
    ],
)
def test_anything_else_is_refused(bad: str) -> None:
    assert redirects.fault(bad)


@given(some.text(max_size=60))
def test_no_text_breaks_the_check_of_an_address(text: str) -> None:
    redirects.fault(text)
    redirects.fault("https://" + text)


# Tokens


def test_the_hash_of_a_token_is_for_one_use() -> None:
    made = tokens.new()
    assert len({tokens.digest(use, made) for use in Use}) == len(Use)
    assert tokens.is_secret(made, tokens.digest(Use.SECRET, made))
    assert not tokens.is_secret(tokens.new(), tokens.digest(Use.SECRET, made))


# Scopes and claims


def test_every_field_has_one_scope_and_one_claim() -> None:
    values = {name: f"<{name}>" for name in POLICY.fields}
    told = claims.claims(POLICY, values)
    assert told["given_name"] == "<first_name>"
    assert told["phone_number"] == "<phone>"
    assert told["address"]["postal_code"] == "<postcode>"
    said = str(told)
    assert all(f"<{name}>" in said for name in POLICY.fields)


@given(some.sets(some.sampled_from(sorted(POLICY.fields))), some.text(max_size=40))
def test_a_scope_never_asks_for_a_field_that_the_shop_has_not(
    allowed: set[str], scope: str
) -> None:
    everything = " ".join(claims.supported(POLICY))
    for asked in (scope, everything, f"{everything} {scope}"):
        assert set(claims.fields(POLICY, allowed, asked)) <= allowed
    assert set(claims.fields(POLICY, allowed, everything)) == allowed


def test_what_a_field_needs_is_read_from_the_policy() -> None:
    assert reading.needed(POLICY, "shop-sign-in", "account", ["email"]) == (1, None)
    assert reading.needed(POLICY, "shop-sign-in", "account", ["email", "vat_id"]) == (2, 900)
    assert reading.needed(POLICY, "nobody", "account", ["email"]) == (1, None)


# Demands


@pytest.mark.parametrize(
    ("said", "demand"),
    [
        ({}, Demand()),
        ({"acr_values": "aal2"}, Demand(level=2)),
        ({"acr_values": "aal3 aal1"}, Demand(level=1)),
        ({"acr_values": "gold aal2"}, Demand(level=2)),
        ({"acr_values": "gold"}, Demand(level=4)),
        ({"max_age": "0"}, Demand(max_age_s=0)),
        ({"prompt": "login consent"}, Demand(frozenset({"login", "consent"}))),
    ],
)
def test_parameters_are_understood(said: dict[str, str], demand: Demand) -> None:
    assert asking.parse(said) == demand


@given(some.dictionaries(some.sampled_from(["prompt", "max_age", "acr_values"]), some.text()))
def test_no_parameter_breaks_the_judgement(said: dict[str, str]) -> None:
    try:
        demand = asking.parse(said)
    except ValueError:
        return
    step, why = asking.judge(demand, Session(1, NOW), None, NOW)
    assert (step is Step.REFUSE) <= bool(why)


WEAK, STRONG = Session(1, ago(minutes=10)), Session(2, ago(minutes=10))
NONE = frozenset({"none"})


@pytest.mark.parametrize(
    ("demand", "there", "asked", "step", "why"),
    [
        (Demand(), None, None, Step.SIGN_IN, "login_required"),
        (Demand(), WEAK, None, Step.GO, ""),
        (Demand(NONE), None, None, Step.REFUSE, "login_required"),
        (Demand(NONE), WEAK, None, Step.GO, ""),
        (Demand(NONE, level=2), WEAK, None, Step.REFUSE, asking.UNMET),
        (Demand(level=2), STRONG, None, Step.GO, ""),
        (Demand(level=2), WEAK, None, Step.PROVE, asking.UNMET),
        (Demand(level=2), WEAK, ago(minutes=11), Step.REFUSE, asking.UNMET),
        (Demand(level=2), WEAK, ago(minutes=9), Step.PROVE, asking.UNMET),
        (Demand(level=4), STRONG, None, Step.REFUSE, asking.UNMET),
        (Demand(level=4), None, None, Step.REFUSE, asking.UNMET),
        (Demand(max_age_s=600), WEAK, None, Step.GO, ""),
        (Demand(max_age_s=599), WEAK, None, Step.PROVE, "login_required"),
        (Demand(max_age_s=1), WEAK, ago(minutes=11), Step.GO, ""),
        (Demand(max_age_s=0), Session(1, NOW), None, Step.PROVE, "login_required"),
        (Demand(frozenset({"login"})), WEAK, None, Step.PROVE, "login_required"),
        (Demand(frozenset({"login"})), WEAK, ago(minutes=11), Step.GO, ""),
        (Demand(frozenset({"login"})), WEAK, ago(minutes=9), Step.PROVE, "login_required"),
        (Demand(frozenset({"consent"})), WEAK, None, Step.REFUSE, "consent_required"),
    ],
)
def test_what_comes_next(
    demand: Demand, there: Session | None, asked: datetime | None, step: Step, why: str
) -> None:
    assert asking.judge(demand, there, asked, NOW) == (step, why)


# Keys


def test_the_first_key_signs_at_once() -> None:
    assert plan([NOW], NOW).signs == NOW
    assert plan([], NOW).is_due


def test_a_key_is_published_before_it_signs_and_after() -> None:
    old, new = ago(days=90), NOW
    assert plan([old], NOW).is_due
    assert not plan([old], NOW - timedelta(seconds=1)).is_due
    assert plan([old, new], NOW + LEAD - timedelta(seconds=1)).signs == old
    assert plan([old, new], NOW + LEAD).signs == new
    assert not plan([old, new], NOW + LEAD + KEEP - timedelta(seconds=1)).gone
    assert plan([old, new], NOW + LEAD + KEEP).gone == (old,)


@given(some.lists(some.integers(-400, 400), max_size=6, unique=True))
def test_there_is_always_a_key_that_signs_and_is_kept(days: list[int]) -> None:
    made = sorted(NOW + timedelta(days=one) for one in days)
    found = plan(made, NOW)
    assert found.is_due or made
    assert (found.signs is None) == (not made)
    assert found.signs not in found.gone


def test_keys_turn_in_their_folder(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path / "keys")
    first = keys.signing(NOW)
    assert not keys.tend(NOW + TURN - timedelta(seconds=1))
    assert keys.tend(NOW + TURN)
    later = NOW + TURN + LEAD
    assert keys.signing(later - timedelta(seconds=1)).kid == first.kid
    second = keys.signing(later)
    assert second.kid != first.kid
    token = jwt.encode({"alg": "RS256", "kid": first.kid}, {"sub": "x"}, first)
    published = KeySet.import_key_set(keys.published())  # type: ignore[arg-type]
    assert jwt.decode(token, published, algorithms=["RS256"]).claims == {"sub": "x"}
    keys.tend(later + KEEP)
    assert [one["kid"] for one in keys.published()["keys"]] == [second.kid]
    files = list((tmp_path / "keys").iterdir())
    assert [stat.S_IMODE(one.stat().st_mode) for one in files] == [0o600]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    keys.add(NOW)
    next(tmp_path.iterdir()).chmod(0o640)
    with pytest.raises(ConfigError):
        keys.signing(NOW)


def test_a_damaged_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "1000.jwk"
    path.touch(mode=0o600)
    path.write_text('{"kty": "RSA", "d": "geheim"')
    with pytest.raises(ConfigError) as caught:
        signing_keys.SigningKeys(tmp_path).signing(NOW)
    assert "geheim" not in str(caught.value)
