"""What root can read of a process: the search for keys finds them where they are."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import spill
from shopward.vault.keystore import open_keystore
from tests.scenarios.people import person
from tests.scenarios.plane import PASSPHRASE, DataPlane


def searched(pid: int, needles: dict[str, bytes]) -> list[str]:
    try:
        return spill.search(pid, needles)[0]
    except PermissionError:
        pytest.skip("this system does not let processes be traced (kernel.yama.ptrace_scope)")


def test_the_data_plane_holds_the_keys_that_a_search_must_find(plane: DataPlane) -> None:
    assert plane.process is not None
    plane.caller("shop-backend").store(person(city="Ulm"))
    custodian = open_keystore(plane.home / "keys" / "keystore.json", PASSPHRASE.encode())
    needles = spill.needles_of(custodian)
    assert len(needles) >= 3
    found = searched(plane.process.pid, spill.spelled(needles))

    for name in needles:
        assert any(f"{name} (" in line for line in found), name


def test_it_finds_a_key_in_the_environment_memory_and_an_open_file(tmp_path: Path) -> None:
    keys = {name: secrets.token_bytes(32) for name in ("variable", "file", "memory", "absent")}
    path = tmp_path / "kept"
    path.write_bytes(b"." * 5000 + keys["file"])
    code = (
        "import sys; held = sys.stdin.buffer.read(32); file = open(sys.argv[1], 'rb');"
        " print(len(held), flush=True); sys.stdin.buffer.read(1)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "HELD": keys["variable"].hex()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        child.stdin.write(keys["memory"])
        child.stdin.flush()
        assert child.stdout.readline() == b"32\n"
        found = searched(child.pid, spill.spelled(keys))
        child.stdin.close()

    assert "environment: variable (hex)" in found
    assert "memory: memory (raw)" in found
    assert f"file {path}: file (raw)" in found
    assert not [line for line in found if "absent" in line]
