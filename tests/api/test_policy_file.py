"""The policy file as it is watched: taken whole, or the one in force stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shopward.api.policy_file import PolicyFile
from shopward.errors import ConfigError, PolicyError, UnavailableError
from tests.vault.service_world import EXAMPLE, World

STRICTER = EXAMPLE + '\n[[deny]]\nrole = "*"\npurpose = "*"\nfields = ["city"]\n'
BROKEN = EXAMPLE + "\n[fields.shoe]\n"


class Watch:
    """A policy file in the folder of a vault."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.file = PolicyFile(world.folder / "policy.toml")
        self.write(EXAMPLE)
        self.look()

    def write(self, text: str) -> None:
        self.file.path.write_text(text)

    def look(self) -> bool:
        """Looks until two looks in a row have found the file at rest."""
        taken = [self.world.run(self.file.look(self.world.settler)) for _ in range(3)]
        return any(taken)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with World(tmp_path) as world:
        yield Watch(world)


def test_a_sound_file_is_taken_once(watch: Watch) -> None:
    before = watch.world.size
    watch.write(STRICTER)
    assert watch.look()
    assert not watch.look()
    assert watch.world.kinds(before) == ["policy:loaded"]
    assert watch.world.run(watch.world.store.head()).policy == watch.world.vault.policy.sha256


def test_the_same_text_under_another_stamp_is_nothing_new(watch: Watch) -> None:
    before = watch.world.size
    watch.write(EXAMPLE)
    assert not watch.look()
    assert watch.world.size == before


def test_a_broken_file_is_entered_once_and_changes_nothing(watch: Watch) -> None:
    before, sound = watch.world.size, watch.world.vault.policy
    watch.write(BROKEN)
    for _ in range(3):
        assert not watch.look()
    assert watch.world.kinds(before) == ["policy:refused"]
    assert watch.world.vault.policy is sound
    assert any("fields.shoe" in mistake for mistake in watch.file.refused)
    watch.write(EXAMPLE)
    assert not watch.look()
    assert watch.file.refused == ()


def test_a_file_that_goes_and_comes_back_is_no_change(watch: Watch) -> None:
    text = watch.file.path.read_text()
    watch.file.path.unlink()
    assert not watch.look()
    assert len(watch.file.refused) == 1
    watch.write(text)
    assert not watch.look()
    assert watch.file.refused == ()


def test_a_policy_that_could_not_be_entered_is_not_in_force_and_is_tried_again(
    watch: Watch,
) -> None:
    world, sound = watch.world, watch.world.vault.policy
    subject = world.customer()
    watch.write(STRICTER)
    world.store.fail_at[world.store.commits + 1] = UnavailableError(reason="disk-full")
    with pytest.raises(UnavailableError):
        watch.look()
    assert world.vault.policy is sound
    assert world.do(world.revealing(subject)).error is None
    assert watch.look()
    assert world.do(world.revealing(subject)).error is not None


def test_a_start_without_a_sound_policy_is_refused(watch: Watch) -> None:
    watch.write(BROKEN)
    with pytest.raises(PolicyError):
        watch.file.first()
    watch.file.path.unlink()
    with pytest.raises(ConfigError):
        watch.file.first()


def test_a_file_that_is_far_too_large_is_not_read(watch: Watch) -> None:
    watch.write("#" * 5_000_000)
    assert not watch.look()
    assert watch.file.refused
    assert watch.world.do(watch.world.searching("a@example.com")).error is None
