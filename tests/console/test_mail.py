"""Mails leave in the end, once, and nothing of them is kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console import mail, tasks
from shopward.console.models import Event, Mail, Task
from shopward.settings import MailSettings, Settings
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane, free_port

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "Open https://shopward.localhost/once/canary-4711/\n"


class Server:
    """A mail server that keeps what it gets, and refuses the first `refusals` mails."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], Message]] = []
        self.refusals = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        self.got.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def server(house: Settings, settings: SettingsWrapper) -> Iterator[Server]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        told = MailSettings(
            host="127.0.0.1", port=controller.port, security="none", sender="shop@shop.example"
        )
        settings.SHOPWARD = msgspec.structs.replace(house, mail=told)
        yield handler
    finally:
        controller.stop()


def test_a_mail_leaves_and_its_text_is_forgotten(server: Server) -> None:
    mail.queue("ada@example.com", "A new device", TEXT)

    assert tasks.run_next(clock.now())

    ((to, message),) = server.got
    assert to == ["ada@example.com"]
    assert message["Subject"] == "A new device"
    assert message["From"] == "shop@shop.example"
    assert "canary-4711" in message.get_payload()
    row = Mail.objects.get()
    assert row.sent is not None
    assert (row.subject, row.text) == ("", "")


def test_a_mail_that_is_refused_is_sent_later_under_the_same_id(server: Server) -> None:
    server.refusals = 1
    mail.queue("ada@example.com", "Hello", TEXT)
    now = clock.now()

    assert tasks.run_next(now)
    assert Mail.objects.get().error == "SMTPDataError"
    assert tasks.run_next(now + timedelta(minutes=1))
    Mail.objects.update(sent=None, subject="Hello", text=TEXT)
    Task.objects.update(state="waiting", ended=None)
    assert tasks.run_next(now + timedelta(minutes=2))

    first, second = (message["Message-ID"] for _, message in server.got)
    assert first == second


def test_a_mail_that_has_left_is_not_sent_again(server: Server) -> None:
    mail.queue("ada@example.com", "Hello", TEXT)
    tasks.run_next(clock.now())
    mail.send(Mail.objects.get().pk)

    assert len(server.got) == 1


def test_without_a_mail_server_a_local_installation_writes_a_file(house: Settings) -> None:
    mail.queue("ada@example.com", "Hello", TEXT)

    tasks.run_next(clock.now())

    (path,) = house.mail.folder.iterdir()
    assert "canary-4711" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_in_production_it_waits_and_what_is_given_up_is_emptied_and_entered(
    house: Settings, settings: SettingsWrapper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.SHOPWARD = msgspec.structs.replace(house, profile="production")
    mail.queue("ada@example.com", "Hello", TEXT)
    now = clock.now()
    for hours in range(mail.ATTEMPTS):
        assert tasks.run_next(now + timedelta(hours=hours))

    mail.give_up()
    mail.give_up()

    row = Mail.objects.get()
    assert row.given_up is not None
    assert row.text == ""
    assert list(Event.objects.values_list("kind", flat=True)) == ["task:failed", "mail:failed"]
    assert "canary-4711" not in caplog.text
    assert "ada@" not in caplog.text


def test_an_address_is_shown_masked() -> None:
    assert mail.masked("ada@example.com") == "a•••@example.com"


def test_a_customers_address_is_read_as_the_mail_leaves_and_kept_nowhere(
    joined: Settings, plane: DataPlane
) -> None:
    details = person()
    subject = plane.caller("shop-backend").store(details).subject
    mail.queue_to(subject, "A new device", TEXT)

    assert tasks.run_next(clock.now())
    (sent,) = joined.mail.folder.glob("*.eml")
    assert message_from_bytes(sent.read_bytes())["To"] == details["email"]
    row = Mail.objects.get()
    assert row.sent is not None
    assert row.address == f"{subject}@customer.invalid"
    kept = str([*Mail.objects.values(), *Task.objects.values(), *Event.objects.values()])
    assert details["email"] not in kept
    seen = plane.caller("auditor").own_entries(subject, count=1).entries[0]
    told = json.loads(seen.details or "{}")
    assert (told["role"], told["purpose"]) == ("messenger", "notice")


def test_a_mail_to_a_customer_waits_for_the_vault(house: Settings) -> None:
    mail.queue_to("cus_" + "0" * 27, "A new device", TEXT)

    assert tasks.run_next(clock.now())
    assert Mail.objects.get().error == "UnreachableError"
    assert Task.objects.get(kind=mail.KIND).state == Task.State.WAITING
    assert not house.mail.folder.exists()
