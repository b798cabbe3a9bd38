"""What root can read of a process: the search for keys finds them where they are."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import spill
from shopward import settings
from shopward.api.server import running
from shopward.api.verbs import subject_digest
from shopward.store import Need
from shopward.vault.keystore import open_keystore
from tests.pages.office import Office, open_office
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


async def data_keys(office: Office, token: str) -> dict[str, bytes]:
    """The unwrapped data keys of a customer by class, out of the store of a stopped data plane."""
    async with running(settings.load(office.home / "shopward.toml")) as plane:
        vault = plane.vault
        (found,) = (await vault.store.look([Need(subject_digest(vault, token)[0])])).found
        assert found.snapshot is not None
        subject, rows = found.snapshot.subject, found.snapshot.classes.values()
        return {f"data key {row.name}": vault.dek(subject, row).remains[:32] for row in rows}


def test_the_control_plane_holds_no_key_even_after_it_showed_values(tmp_path: Path) -> None:
    with open_office(tmp_path) as (office, mara):
        with office.caller("shop-backend") as shop:
            token = shop.store(person(city="Ulm")).subject
        with office.caller("order-system") as orders:
            orders.put_fact("ticket:1", token, "open")
        office.stop("serve")
        kept = asyncio.run(data_keys(office, token))
        office.start("serve")
        look = {"names": ["city", "email"], "purpose": "support", "fact": "ticket:1"}
        shown = mara.post(f"/customers/{token}/", look).text
        custodian = open_keystore(office.home / "secrets/keystore.json", office.passphrase())
        needles = spill.needles_of(custodian) | kept
        spelled = spill.spelled(needles) | {"passphrase": office.passphrase()}
        held = searched(office.pid("serve"), spelled)
        spilt = searched(office.pid("console"), spelled)
        own = searched(office.pid("console"), {"its host": mara.host.encode()})

    assert ">Ulm<" in shown
    assert set(kept) == {f"data key {cls}" for cls in ("account", "order", "tax", "_ledger")}
    for name in set(needles) - {"data key tax"}:  # nobody looked at tax records
        assert any(f"{name} (" in line for line in held), name
    assert spilt == []
    assert own != []
