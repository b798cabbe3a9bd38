"""An erasure is final by a date: proven by copies that open before it and never after it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from shopward.api.works import key_works
from shopward.errors import ConfigError, NotFoundError, UndecryptableError
from shopward.settings import StoreSettings
from shopward.store import ClassRow
from shopward.vault import body
from shopward.vault.book import Book
from shopward.vault.certificate import certify, find, words
from shopward.vault.jobs import Jobs
from shopward.vault.keydates import KeyDates
from shopward.vault.keyring import Keyring
from shopward.vault.keystore import open_keystore
from tests.ledger.script import assert_refused, assert_verified, put_file, run
from tests.postgres.engine import sql
from tests.vault.service_world import PASSPHRASE, World

RECORDS: Final = "SELECT subject, class, version, epoch, wrapped, body FROM record"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as made:
        yield made


def live(world: World, days: float) -> None:
    """Days go by, with a data plane that looks after its keys once a day."""

    async def make() -> Jobs:
        return Jobs(world.settler, key_works())

    runner = world.run(make())
    dates = KeyDates(world.vault, runner)
    while days > 0:
        world.pass_time(days=min(1.0, days))
        days -= 1
        world.run(dates.look(world.now))
        world.run(runner.drain())


def copied(world: World, name: str) -> Path:
    """Database and keystore as they lie there now."""
    folder = world.folder / name
    folder.mkdir()
    world.close()
    for file in ("vault.db", "keystore.json"):
        shutil.copy(world.folder / file, folder / file)
    world.open()
    return folder


def values_in(database: Path, keystore: Path, installation: bytes) -> list[str]:
    """Every value of every customer that this pair opens."""
    custodian = open_keystore(keystore, PASSPHRASE)
    ring = Keyring(custodian, installation)
    found = []
    for subject, *row in sql(StoreSettings(database), RECORDS):
        record = ClassRow(*row)
        try:
            dek = ring.dek(subject, record.name, record.version, record.epoch, record.wrapped)
        except UndecryptableError:
            continue
        for name, sealed in body.unpack(record.body).items():
            bound = ring.field_context(record.name, name, subject, record.version)
            found.append(dek.open_(sealed, bound).decode())
    return found


def certificate(world: World, position: int) -> dict[str, Any]:
    receipt, _ = world.run(Book(world.vault).receipt(position))
    document: dict[str, Any] = json.loads(
        msgspec.json.encode(certify(world.vault, receipt, world.vault.moment()))
    )
    return document


def stated(document: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(document["statement"].split("\n")[1])
    return said


@pytest.mark.parametrize("how", ["erased", "corrected", "class"])
def test_a_copy_from_before_opens_until_the_day_and_never_after(world: World, how: str) -> None:
    known = world.customer({"email": "gone@example.com", "city": "Atlantis"})
    installation = world.vault.installation
    live(world, 2)
    old = copied(world, "before")
    if how == "corrected":
        assert world.do(world.updating(known, {"city": "London"})).error is None
    else:
        classes = ("order",) if how == "class" else ()
        assert world.do(world.erasing(known, *classes)).error is None
    live(world, 1)
    assert "Atlantis" in values_in(old / "vault.db", old / "keystore.json", installation)
    assert "Atlantis" not in values_in(
        world.folder / "vault.db", world.folder / "keystore.json", installation
    )
    live(world, 33)
    assert 1 in world.vault.keyring.custodian.state("epoch").kept
    live(world, 2)
    new = world.folder / "keystore.json"
    assert 1 not in world.vault.keyring.custodian.state("epoch").kept
    assert values_in(old / "vault.db", new, installation) == []
    assert "Atlantis" not in values_in(world.folder / "vault.db", new, installation)
    world.close()
    kept = (world.folder / "vault.db").read_bytes()
    shutil.copy(old / "vault.db", world.folder / "vault.db")
    with pytest.raises(ConfigError):
        world.open()
    (world.folder / "vault.db").write_bytes(kept)
    world.open()


def test_the_certificate_names_the_day_and_says_when_it_has_come(world: World) -> None:
    known = world.customer({"email": "gone@example.com", "city": "Atlantis"})
    live(world, 3)
    settled = world.do(world.erasing(known))
    said = stated(certificate(world, settled.position))
    assert said["subject"] == known
    assert said["classes"] == ["account", "order"]
    assert said["erased"] == "2026-06-04T09:00:00Z"
    assert (said["epoch"], said["epoch_ends"]) == (1, "2026-06-08T09:00:00Z")
    assert said["dead_by"] == "2026-07-08T09:00:00Z"
    assert said["destroyed"] is None
    assert "2026-07-08" in said["words"]["en"]
    assert "08.07.2026" in said["words"]["de"]
    live(world, 34)
    later = stated(certificate(world, settled.position))
    assert later["destroyed"] is not None
    assert later["destroyed"] <= later["dead_by"]
    assert later["dead_by"] == said["dead_by"]
    assert later["words"] != said["words"]


def test_it_is_found_by_the_token_the_customer_had(world: World) -> None:
    one, two = (world.customer({"email": f"{at}@example.com"}) for at in "ab")
    position = world.do(world.erasing(one)).position
    for _ in range(3):
        world.do(world.revealing(two, "email"))
    assert world.run(find(world.vault, one)) == position
    with pytest.raises(NotFoundError):
        world.run(find(world.vault, two))
    with pytest.raises(NotFoundError):
        certificate(world, position + 1)


def test_the_independent_script_accepts_it_and_nothing_altered(world: World) -> None:
    known = world.customer({"email": "gone@example.com"})
    position = world.do(world.erasing(known)).position
    vkey = world.vault.log.vkey
    document = certificate(world, position)
    good = put_file(world.folder, "good.json", json.dumps(document))
    result = run(world.folder, "certificate", good, "--key", vkey)
    assert_verified(result)
    assert "dead by 2026-07-08" in result.stdout
    other = world.customer({"email": "other@example.com"})
    elsewhere = certificate(world, world.do(world.erasing(other)).position)
    line = document["statement"].split("\n")[1]
    for changed in (
        document | {"statement": document["statement"].replace("2026-07", "2026-06")},
        document | {"receipt": elsewhere["receipt"]},
        document | {"statement": world.vault.log.note},
        document | {"statement": document["statement"].replace(line, "{}")},
        document | {"format": "another"},
    ):
        bad = put_file(world.folder, "bad.json", json.dumps(changed))
        assert_refused(run(world.folder, "certificate", bad, "--key", vkey))


def test_a_statement_is_never_signed_that_could_pass_for_a_checkpoint(world: World) -> None:
    from shopward.errors import ConflictError  # noqa: PLC0415 - of this test alone

    with pytest.raises(ConflictError):
        world.vault.log.sign(f"{world.vault.log.origin}\n1\n")


@pytest.mark.parametrize("is_dead", [True, False])
@pytest.mark.parametrize("is_whole", [True, False])
def test_the_customers_sentence_is_there_in_both_languages(
    *, is_dead: bool, is_whole: bool
) -> None:
    said = words("Analytical Engines", (0, 86_400_000), is_dead=is_dead, is_whole=is_whole)
    assert set(said) == {"en", "de"}
    for text in said.values():
        assert text.startswith("Analytical Engines ")
        assert text.endswith(".")
        assert ("1970-01-02" in text or "02.01.1970" in text) != is_dead
