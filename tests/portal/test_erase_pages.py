"""“Erase my data”, against a running data plane: asked, called off, done, certified."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django
from msgspec.structs import replace
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console import outbox, tasks
from shopward.console.models import Event, Mail, Task
from shopward.identity.web.models import Account
from shopward.portal import erasure as rules
from shopward.portal.web.flows import erasing
from shopward.portal.web.models import Dispute, Erasure
from shopward_client import ErasedError, ShopwardError
from tests.portal.conftest import Customer, work
from tests.visitor import Visitor

PAGE = "/account/erase/"
VERIFY = Path(__file__).parents[2] / "docs" / "spec" / "verify_receipt.py"


def stranger() -> Visitor:
    return Visitor("public", REMOTE_ADDR="192.0.2.99")


def link_in(mail: str, use: str = "erasure") -> str:
    text = mail.replace("=\n", "").replace("=3D", "=")
    found = re.search(rf"https://[^/]+(/{use}/\S+)", text)
    assert found is not None, mail
    return found[1]


def later(by: timedelta) -> None:
    """Lets time go by for the erasure that waits, and does what is queued, until nothing is."""
    row = Erasure.objects.get()
    Erasure.objects.filter(pk=row.pk).update(asked=row.asked - by, due=row.due - by)
    for _ in range(4):
        Task.objects.filter(ended=None, kind=erasing.ERASE).update(due=clock.now())
        while tasks.run_next(clock.now()):
            pass


def is_erased(robin: Customer) -> bool:
    try:
        robin.kept("city")
    except ErasedError:
        return True
    return False


def test_the_page_says_what_goes_and_what_a_law_keeps(robin: Customer) -> None:
    page = robin.text(PAGE)
    assert "first name, last name" in page
    assert "Nothing. All of it goes." in page

    robin.plane.caller("shop-backend").update(robin.subject, {"vat_id": "LV123"})
    page = robin.text(PAGE)
    assert "VAT number" in page
    assert "section 147 of the German Fiscal Code" in page
    assert not Erasure.objects.exists()


def test_a_stale_sign_in_is_asked_for_a_proof_first(
    robin: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: soon)
    for answer in (robin.get(PAGE), robin.post(PAGE)):
        assert answer.headers["Location"].startswith("/prove/")
    assert not Erasure.objects.exists()


def test_asking_changes_nothing_for_three_days_and_one_press_takes_it_back(
    robin: Customer,
) -> None:
    assert "Until then nothing changes." in robin.post(PAGE).content.decode()
    (mail,) = robin.mails(erasing.ASKED)
    later(rules.COOLING - timedelta(minutes=1))
    assert not is_erased(robin)
    assert "Your data will be erased" in robin.text("/account/")

    path = link_in(mail)
    assert "Keep my data" in stranger().get(path).content.decode()
    assert Erasure.objects.get().state == Erasure.State.WAITING
    assert "It was called off." in stranger().post(path).content.decode()

    later(timedelta(days=30))
    assert not is_erased(robin)
    assert len(robin.mails(erasing.UNDONE)) == 1
    assert "Your data will be erased" not in robin.text("/account/")
    page = robin.text("/account/activity/")
    assert "You asked us to erase your data." in page
    assert "The erasure was called off. Your data stays." in page


def test_twice_asked_is_once(robin: Customer) -> None:
    robin.post(PAGE)
    robin.post(PAGE)

    assert Erasure.objects.count() == 1
    assert len(robin.mails(erasing.ASKED)) == 1


def test_it_is_called_off_from_the_page_too(robin: Customer) -> None:
    robin.post(PAGE)
    robin.post("/account/erase/undo/")
    later(timedelta(days=4))

    assert not is_erased(robin)
    robin.post(PAGE)
    assert Erasure.objects.filter(state=Erasure.State.WAITING).count() == 1


def test_after_three_days_all_is_gone_and_the_certificate_is_hers(
    robin: Customer, tmp_path: Path
) -> None:
    robin.plane.caller("shop-backend").update(robin.subject, {"vat_id": "LV123"})
    assert robin.get(PAGE).status_code == 200
    robin.post(PAGE)
    later(rules.COOLING)

    assert is_erased(robin)
    assert not Account.objects.exists()
    assert not UserSession.objects.exists()
    assert robin.get("/account/").status_code == 302
    outbox.deliver()
    assert not Event.objects.exclude(error="").exists()
    (mail,) = robin.mails(erasing.GOING)
    assert f"To: {robin.email}" in mail

    path = link_in(mail)
    page = stranger().get(path).content.decode()
    assert "except what a law makes it keep" in page
    assert "tax until " in page
    document = stranger().get(f"{path}certificate.json").content
    assert json.loads(json.loads(document)["statement"].split("\n")[1])["subject"] == robin.subject
    pdf = stranger().get(f"{path}certificate.pdf")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    (tmp_path / "certificate.json").write_bytes(document)
    command = [sys.executable, str(VERIFY), "certificate", str(tmp_path / "certificate.json")]
    key = robin.plane.operator().log_key().strip()
    checked = subprocess.run([*command, "--key", key], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_nothing_is_called_off_once_it_is_done(robin: Customer) -> None:
    robin.post(PAGE)
    (mail,) = robin.mails(erasing.ASKED)
    later(rules.COOLING)

    page = stranger().post(link_in(mail)).content.decode()
    assert "Signed certificate" in page
    assert is_erased(robin)


@pytest.mark.parametrize("dies", ["before the vault", "after the vault"])
def test_a_process_that_dies_in_between_loses_nothing(
    robin: Customer, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    class KilledError(BaseException):
        """Nothing catches it, as nothing catches SIGKILL."""

    def die(*given: object) -> None:
        raise KilledError

    robin.post(PAGE)
    with monkeypatch.context() as broken:
        broken.setattr(erasing, "_erased" if dies.startswith("before") else "_finish", die)
        with pytest.raises(KilledError):
            later(rules.COOLING)
    assert Account.objects.exists()
    assert is_erased(robin) is dies.startswith("after")
    long_ago = clock.now() - timedelta(hours=1)
    Task.objects.filter(state=Task.State.RUNNING).update(lease_until=long_ago)
    later(timedelta(0))

    assert is_erased(robin)
    assert not Account.objects.exists()
    row = Erasure.objects.get()
    assert row.state == Erasure.State.DONE
    assert erasing.certificate(row)


def test_one_whom_the_shop_erased_meanwhile_still_gets_her_certificate(robin: Customer) -> None:
    robin.post(PAGE)
    robin.plane.caller("shop-backend").erase(robin.subject)
    Mail.objects.update(given_up=clock.now())
    later(rules.COOLING + rules.PATIENCE)

    assert not Account.objects.exists()
    assert erasing.certificate(Erasure.objects.get())


def test_a_last_mail_that_cannot_leave_holds_it_up_for_a_day(
    robin: Customer, settings: SettingsWrapper
) -> None:
    robin.post(PAGE)
    work()
    house = django.SHOPWARD
    settings.SHOPWARD = replace(house, mail=replace(house.mail, host="127.0.0.1", port=9))
    later(rules.COOLING)
    assert Erasure.objects.get().state == Erasure.State.LEAVING
    assert not is_erased(robin)

    later(rules.PATIENCE)
    assert is_erased(robin)


def test_while_this_was_not_me_stands_it_is_refused_with_the_reason(robin: Customer) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    robin.sign_in()
    for page in (robin.get(PAGE), robin.post(PAGE)):
        text = page.content.decode()
        assert "While that holds nobody can erase it" in text
        assert "What goes" not in text
    assert not Erasure.objects.exists()

    robin.post("/account/unlock/")
    robin.post(PAGE)
    assert Erasure.objects.exists()


def test_the_vault_itself_erases_nothing_of_one_who_is_frozen(robin: Customer) -> None:
    robin.post("/account/not-me/", {"days": "1"})
    for role in ("shop-backend",):
        with pytest.raises(ShopwardError) as error:
            robin.plane.caller(role).erase(robin.subject)
        assert error.value.reason == "subject-frozen"


def test_this_was_not_me_calls_off_what_a_thief_asked_for(robin: Customer) -> None:
    robin.post(PAGE)
    robin.post("/account/not-me/", {"days": "1"})

    assert Erasure.objects.get().state == Erasure.State.UNDONE
    Dispute.objects.update(frozen_until=clock.now())
    later(timedelta(days=4))
    assert Account.objects.exists()


@pytest.mark.parametrize("what", ["old", "forged", "of another use", "of another customer"])
def test_a_link_that_is_not_ours_shows_nothing(robin: Customer, other: Customer, what: str) -> None:
    robin.post(PAGE)
    row = Erasure.objects.get()
    soon, past = clock.now() + timedelta(hours=1), clock.now() - timedelta(seconds=1)
    make, nonce = erasing.links.make, str(row.pk)
    tokens = {
        "old": make(erasing.USE, erasing.links.Link(robin.subject, past, nonce=nonce)),
        "forged": erasing.link_of(row)[:-3] + "AAA",
        "of another use": make("guest", erasing.links.Link(robin.subject, soon, nonce=nonce)),
        "of another customer": make(
            erasing.USE, erasing.links.Link(other.subject, soon, nonce=nonce)
        ),
    }
    path = f"/erasure/{tokens[what]}/"

    for answer in (
        stranger().get(path),
        stranger().post(path),
        stranger().get(f"{path}certificate.json"),
    ):
        assert answer.status_code == 410
    assert Erasure.objects.get().state == Erasure.State.WAITING


def test_a_customer_gets_no_certificate_of_somebody_else(robin: Customer, other: Customer) -> None:
    done = robin.plane.caller("shop-backend").erase(robin.subject)
    row = Erasure(subject=other.subject, asked=clock.now(), due=clock.now())
    row.entry = done.receipt.index
    with pytest.raises(ShopwardError) as error:
        erasing.certificate(row)
    assert error.value.status == 404


def test_a_guest_confirms_by_her_mailbox(robin: Customer) -> None:
    Account.objects.all().delete()
    robin.browser = Visitor("public", REMOTE_ADDR="192.0.2.51")
    robin.post("/guest/", {"email": robin.email, "order": robin.order.partition(":")[2]})
    robin.post(link_in(robin.mails("Your order and your data")[-1], "guest"))
    assert "What goes" in robin.text(PAGE)
    assert "Look into your mailbox" in robin.post(PAGE).content.decode()
    assert not Erasure.objects.exists()

    path = link_in(robin.mails(erasing.GUEST)[-1], "erase")
    assert "Erase my data" in stranger().get(path).content.decode()
    assert not Erasure.objects.exists()
    assert "Until then nothing changes." in stranger().post(path).content.decode()
    assert stranger().post(path).status_code == 410
    later(rules.COOLING)
    assert is_erased(robin)


def test_a_mailbox_alone_does_not_erase_an_account(robin: Customer) -> None:
    robin.browser = Visitor("public", REMOTE_ADDR="192.0.2.51")
    robin.post("/guest/", {"email": robin.email, "order": robin.order.partition(":")[2]})
    robin.post(link_in(robin.mails("Your order and your data")[-1], "guest"))

    for answer in (robin.get(PAGE), robin.post(PAGE)):
        assert "You have an account." in answer.content.decode()
    work()
    assert robin.mails(erasing.GUEST) == []
