"""The keystore and the journal of an import are replaced whole, wherever the power is cut."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from shopward.sources.durable import replace_durably
from shopward.vault.keyfile import locked, make_private_folder, replace_private
from tests.crash.replaced import Recorder, states

OLD, NEW = b"the old file" * 100, b"and the new one" * 120


def _keystore(path: Path, data: bytes) -> None:
    with locked(path):
        replace_private(path, data)


REPLACE = pytest.mark.parametrize("replace", [_keystore, replace_durably])


@REPLACE
def test_at_every_cut_the_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, replace: Callable[[Path, bytes], None]
) -> None:
    path = tmp_path / "kept.json"
    replace(path, OLD)
    steps = Recorder(tmp_path).run(lambda: replace(path, NEW))
    seen = [(is_done, left.get(path.name)) for is_done, left in states({path.name: OLD}, steps)]
    assert {content for _, content in seen} == {OLD, NEW}
    assert {content for is_done, content in seen if is_done} == {NEW}


@REPLACE
def test_the_first_file_is_there_whole_or_not_at_all(
    tmp_path: Path, replace: Callable[[Path, bytes], None]
) -> None:
    path = tmp_path / "kept.json"
    steps = Recorder(tmp_path).run(lambda: replace(path, NEW))
    seen = [(is_done, left.get(path.name)) for is_done, left in states({}, steps)]
    assert {content for _, content in seen} == {None, NEW}
    assert {content for is_done, content in seen if is_done} == {NEW}


@REPLACE
def test_without_a_sync_the_same_cuts_leave_a_torn_file(
    tmp_path: Path, replace: Callable[[Path, bytes], None]
) -> None:
    path = tmp_path / "kept.json"
    replace(path, OLD)
    steps = Recorder(tmp_path, forgets_sync=True).run(lambda: replace(path, NEW))
    contents = {left.get(path.name) for _, left in states({path.name: OLD}, steps)}
    assert not contents <= {OLD, NEW}


def test_every_folder_that_is_made_is_entered_in_the_one_above_for_good(tmp_path: Path) -> None:
    synced: list[Path] = []

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())

    with mock.patch.object(os, "fsync", fsync):
        make_private_folder(tmp_path / "a" / "b")
        make_private_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path.resolve(), tmp_path.resolve() / "a"]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o700
