"""The import against a vault that answers late, too little, or not at all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from shopward.cli import importjob
from shopward.cli.importjob import Files
from shopward.errors import ConflictError
from shopward.sources import Plan, Progress, parse, understand
from shopward_client import (
    Client,
    DeniedError,
    InvalidError,
    NoAnswerError,
    Outcome,
    Receipt,
    ShopwardError,
    Store,
    Stored,
    TooLargeError,
    UnavailableError,
)
from shopward_client import (
    ConflictError as Taken,
)

MAPPING = b'external = "id"\n[fields]\nemail = "mail"\n'


class Vault:
    """Stores each item once per idempotency key; `trouble` may spoil the answer of a call."""

    def __init__(self, trouble: Callable[[int], ShopwardError | None] = lambda _call: None) -> None:
        self.stored: Counter[str] = Counter()
        self.calls = 0
        self._known: dict[str, list[Outcome[Stored]]] = {}
        self._trouble = trouble
        self.most = 1000

    def store_many(self, items: Sequence[Store], *, idempotency_key: str) -> list[Outcome[Stored]]:
        self.calls += 1
        if len(items) > self.most:
            raise _error(TooLargeError("too large"), 413)
        if idempotency_key not in self._known:
            self._known[idempotency_key] = [self._store(one) for one in items]
        if trouble := self._trouble(self.calls):
            raise trouble
        return self._known[idempotency_key]

    def _store(self, item: Store) -> Outcome[Stored]:
        mail = item.fields["email"]
        if mail.startswith("bad"):
            return _refused(InvalidError("no", field="email"), 400)
        if mail.startswith("taken"):
            return _refused(Taken("no", field="email"), 409, "already-taken")
        if mail.startswith("there"):
            return _refused(Taken("no", field="external"), 409, "already-taken")
        if mail.startswith("busy"):
            return _refused(UnavailableError("busy"), 503)
        self.stored[mail] += 1
        return Outcome(201, item.reference, Stored(f"cus_{mail}", Receipt(1, "")), None)


def _error(error: ShopwardError, status: int) -> ShopwardError:
    error.status = status
    return error


def _refused(error: ShopwardError, status: int, reason: str | None = None) -> Outcome[Stored]:
    error.status, error.reason = status, reason
    return Outcome(status, None, None, error)


def plan_for(folder: Path, mails: Sequence[str]) -> Plan:
    path = folder / "customers.csv"
    path.write_text("id,mail\n" + "".join(f"{n},{mail}\n" for n, mail in enumerate(mails)))
    return understand(path, parse(MAPPING), ["email"])


def mails(count: int) -> list[str]:
    return [f"m{n}@example.com" for n in range(count)]


def go(
    vault: Vault, plan: Plan, files: Files, stop: Callable[[], bool] = lambda: False
) -> Progress:
    return importjob.run(cast(Client, vault), plan, files, lambda _done: None, stop)


def tokens(files: Files) -> list[str]:
    return [line.split(",")[2] for line in files.tokens.read_text().splitlines()[1:]]


@pytest.mark.parametrize("call", [1, 2, 3])
def test_an_answer_that_was_lost_stores_nobody_twice(tmp_path: Path, call: int) -> None:
    plan = plan_for(tmp_path, mails(250))
    files = Files.of(tmp_path / "imports", plan)
    vault = Vault(lambda now: NoAnswerError("lost") if now == call else None)
    with pytest.raises(NoAnswerError):
        go(vault, plan, files)
    done = go(vault, plan, files)
    assert (done.stored, done.rejected, done.finished) == (250, 0, True)
    assert vault.stored == Counter(mails(250))
    assert tokens(files) == [f"cus_{mail}" for mail in mails(250)]


def test_a_row_that_is_refused_does_not_stop_the_others(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, ["a@x.de", "bad", "taken", "there", "", "z@x.de"])
    files = Files.of(tmp_path / "imports", plan)
    done = go(Vault(), plan, files)
    assert (done.stored, done.already, done.rejected) == (2, 1, 3)
    assert files.rejects.read_text().splitlines() == [
        "line,field,reason",
        "3,email,invalid",
        "4,email,already-taken",
        "6,,empty-row",
    ]
    assert "bad" not in files.rejects.read_text()


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_when_the_vault_cannot_be_asked_nothing_is_marked_as_done(
    tmp_path: Path, status: int
) -> None:
    plan = plan_for(tmp_path, mails(150))
    files = Files.of(tmp_path / "imports", plan)
    vault = Vault(lambda now: _error(DeniedError("no"), status) if now == 2 else None)
    with pytest.raises(ShopwardError):
        go(vault, plan, files)
    kept = json.loads(files.journal.read_text())
    assert (kept["next_row"], kept["stored"], kept["finished"]) == (100, 100, False)


def test_an_item_that_waits_is_no_reject(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, ["a@x.de", "busy"])
    files = Files.of(tmp_path / "imports", plan)
    with pytest.raises(UnavailableError):
        go(Vault(), plan, files)
    assert not files.rejects.exists()
    assert not files.journal.exists()


def test_a_batch_that_is_too_large_goes_in_halves(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, mails(100))
    files = Files.of(tmp_path / "imports", plan)
    vault = Vault()
    vault.most = 30
    assert go(vault, plan, files).stored == 100
    assert vault.stored == Counter(mails(100))


def test_a_row_that_is_too_large_by_itself_is_rejected(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, mails(3))
    files = Files.of(tmp_path / "imports", plan)
    vault = Vault()
    vault.most = 0
    assert go(vault, plan, files).rejected == 3
    assert files.rejects.read_text().splitlines()[1] == "2,,too-large"


def test_stopped_between_batches_it_goes_on_there(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, mails(250))
    files = Files.of(tmp_path / "imports", plan)
    vault = Vault()
    assert go(vault, plan, files, lambda: vault.calls == 1).next_row == 100
    assert go(vault, plan, files).stored == 250
    assert vault.calls == 3


def test_a_finished_import_sends_nothing(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, mails(5))
    files = Files.of(tmp_path / "imports", plan)
    vault = Vault()
    go(vault, plan, files)
    go(vault, plan, files)
    assert vault.calls == 1


def test_the_same_import_does_not_run_twice_at_once(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, mails(5))
    files = Files.of(tmp_path / "imports", plan)

    def again() -> bool:
        with pytest.raises(ConflictError, match="running already"):
            go(Vault(), plan, files)
        return False

    assert go(Vault(), plan, files, again).finished
