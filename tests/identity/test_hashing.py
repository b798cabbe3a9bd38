"""How passwords are kept: Argon2id under a pepper, whole, and few at a time."""

from __future__ import annotations

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters

from shopward.errors import UnavailableError
from shopward.identity import hashing
from shopward.identity.hashing import Gate, Hashing

PASSWORD = "violet kettle orbits slowly"


@pytest.fixture(scope="module")
def ours() -> Hashing:
    return Hashing(b"p" * 32, Gate())


def test_the_costs_are_those_of_the_profile(ours: Hashing) -> None:
    encoded = ours.hash(PASSWORD)
    found = extract_parameters(encoded)
    assert (found.time_cost, found.memory_cost, found.parallelism) == (2, 47_104, 1)
    assert found.type.name == "ID"
    assert not hashing.is_outdated(encoded)


def test_the_password_is_verified_whole(ours: Hashing) -> None:
    long = "x" * 200 + "!"
    encoded = ours.hash(long)
    assert ours.verify(encoded, long)
    assert not ours.verify(encoded, long[:-1])
    assert not ours.verify(encoded, long[:64])


def test_it_does_not_matter_how_a_letter_was_composed(ours: Hashing) -> None:
    encoded = ours.hash("café au lait obligé")
    assert ours.verify(encoded, unicodedata.normalize("NFD", "café au lait obligé"))


def test_without_the_pepper_a_right_password_is_wrong(ours: Hashing) -> None:
    encoded = ours.hash(PASSWORD)
    assert not Hashing(b"q" * 32, Gate()).verify(encoded, PASSWORD)


def test_weaker_costs_are_noticed() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x")
    assert hashing.is_outdated(weak)


@pytest.mark.parametrize("stored", [None, "", "!unusable", "pbkdf2_sha256$1$a$b", "$argon2id$bad"])
def test_who_has_no_password_has_no_right_one(ours: Hashing, stored: str | None) -> None:
    assert not ours.verify(stored, PASSWORD)
    assert not ours.verify(stored, "")


@pytest.mark.parametrize("stored", [None, "", "!unusable", "known"])
def test_every_check_is_the_work_of_one_hash(
    ours: Hashing, stored: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = ours.hash(PASSWORD) if stored == "known" else stored
    real, asked = hashing._ARGON2, list[str]()

    class Counting:
        def verify(self, against: str, keyed: bytes) -> bool:
            asked.append(against)
            return real.verify(against, keyed)

    monkeypatch.setattr(hashing, "_ARGON2", Counting())
    for password in ("wrong", "x" * 100_000):
        assert not ours.verify(encoded, password)
    costs = {str(extract_parameters(one)) for one in asked}
    assert len(asked) == 2
    assert len(costs) == 1


def test_two_are_inside_and_the_rest_is_told_to_come_back() -> None:
    gate, inside, leave = Gate(2, 1, 30), threading.Semaphore(0), threading.Event()
    most, now_in, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal most, now_in
        with gate.place():
            with lock:
                now_in += 1
                most = max(most, now_in)
            inside.release()
            leave.wait(30)
            with lock:
                now_in -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    assert inside.acquire(timeout=30)
    assert inside.acquire(timeout=30)
    while gate._queue.acquire(blocking=False):  # until the third stands in the queue
        gate._queue.release()
    with pytest.raises(UnavailableError), gate.place():
        pytest.fail("a fourth came in")
    leave.set()
    for one in threads:
        one.join()
    assert most == 2
    with gate.place():
        """Every place was given back."""


def test_who_waits_in_vain_is_told_so() -> None:
    gate = Gate(1, 1, 0.01)
    with gate.place(), pytest.raises(UnavailableError), gate.place():
        pytest.fail("two came in")
