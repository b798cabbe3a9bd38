"""The copy of accounts for backups: what is in it, what never is, and that it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection

from shopward import clock
from shopward.console import accounts
from shopward.console.models import Event, Mail, Task
from shopward.errors import BackupError, ConflictError
from shopward.events import Kind
from shopward.identity.web.models import Account, KnownDevice, OneTimeLink, Realm, RecoveryCase
from shopward.settings import ConsoleSettings
from shopward.store.accounts_copy import read_parts

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "canary-4711"


@pytest.fixture
def robin() -> Account:
    """Somebody with a row in every table that has to do with people."""
    now = clock.now()
    made = Account.objects.create(
        realm=Realm.STAFF, email="robin@shop.example", name="Róbin", role="owner", password="!x"
    )
    other = Account.objects.create(realm=Realm.STAFF, email="kim@shop.example", is_active=False)
    Authenticator.objects.create(user=made, type="totp", data={"salt": "s", "last_step": 7})
    Authenticator.objects.create(user=made, type="recovery_codes", data={"digests": [CANARY]})
    KnownDevice.objects.create(
        account=made, digest="d", label="Firefox on Linux", first_seen=now, last_seen=now
    )
    OneTimeLink.objects.create(digest=CANARY, purpose="recovery", made=now, expires=now)
    for ended in (None, now):
        reason = CANARY if ended is None else "lost a phone"
        RecoveryCase.objects.create(
            account=made, asked_by=other, asked=now, reason=reason, ended=ended
        )
    Mail.objects.create(address=f"{CANARY}@shop.example", subject=CANARY, text=CANARY)
    Task.objects.create(kind="mail", arguments={"canary": CANARY})
    Event.objects.create(kind=Kind.CONSOLE_STARTED, actor="console")
    return made


@pytest.fixture
def copy(robin: Account, tmp_path: Path) -> Path:
    path = tmp_path / "accounts.copy"
    accounts.make(path)
    return path


@pytest.fixture
def empty(copy: Path) -> Iterator[None]:
    """The database as migrations leave it."""
    for label in (*accounts.KEPT, "identity.OneTimeLink", "console.Mail", "console.Task"):
        apps.get_model(label).objects.all().delete()
    return None


def restored(tmp_path: Path, data: bytes) -> accounts.Restored:
    return accounts.restore(
        ConsoleSettings(database=tmp_path / "new.db"), BytesIO(data), clock.now()
    )


def test_every_table_is_copied_or_left_for_a_reason() -> None:
    every = {one._meta.label for one in apps.get_models(include_auto_created=True)}

    assert every == set(accounts.KEPT) | set(accounts.LEFT), "decide about the new table"
    assert not set(accounts.KEPT) & set(accounts.LEFT)


def test_nothing_that_lets_somebody_in_is_in_it(copy: Path) -> None:
    data = copy.read_bytes()

    assert CANARY.encode() not in data
    assert "Róbin".encode() in data
    assert copy.stat().st_mode & 0o777 == 0o600


def test_what_was_copied_comes_back_as_it_was(
    robin: Account, copy: Path, empty: None, tmp_path: Path
) -> None:
    done = restored(tmp_path, copy.read_bytes())

    assert done.accounts == 2
    again = Account.objects.get(email="robin@shop.example")
    assert (again.pk, again.name, again.password) == (robin.pk, "Róbin", "!x")
    assert again.created == robin.created
    assert not Account.objects.get(email="kim@shop.example").is_active
    (factor,) = Authenticator.objects.all()
    assert (factor.user_id, factor.data) == (robin.pk, {"salt": "s", "last_step": 7})
    assert [case.reason for case in RecoveryCase.objects.all()] == ["lost a phone"]
    assert [one.objects.count() for one in (OneTimeLink, Mail, Task)] == [0, 0, 0]
    assert Event.objects.filter(kind=Kind.ACCOUNTS_RESTORED, settled=None).count() == 1
    assert (tmp_path / "new.db").exists()


def test_numbers_go_on_after_those_that_came_back(copy: Path, empty: None, tmp_path: Path) -> None:
    restored(tmp_path, copy.read_bytes())
    last = max(Event.objects.values_list("pk", flat=True))

    assert Event.objects.create(kind=Kind.CONSOLE_STOPPED, actor="console").pk > last


def test_a_damaged_copy_leaves_nothing(copy: Path, empty: None, tmp_path: Path) -> None:
    whole = copy.read_bytes()
    for data in (
        b"",
        whole[:40],
        whole[:-1],
        whole + b"x",
        whole.replace(b"is_active", b"is_passiv"),
    ):
        with pytest.raises(BackupError):
            restored(tmp_path, data)
        assert not Account.objects.exists()
        assert not (tmp_path / "new.db").exists()


def test_accounts_that_are_there_are_never_touched(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ConflictError):
        restored(tmp_path, copy.read_bytes())
    (tmp_path / "new.db").write_bytes(b"something")
    with pytest.raises(ConflictError):
        restored(tmp_path, copy.read_bytes())

    assert (tmp_path / "new.db").read_bytes() == b"something"


def test_both_engines_write_the_same_copy(robin: Account, tmp_path: Path) -> None:
    """What is compared here is the form of each value; SQLite and PostgreSQL run this test."""
    accounts.make(tmp_path / "copy")
    with (tmp_path / "copy").open("rb") as file:
        rows = {label: rows for label, _, rows in read_parts(file) if rows}

    kinds = {label: [type(value).__name__ for value in found[0]] for label, found in rows.items()}
    assert kinds["identity.Account"][:4] == ["str", "NoneType", "str", "str"]
    assert kinds["mfa.Authenticator"] == ["int", "str", "str", "dict", "datetime", "NoneType"]
    assert kinds["console.Event"][1] == "str"


def test_a_copy_reads_one_moment(robin: Account, tmp_path: Path) -> None:
    """The transaction is over afterwards, and the connection is as it was."""
    accounts.make(tmp_path / "copy")
    Account.objects.create(realm=Realm.STAFF, email=f"{uuid4()}@shop.example")

    assert connection.get_autocommit()
    assert Account.objects.count() == 3
