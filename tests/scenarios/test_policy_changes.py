"""The policy file changes while the data plane runs: taken when sound, named when not."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest

from shopward_client import Client, DeniedError, RateLimitedError
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane, kind_of, wait_until


@pytest.fixture
def shop(own_plane: DataPlane) -> Client:
    return own_plane.caller("shop-backend")


def _kinds(plane: DataPlane, start: int = 0) -> list[str]:
    with plane.operator() as operator:
        return [kind_of(row.leaf) for row in operator.entries(start, 1000).entries]


def _notes(plane: DataPlane) -> list[str]:
    answer = plane.ask("GET", "/readyz")
    return list(answer.json().get("problems", []))


def _sha256(plane: DataPlane) -> str:
    return hashlib.sha256((plane.home / "policy.toml").read_bytes()).hexdigest()


def _without_marketing(text: str) -> str:
    """Takes the shop's allowance for newsletters away."""
    head, found, rest = text.partition('[[allow]]\nrole = "shop-backend"\npurpose = "marketing"')
    assert found
    return head + rest.partition("\n\n")[2]


def test_a_changed_policy_is_taken_within_seconds_and_entered(
    own_plane: DataPlane, shop: Client
) -> None:
    subject, orders = shop.store(person()).subject, own_plane.caller("order-system")
    orders.put_fact("consent:1", subject, "open")
    look = {"purpose": "marketing", "fact": "consent:1"}
    assert shop.reveal(subject, ["email"], **look).fields["email"]
    before = own_plane.size()
    own_plane.edit_policy(_without_marketing)
    wait_until(lambda: shop.policy().sha256 == _sha256(own_plane), 5)
    with pytest.raises(DeniedError) as caught:
        shop.reveal(subject, ["email"], **look)
    assert caught.value.reason == "field-not-allowed"
    assert _kinds(own_plane, before) == ["policy:loaded", "record:denied"]
    details = own_plane.entry(own_plane.operator(), before)
    assert details["about"] == _sha256(own_plane)


def test_a_broken_policy_changes_nothing_and_is_said_and_entered_once(
    own_plane: DataPlane, shop: Client
) -> None:
    subject, sound = shop.store(person()).subject, shop.policy().sha256
    before = own_plane.size()
    original = (own_plane.home / "policy.toml").read_text()
    own_plane.edit_policy(lambda text: text.replace('basis = "contract"', 'basis = "whim"', 1))
    wait_until(lambda: _notes(own_plane), 5)
    (note,) = _notes(own_plane)
    assert "purposes.fulfil" in note
    assert "basis" in note
    assert own_plane.ask("GET", "/readyz").status == 200
    assert "shopward_policy_refused 1" in own_plane.ask("GET", "/metrics").body.decode()
    state = shop.policy()
    assert (state.sha256, len(state.refused)) == (sound, 1)
    assert shop.reveal(subject, ["city"], purpose="account").fields == {"city": "London"}
    (own_plane.home / "policy.toml").touch()
    own_plane.operator().reload_policy()
    own_plane.operator().reload_policy()
    assert _kinds(own_plane, before).count("policy:refused") == 1
    (own_plane.home / "policy.toml").write_text(original)
    wait_until(lambda: not _notes(own_plane), 5)
    assert shop.policy().sha256 == sound
    assert "policy:loaded" not in _kinds(own_plane, before)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[shop", b"\x00" * 100, b"a = 1\n" * 9])
def test_whatever_stands_in_the_file_the_old_policy_stays(plane: DataPlane, content: bytes) -> None:
    with plane.caller("shop-backend") as shop, plane.operator() as operator:
        subject, path = shop.store(person()).subject, plane.home / "policy.toml"
        sound = path.read_bytes()
        path.write_bytes(content)
        assert operator.reload_policy().refused
        assert shop.reveal(subject, ["city"], purpose="account").fields == {"city": "London"}
        path.write_bytes(sound)
        assert operator.reload_policy().refused == ()


def test_a_policy_file_that_was_away_for_a_moment_is_sound_again(
    own_plane: DataPlane, shop: Client
) -> None:
    path, operator = own_plane.home / "policy.toml", own_plane.operator()
    operator.reload_policy()
    path.rename(own_plane.home / "elsewhere.toml")
    (said,) = operator.reload_policy().refused
    assert "cannot be read" in said
    assert shop.store(person()).subject
    (own_plane.home / "elsewhere.toml").rename(path)
    assert operator.reload_policy().refused == ()
    assert _notes(own_plane) == []


def test_a_new_rate_counts_at_once(own_plane: DataPlane, shop: Client) -> None:
    subject, slow = shop.store(person()).subject, own_plane.caller("slow")
    for _ in range(3):
        slow.reveal(subject, ["city"], purpose="account")
    own_plane.edit_policy(
        lambda text: text.replace("rate_per_minute = 3\n", "rate_per_minute = 6000\n")
    )
    own_plane.operator().reload_policy()
    wait_until(lambda: _reads(slow, subject), 3)


def _reads(client: Client, subject: str) -> bool:
    with suppress(RateLimitedError):
        return bool(client.reveal(subject, ["city"], purpose="account"))
    return False


def test_the_policy_that_was_entered_is_in_force_after_a_restart(own_plane: DataPlane) -> None:
    own_plane.edit_policy(_without_marketing)
    own_plane.operator().reload_policy()
    before = own_plane.size()
    assert own_plane.stop() == 0
    own_plane.start()
    assert own_plane.operator().policy().sha256 == _sha256(own_plane)
    assert _kinds(own_plane, before) == ["server:stopped", "server:started"]


def test_a_policy_that_changed_while_it_was_stopped_is_entered_at_the_start(
    own_plane: DataPlane,
) -> None:
    before = own_plane.size()
    assert own_plane.stop() == 0
    own_plane.edit_policy(_without_marketing)
    own_plane.start()
    assert _kinds(own_plane, before) == ["server:stopped", "policy:loaded", "server:started"]
