"""Whoever can write the store's file, even with the ledger's key, is found out.

A real store with real entries is damaged by SQL, one kind a copy; `shopward ledger verify` names
the damage, and the independent script refuses the export of the same store.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest

from shopward.api import server
from shopward.cli.main import run
from shopward.ledger.checkpoint import Checkpoint, sign_checkpoint
from shopward.ledger.entry import encode_leaf
from shopward.ledger.merkle import frontier_of, leaf_hash, root_of
from shopward.settings import load
from shopward.signing import Signer
from shopward.vault import keystore
from shopward.vault.caller import Caller
from shopward.vault.keep import Store
from shopward.vault.operation import Base
from shopward.vault.reveal import Reveal
from tests.vault.service_world import known

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "spec" / "verify_receipt.py"
ORIGIN = "shop.example/ledger"
PASSPHRASE = b"a passphrase of the tests"
SETTINGS = f"""profile = "local"
policy = "policy.toml"
log = "{ORIGIN}"
[store]
path = "store/vault.db"
[custodian]
keystore = "keystore.json"
passphrase_file = "passphrase"
[listen]
tcp = ""
socket = "a"
admin_socket = "b"
"""


async def fill(home: Path) -> str:
    """620 entries over two full tiles; the checkpoint at 400 or so is kept outside."""
    async with server.running(load(home / "shopward.toml")) as plane:
        base = Base(plane.vault, known(plane.vault, Caller("shop", "shop", "shop-backend")), "test")
        stores = [Store(base, {"first_name": f"Ada {n}"}, None, ()) for n in range(200)]
        tokens = [one.value[0] for one in await plane.settler.settle(stores)]
        looks = [
            Reveal(
                base,
                plane.vault.token_digest("#token", token),
                token,
                ("first_name",),
                why,
                None,
            )
            for token in tokens
            for why in ("account", "nothing")
        ]
        await plane.settler.settle(looks[:200])
        earlier = plane.vault.log.note
        await plane.settler.settle(looks[200:] + looks[:20])
        return earlier


@dataclass(frozen=True, slots=True)
class Case:
    home: Path
    earlier: Path
    vkey: str
    signer: Signer


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Case:
    home = tmp_path_factory.mktemp("s")
    (home / "shopward.toml").write_text(SETTINGS, "utf-8")
    shutil.copy(ROOT / "policy.example.toml", home / "policy.toml")
    (home / "passphrase").write_bytes(PASSPHRASE)
    (home / "passphrase").chmod(0o600)
    (home / "store").mkdir()
    custodian = keystore.create(home / "keystore.json", PASSPHRASE, profile="test")
    earlier = home / "earlier.checkpoint"
    earlier.write_text(asyncio.run(fill(home)), "utf-8")
    signer = Signer(ORIGIN, custodian.ledger_seed(1))
    return Case(home, earlier, signer.vkey, signer)


@pytest.fixture
def case(original: Case, tmp_path: Path) -> Case:
    shutil.copytree(original.home, tmp_path / "copy")
    home = tmp_path / "copy"
    return Case(home, home / "earlier.checkpoint", original.vkey, original.signer)


Rows = list[tuple[bytes, ...]]


def leaves(db: apsw.Connection) -> list[bytes]:
    return [row[0] for row in db.execute("SELECT leaf FROM leaf ORDER BY position").fetchall()]  # type: ignore[misc]


def sign_again(db: apsw.Connection, case: Case) -> None:
    """What the holder of the ledger's key can do: sign whatever is stored now."""
    hashes = [leaf_hash(leaf) for leaf in leaves(db)]
    db.execute("DELETE FROM tile")
    for tile in range(len(hashes) // 256):
        data = b"".join(hashes[tile * 256 : tile * 256 + 256])
        db.execute("INSERT INTO tile VALUES (0, ?, ?)", (tile, data))
    checkpoint = Checkpoint(ORIGIN, len(hashes), root_of(frontier_of(hashes)))
    note = sign_checkpoint(case.signer, checkpoint)
    db.execute("UPDATE head SET size = ?, note = ?", (len(hashes), note))


def sql(*statements: str) -> Callable[[apsw.Connection, Case], None]:
    def damage(db: apsw.Connection, _: Case) -> None:
        for statement in statements:
            db.execute(statement)

    return damage


def swap(table: str, column: str, one: int, other: int) -> Callable[[apsw.Connection, Case], None]:
    """Two rows exchange one column."""

    def damage(db: apsw.Connection, _: Case) -> None:
        ask = f"SELECT {column} FROM {table} WHERE position = ?"  # noqa: S608 - names of the schema
        values = [db.execute(ask, (at,)).get for at in (one, other)]
        assert values[0] != values[1]
        for at, value in ((one, values[1]), (other, values[0])):
            db.execute(f"UPDATE {table} SET {column} = ? WHERE position = ?", (value, at))  # noqa: S608

    return damage


def flip(table: str, column: str, where: str, at: int) -> Callable[[apsw.Connection, Case], None]:
    """One bit of one value."""

    def damage(db: apsw.Connection, _: Case) -> None:
        value = db.execute(f"SELECT {column} FROM {table} WHERE {where}").get  # noqa: S608
        assert isinstance(value, bytes)
        changed = bytearray(value)
        changed[at] ^= 1
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (bytes(changed),))  # noqa: S608

    return damage


def other_kind(db: apsw.Connection, _: Case) -> None:
    leaf = leaves(db)[300]
    changed = leaf.replace(b"record:denied", b"record:stored").replace(
        b"record:revealed", b"record:searched"
    )
    assert changed != leaf
    db.execute("UPDATE leaf SET leaf = ? WHERE position = 300", (changed,))


def inserted(db: apsw.Connection, _: Case) -> None:
    leaf = encode_leaf(2**40, "record:revealed", bytes(32))
    size = len(leaves(db))
    db.execute("INSERT INTO leaf VALUES (?, ?, zeroblob(16), zeroblob(90))", (size, leaf))


def forged_note(db: apsw.Connection, _: Case) -> None:
    stranger = Signer(ORIGIN, bytes(range(32)))
    hashes = [leaf_hash(leaf) for leaf in leaves(db)]
    checkpoint = Checkpoint(ORIGIN, len(hashes), root_of(frontier_of(hashes)))
    db.execute("UPDATE head SET note = ?", (sign_checkpoint(stranger, checkpoint),))


def other_origin(db: apsw.Connection, case: Case) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves(db)]
    seed_of_the_log = Signer("other.example/log", bytes(32))
    checkpoint = Checkpoint("other.example/log", len(hashes), root_of(frontier_of(hashes)))
    db.execute("UPDATE head SET note = ?", (sign_checkpoint(seed_of_the_log, checkpoint),))


def stale_note(db: apsw.Connection, case: Case) -> None:
    db.execute("UPDATE head SET note = ?", (case.earlier.read_text("utf-8"),))


def cut_and_signed(db: apsw.Connection, case: Case) -> None:
    db.execute("DELETE FROM leaf WHERE position >= 350")
    sign_again(db, case)


def rewritten_and_signed(db: apsw.Connection, case: Case) -> None:
    leaf = encode_leaf(2**40, "record:revealed", bytes(32))
    db.execute("UPDATE leaf SET leaf = ? WHERE position = 0", (leaf,))
    sign_again(db, case)


def reordered_and_signed(db: apsw.Connection, case: Case) -> None:
    swap("leaf", "leaf", 210, 211)(db, case)
    sign_again(db, case)


def forked(db: apsw.Connection, case: Case) -> None:
    db.execute("DELETE FROM leaf WHERE position >= 390")
    for at in range(390, 640):
        leaf = encode_leaf(2**42, "record:stored", at.to_bytes(32, "big"))
        db.execute("INSERT INTO leaf VALUES (?, ?, ?, zeroblob(90))", (at, leaf, b"s" * 16))
    sign_again(db, case)


KINDS: dict[str, Callable[[apsw.Connection, Case], None]] = {
    "leaf: one bit": flip("leaf", "leaf", "position = 5", 40),
    "leaf: another kind": other_kind,
    "leaf: another time": flip("leaf", "leaf", "position = 7", 6),
    "leaf: commitments swapped": swap("leaf", "leaf", 211, 212),
    "leaf: emptied": sql("UPDATE leaf SET leaf = x'' WHERE position = 9"),
    "leaf: removed in the middle": sql("DELETE FROM leaf WHERE position = 100"),
    "leaf: removed and closed up": sql(
        "DELETE FROM leaf WHERE position = 100",
        "UPDATE leaf SET position = -position WHERE position > 100",
        "UPDATE leaf SET position = -position - 1 WHERE position < 0",
    ),
    "leaf: the last removed": sql(
        "DELETE FROM leaf WHERE position = (SELECT max(position) FROM leaf)"
    ),
    "leaf: copied over its neighbour": sql(
        "UPDATE leaf SET leaf = (SELECT leaf FROM leaf WHERE position = 10) WHERE position = 11"
    ),
    "leaf: one more at the end": inserted,
    "details: zeroed": sql("UPDATE leaf SET sealed = zeroblob(60) WHERE position = 250"),
    "details: emptied": sql("UPDATE leaf SET sealed = x'' WHERE position = 251"),
    "details: one bit": flip("leaf", "sealed", "position = 252", 70),
    "details: swapped": swap("leaf", "sealed", 260, 262),
    "details: another customer's": swap("leaf", "subject", 264, 266),
    "details: said to be the house's": sql(
        "UPDATE leaf SET subject = zeroblob(16) WHERE position = 270"
    ),
    "details: the customer's ledger key exchanged": sql(
        "UPDATE record SET wrapped = (SELECT wrapped FROM record WHERE class = '_ledger'"
        " AND subject <> (SELECT subject FROM leaf WHERE position = 280) LIMIT 1)"
        " WHERE class = '_ledger' AND subject = (SELECT subject FROM leaf WHERE position = 280)"
    ),
    "details: the house's key removed": sql("DELETE FROM record WHERE class = '_house'"),
    "tile: one bit": flip("tile", "hashes", "position = 1", 4000),
    "tile: removed": sql("DELETE FROM tile WHERE position = 0"),
    "tile: swapped": swap("tile", "hashes", 0, 1),
    "head: smaller": sql("UPDATE head SET size = size - 1", "UPDATE head SET note = 'x' || note"),
    "head: no note": sql("UPDATE head SET note = ''"),
    "head: signature removed": sql(
        "UPDATE head SET note = substr(note, 1, instr(note, char(10) || char(10)) + 1)"
    ),
    "head: signed by a stranger": forged_note,
    "head: of another log": other_origin,
    "head: an earlier one": stale_note,
    "key holder: cut off and signed": cut_and_signed,
    "key holder: rewritten and signed": rewritten_and_signed,
    "key holder: reordered and signed": reordered_and_signed,
    "key holder: forked and signed": forked,
}


def verify(case: Case, *more: str) -> int:
    settings = str(case.home / "shopward.toml")
    return run(["--config", settings, "ledger", "verify", "--key", case.vkey, *more])


def script(case: Case) -> subprocess.CompletedProcess[str]:
    settings, export = str(case.home / "shopward.toml"), case.home / "export.jsonl"
    tiles = case.home / "tiles"
    assert run(["--config", settings, "ledger", "export", str(export), "--tiles", str(tiles)]) == 0
    files = [export, f"{export}.checkpoint", "--key", case.vkey, "--earlier", case.earlier]
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), "log", *map(str, files), "--tiles", str(tiles)],
        capture_output=True,
        text=True,
        check=False,
    )


def damage(case: Case, kind: str) -> None:
    db = apsw.Connection(str(case.home / "store" / "vault.db"))
    with db:
        KINDS[kind](db, case)
    db.close()


def test_what_nobody_touched_verifies(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(case, "--checkpoint", str(case.earlier)) == 0
    assert "entries verify" in capsys.readouterr().out
    said = script(case)
    assert (said.returncode, said.stdout[:8]) == (0, "VERIFIED"), said.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found_by_both(
    kind: str, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(case, kind)
    assert verify(case, "--checkpoint", str(case.earlier)) == 1
    told = capsys.readouterr()
    assert "does not verify" in told.err
    assert told.out.strip()
    said = script(case)
    assert said.returncode == 1
    assert said.stdout.startswith("NOT VERIFIED: ")


@pytest.mark.parametrize("kind", ["cut off", "forked"])
def test_only_a_checkpoint_kept_outside_shows_what_the_key_holder_did(
    kind: str, case: Case
) -> None:
    damage(case, f"key holder: {kind} and signed")
    assert verify(case) == 0


def test_a_damaged_ledger_does_not_serve(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    damage(case, "leaf: the last removed")
    settings = str(case.home / "shopward.toml")
    assert run(["--config", settings, "serve"]) == 1
    assert "ledger" in capsys.readouterr().err
