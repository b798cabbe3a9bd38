"""A customer of a running data plane, signed in at the public site."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console import asserting, outbox, tasks
from shopward.console.models import Mail, Task
from shopward.identity import secret_file
from shopward.identity.assurance import Factor
from shopward.identity.web import keys
from shopward.identity.web.models import Account, Realm, address_of
from shopward.settings import (
    ConsoleSettings,
    IdentitySettings,
    ListenSettings,
    MailSettings,
    Settings,
)
from tests.scenarios.people import number
from tests.scenarios.plane import DataPlane, home
from tests.scenarios.vouching import AUDIENCE
from tests.visitor import Visitor

POLICY = Path(__file__).parents[2] / "policy.example.toml"
VALUES = {
    "first_name": "Robin",
    "last_name": "Canarybird",
    "address1": "Canary Lane 7319",
    "city": "Riga-Canary",
    "country": "LV",
    "note": "canary note",
}
COUNT = itertools.count(1)


@pytest.fixture(scope="module")
def plane() -> Iterator[DataPlane]:
    """A running data plane that the stories of one module share."""
    with home() as folder, closing(DataPlane.furnish(folder)) as made:
        yield made.start(create=True)


@pytest.fixture
def shop(settings: SettingsWrapper, tmp_path: Path, plane: DataPlane) -> Iterator[Settings]:
    """The settings of a control plane that the data plane knows."""
    secret = tmp_path / "identity.key"
    secret_file.ensure(secret)
    made = msgspec.structs.replace(
        Settings(),
        home=tmp_path,
        log=AUDIENCE,
        policy=POLICY,
        listen=ListenSettings(socket=plane.home / "api.sock"),
        console=ConsoleSettings(signing_key=tmp_path / "signing.key"),
        identity=IdentitySettings(secret=secret, breached_passwords=tmp_path / "breached.bin"),
        mail=MailSettings(folder=tmp_path / "mail", sender="hello@shop.example"),
    )
    settings.SHOPWARD = made
    keys.keys.cache_clear()
    operator = plane.operator()
    for row in operator.callers():
        if row.name == asserting.NAME and row.revoked is None:
            operator.revoke_caller(row.id)
    operator.add_caller(asserting.NAME, "control-plane", key=asserting.signer_of(made).vkey)
    yield made
    keys.keys.cache_clear()


@dataclass
class Customer:
    """One customer: her account, her browser, and what the shop does with her."""

    plane: DataPlane
    mail_folder: Path
    email: str
    subject: str
    account: Account
    browser: Visitor
    order: str

    def sign_in(self, *factors: Factor) -> None:
        """Signs in anew, with a passkey by default."""
        self.account.refresh_from_db()
        self.browser.be(self.account, *factors)

    def get(self, path: str) -> HttpResponse:
        return self.browser.get(path)

    def post(self, path: str, form: dict[str, Any] | None = None) -> HttpResponse:
        return self.browser.post(path, form or {})

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers)
        return answer.content.decode()

    def courier_looks(self, *fields: str) -> int:
        """The courier looks at her label; the entry's index."""
        fact = self.order.replace("order", "shipment")
        self.plane.caller("order-system").put_fact(fact, self.subject, "open")
        courier = self.plane.caller("courier")
        names = fields or ("last_name", "city")
        seen = courier.reveal(self.subject, names, purpose="deliver", fact=fact)
        return int(seen.receipt.index)

    def kept(self, *names: str) -> dict[str, str | None]:
        """What the vault has of her now, as the shop's software sees it."""
        backend = self.plane.caller("shop-backend")
        seen = backend.reveal(self.subject, names, purpose="account")
        return dict(seen.fields)

    def add_way(self, name: str, added: datetime, used: datetime | None = None) -> Authenticator:
        row = Authenticator.objects.create(
            user=self.account,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": name, "credential": {}, "factor": "passkey"},
        )
        Authenticator.objects.filter(pk=row.pk).update(created_at=added, last_used_at=used)
        return row

    def mails(self, title: str) -> list[str]:
        """The texts of the mails to her with this title, after everything queued has run."""
        work()
        found = [path.read_text("utf-8") for path in sorted(self.mail_folder.glob("*.eml"))]
        return [one for one in found if f"Subject: {title}" in one]


def new_customer(plane: DataPlane, shop: Settings) -> Customer:
    """Somebody of whom the shop keeps a little, with an account and an open order."""
    nth = next(COUNT)
    email, order = f"canary{nth}-{number()}@mail.example", f"order:{number()}"
    subject = plane.caller("shop-backend").store({**VALUES, "email": email}).subject
    plane.caller("order-system").put_fact(order, subject, "open")
    account = Account.objects.create(
        realm=Realm.CUSTOMER, email=address_of(subject), password="argon2-was-here"
    )
    browser = Visitor("public", HTTP_USER_AGENT="Firefox on Linux", REMOTE_ADDR="192.0.2.7")
    browser.be(account)
    return Customer(plane, shop.mail.folder, email, subject, account, browser, order)


@pytest.fixture
def robin(shop: Settings, plane: DataPlane, db: None) -> Customer:
    return new_customer(plane, shop)


@pytest.fixture
def other(shop: Settings, plane: DataPlane, db: None) -> Customer:
    return new_customer(plane, shop)


def work() -> None:
    """Runs what is queued, also what is due within a minute, and enters the events."""
    soon = clock.now() + timedelta(minutes=1)
    Task.objects.filter(ended=None, due__lte=soon).update(due=clock.now())
    while tasks.run_next(clock.now()):
        pass
    failed = Task.objects.exclude(error="").values_list("kind", "error")
    assert not list(failed), list(failed)
    outbox.deliver()
    assert not Mail.objects.filter(sent=None).exists()
