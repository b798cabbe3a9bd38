"""When the disk misbehaves: no acknowledgement, a reason, an answer to health, and recovery."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path

import apsw
import pytest

from shopward_client import Client, UnavailableError
from tests.crash import volumes
from tests.scenarios.people import person
from tests.scenarios.plane import Answer, DataPlane, home, kind_of, wait_until

SOON_S = 20.0


@contextmanager
def _faulty() -> Iterator[tuple[DataPlane, Path]]:
    """A data plane on a disk that heeds a word."""
    with home() as folder, closing(DataPlane.furnish(folder)) as plane:
        word = folder / "word"
        word.write_text("")
        plane.program = ("-m", "tests.crash.faulty", str(word))
        plane.start(create=True)
        yield plane, word


@contextmanager
def _on(mount: Callable[[Path], AbstractContextManager[Path]]) -> Iterator[DataPlane]:
    """A data plane, not started, whose store has a file system of its own."""
    with ExitStack() as stack:
        folder = stack.enter_context(home())
        plane = DataPlane.furnish(folder)
        stack.enter_context(mount(folder))
        yield stack.enter_context(closing(plane))


def _ready(plane: DataPlane) -> tuple[int, list[str]]:
    answer = plane.ask("GET", "/readyz")
    return answer.status, json.loads(answer.body).get("problems", [])


def _refusal(shop: Client, times: int = 1) -> UnavailableError:
    """What a store is answered, so many times."""
    for _ in range(times):
        with pytest.raises(UnavailableError) as caught:
            shop.store(person())
    assert caught.value.status == 503
    assert caught.value.receipt is None
    assert caught.value.hint
    return caught.value


def _assert_recovers(plane: DataPlane, shop: Client, known: list[str]) -> None:
    """Readiness comes back by itself, the outage is entered, and everything known is there."""
    wait_until(lambda: _ready(plane) == (200, []), SOON_S, lambda: str(_ready(plane)))
    known.append(shop.store(person()).subject)
    for subject in known:
        assert shop.reveal(subject, ["city"], purpose="account").fields == {"city": "London"}
    wait_until(lambda: "store:recovered" in _kinds(plane), SOON_S)
    assert _kinds(plane).count("record:stored") == len(known)


def _kinds(plane: DataPlane) -> list[str]:
    """The kinds of all entries, which have no gap."""
    entries = plane.operator().entries(0).entries
    assert [entry.index for entry in entries] == list(range(len(entries)))
    return [kind_of(entry.leaf) for entry in entries]


def test_a_full_disk_is_said_and_the_vault_goes_on_when_there_is_room() -> None:
    with _on(lambda folder: volumes.tmpfs(folder / "store", 4)) as plane:
        folder = plane.home
        plane.start(create=True)
        shop = plane.caller("shop-backend")
        known = [shop.store(person()).subject]
        filler = volumes.fill(folder / "store")
        known += _store_until_refused(shop)
        assert _refusal(shop, 3).reason == "disk-full"
        status, problems = _ready(plane)
        assert status == 503
        assert "space" in problems[0]
        assert plane.ask("GET", "/healthz").status == 200
        filler.unlink()
        _assert_recovers(plane, shop, known)
        filler = volumes.fill(folder / "store")
        _store_until_refused(shop)
        assert plane.stop() == 0
        filler.unlink()
        plane.start()
        assert shop.reveal(known[0], ["city"], purpose="account").fields["city"] == "London"
        assert plane.stop() == 0


def _store_until_refused(shop: Client) -> list[str]:
    """What fits into the pages that the file still has."""
    stored: list[str] = []
    try:
        while len(stored) < 200:
            stored.append(shop.store(person()).subject)
    except UnavailableError:
        return stored
    raise AssertionError("the disk never filled up")


def test_a_file_system_that_turns_read_only_is_said_and_refused_at_the_start() -> None:
    with _on(lambda folder: volumes.ext4(folder / "store", folder / "image")) as plane:
        folder = plane.home
        plane.start(create=True)
        shop = plane.caller("shop-backend")
        stored = shop.store(person())
        volumes.abort(folder / "store")
        assert _refusal(shop, 3).reason == "read-only"
        assert _ready(plane)[0] == 503
        receipt = plane.operator().receipt(stored.receipt.index)
        assert kind_of(receipt.leaf) == "record:stored"
        assert plane.stop() == 0
        status, words = plane.refuses_to_start()
        assert status != 0
        assert "Read-only file system" in words
        assert "hint" in words


def test_a_store_mounted_read_only_and_then_writable_again_opens_as_it_was() -> None:
    with _on(lambda folder: volumes.tmpfs(folder / "store", 4)) as plane:
        folder = plane.home
        plane.start(create=True)
        shop = plane.caller("shop-backend")
        subject = shop.store(person()).subject
        assert plane.stop() == 0
        volumes.remount(folder / "store", "ro")
        assert plane.refuses_to_start()[0] != 0
        volumes.remount(folder / "store", "rw")
        plane.start()
        assert shop.reveal(subject, ["city"], purpose="account").fields["city"] == "London"
        assert plane.stop() == 0


LOCKER = """
import sys, apsw
connection = apsw.Connection(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_store_locked_by_another_program_is_said_until_it_lets_go(own_plane: DataPlane) -> None:
    shop = own_plane.caller("shop-backend")
    known = [shop.store(person()).subject]
    store = str(own_plane.home / "store" / "vault.db")
    command = [sys.executable, "-c", LOCKER, store]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "locked\n"
        assert _refusal(shop, 2).reason == "busy"
        assert _ready(own_plane)[0] == 503
        program.communicate("")
    _assert_recovers(own_plane, shop, known)


def test_a_program_that_only_reads_the_store_is_in_nobodys_way(own_plane: DataPlane) -> None:
    shop = own_plane.caller("shop-backend")
    store = str(own_plane.home / "store" / "vault.db")
    with closing(apsw.Connection(store, flags=apsw.SQLITE_OPEN_READONLY)) as reader:
        reader.execute("BEGIN").execute("SELECT count(*) FROM leaf").fetchall()
        for _ in range(20):
            shop.store(person())
    assert _ready(own_plane) == (200, [])


@pytest.mark.parametrize("call", ["sync", "write"])
def test_an_error_of_the_disk_acknowledges_nothing_and_passes(call: str) -> None:
    with _faulty() as (plane, word):
        shop = plane.caller("shop-backend")
        known = [shop.store(person()).subject]
        word.write_text(f"error {call}")
        assert _refusal(shop, 3).reason == "disk-error"
        status, problems = _ready(plane)
        assert status == 503
        assert "disk" in problems[0]
        assert plane.ask("GET", "/healthz").status == 200
        word.write_text("")
        _assert_recovers(plane, shop, known)
        assert plane.stop() == 0


@pytest.mark.parametrize("call", ["sync", "write"])
@pytest.mark.parametrize("failures", [1, 3])
def test_a_disk_that_fails_now_and_then_never_splits_a_write(call: str, failures: int) -> None:
    with _faulty() as (plane, word):
        shop, known = plane.caller("shop-backend"), list[str]()
        for _ in range(6):
            word.write_text(f"error {call} {failures}")
            for _ in range(4):
                with suppress(UnavailableError):
                    known.append(shop.store(person()).subject)
            word.write_text("")
        _assert_recovers(plane, shop, known)
        plane.kill()
        plane.start()
        for subject in known:
            assert shop.reveal(subject, ["city"], purpose="account").fields["city"] == "London"


def test_what_a_failing_sync_refused_may_be_found_later_and_is_never_done_twice() -> None:
    with _faulty() as (plane, word):
        shop, fields = plane.caller("shop-backend"), person()
        word.write_text("error sync")
        with pytest.raises(UnavailableError) as caught:
            shop.store(fields, idempotency_key="once")
        assert "Idempotency-Key" in caught.value.hint
        plane.kill()
        word.write_text("")
        plane.start()
        first = shop.store(fields, idempotency_key="once")
        assert shop.store(fields, idempotency_key="once").receipt.index == first.receipt.index
        assert _kinds(plane).count("record:stored") == 1


def test_a_slow_disk_makes_answers_late_and_health_as_quick_as_ever() -> None:
    with _faulty() as (plane, word):
        shop, answers = plane.caller("shop-backend"), list[str]()
        word.write_text("slow 7")
        asking = threading.Thread(target=lambda: answers.append(shop.store(person()).subject))
        asking.start()
        seen: list[Answer] = []
        wait_until(lambda: _slow(plane, seen), SOON_S, lambda: str(_ready(plane)))
        assert answers == []
        assert {answer.status for answer in seen} == {200}
        word.write_text("")
        asking.join(SOON_S)
        seen_fields = shop.reveal(answers[0], ["city"], purpose="account").fields
        assert seen_fields == {"city": "London"}
        wait_until(lambda: _ready(plane) == (200, []), SOON_S)
        assert plane.stop() == 0


def _slow(plane: DataPlane, seen: list[Answer]) -> bool:
    """Whether readiness says that the disk does not answer; health is asked each time."""
    seen.append(plane.ask("GET", "/healthz"))
    status, problems = _ready(plane)
    return status == 503 and "has not answered" in problems[0]
