"""Your choices, against a running data plane: given, withdrawn, in force with the next look."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as django
from msgspec.structs import replace
from pytest_django import Settings as SettingsWrapper

from shopward.console import outbox
from shopward.console.models import Event
from shopward.console.portal_house import portal_house
from shopward.portal.web.flows import consenting
from shopward.portal.web.house import Me
from shopward.portal.web.models import Consent, ConsentText
from shopward_client import DeniedError, ShopwardError
from tests.portal.conftest import Customer, work

PAGE = "/account/consents/"
ONE = "/account/consents/consent/"
GPC = {"HTTP_SEC_GPC": "1"}


def may_write_to(robin: Customer, fact: str = "") -> str:
    """Why the shop may not send her the newsletter; empty when it may."""
    shop = robin.plane.caller("shop-backend")
    named = fact or f"consent:{robin.subject}"
    try:
        shop.reveal(robin.subject, ["email"], purpose="marketing", fact=named)
    except DeniedError as refused:
        return refused.reason or "?"
    return ""


def answer(robin: Customer, said: str, **more: Any) -> str:
    """What the page says after her answer to the text that it shows."""
    shown = re.search(r'name="text" value="(\w+)"', robin.text(PAGE))
    form = {"answer": said, "text": shown[1] if shown else ""}
    assert robin.browser.post(ONE, form, **more).headers["Location"] == PAGE
    return robin.text(PAGE)


def test_nothing_is_given_until_she_says_so(robin: Customer) -> None:
    assert "Off. You have not agreed." in robin.text(PAGE)
    assert may_write_to(robin) == "fact-unknown"


def test_what_she_gives_holds_at_once_and_what_she_withdraws_too(robin: Customer) -> None:
    assert "You agreed on" in answer(robin, "yes")
    assert may_write_to(robin) == ""

    assert "Off since" in answer(robin, "no")
    assert may_write_to(robin) == "fact-closed"

    answer(robin, "yes")
    assert may_write_to(robin) == ""


def test_the_record_has_text_version_time_and_signal_and_no_address(robin: Customer) -> None:
    answer(robin, "yes")
    answer(robin, "no")
    given, withdrawn = Consent.objects.order_by("id")

    assert (given.is_given, withdrawn.is_given) == (True, False)
    assert given.text == withdrawn.text == ConsentText.objects.get()
    assert given.text.version == 1
    assert "send you our newsletter" in given.text.text
    assert not given.gpc
    names = {one.name for one in Consent._meta.get_fields()}
    assert names == {"id", "subject", "consent", "is_given", "text", "at", "gpc", "why"}


def test_a_row_is_never_changed(robin: Customer) -> None:
    answer(robin, "yes")
    row = Consent.objects.get()
    row.is_given = False
    with pytest.raises(TypeError):
        row.save()


def test_every_change_is_an_entry_that_she_sees(robin: Customer) -> None:
    answer(robin, "yes")
    answer(robin, "no")
    outbox.deliver()
    page = robin.text("/account/activity/")

    assert "You agreed that we send you our newsletter." in page
    assert "You withdrew your consent: we do not send you our newsletter any more." in page
    assert "Our website noted: you do not agree that we send you our newsletter." in page
    about = Event.objects.filter(kind="consent:given").values_list("about", flat=True)
    digest = ConsentText.objects.get().digest
    (said,) = about
    assert said.endswith(f" consent=consent version=1 text={digest[:32]} gpc=0")


def test_she_agrees_to_the_text_that_she_was_shown_alone(robin: Customer) -> None:
    robin.post(ONE, {"answer": "yes", "text": "0" * 64})

    assert "The text has changed." in robin.text(PAGE)
    assert not Consent.objects.exists()
    assert may_write_to(robin) == "fact-unknown"


def test_a_browser_that_says_no_is_taken_at_its_word(robin: Customer) -> None:
    answer(robin, "yes")
    page = robin.browser.get(PAGE, **GPC).content.decode()

    assert "Your browser says no to this." in page
    assert may_write_to(robin) == "fact-closed"
    last = Consent.objects.order_by("-id")[0]
    assert (last.gpc, last.why, last.is_given) == (True, "gpc", False)
    robin.browser.get(PAGE, **GPC)
    robin.browser.get("/account/", **GPC)
    assert Consent.objects.count() == 2
    outbox.deliver()
    text = "Your browser asked us not to send you our newsletter, so we do not."
    assert text in robin.text("/account/activity/")


def test_the_first_page_takes_it_at_its_word_too(robin: Customer) -> None:
    answer(robin, "yes")
    robin.browser.get("/account/", **GPC)

    assert may_write_to(robin) == "fact-closed"


def test_nobody_agrees_against_her_browser(robin: Customer) -> None:
    answer(robin, "yes", **GPC)

    assert not Consent.objects.exists()
    assert may_write_to(robin) == "fact-unknown"


def test_what_the_shop_noted_is_shown_and_withdrawn_with_the_same_press(robin: Customer) -> None:
    fact = f"consent:checkout-{robin.subject[-6:]}"
    robin.plane.caller("order-system").put_fact(fact, robin.subject, "open")
    assert "Our shop says that you agreed." in robin.text(PAGE)
    assert may_write_to(robin, fact) == ""

    answer(robin, "no")
    assert may_write_to(robin, fact) == "fact-closed"
    assert may_write_to(robin) == "fact-closed"


def test_while_the_vault_is_away_her_answer_is_kept_and_follows(
    robin: Customer, settings: SettingsWrapper
) -> None:
    answer(robin, "yes")
    house = django.SHOPWARD
    gone = replace(house.listen, socket=house.home / "gone.sock")
    settings.SHOPWARD = replace(house, listen=gone)
    robin.post(ONE, {"answer": "no"})
    assert "It is noted, and holds in a moment." in robin.text(PAGE)

    settings.SHOPWARD = house
    work()
    assert may_write_to(robin) == "fact-closed"


def test_telling_the_vault_late_or_twice_comes_to_the_same(robin: Customer) -> None:
    answer(robin, "yes")
    first = Consent.objects.get()
    answer(robin, "no")
    with portal_house.asking(Me(robin.subject, session="late", auth_time=first.at)) as client:
        consenting._state(client, first)
    assert may_write_to(robin) == "fact-closed"

    work()
    assert may_write_to(robin) == "fact-closed"


def test_a_withdrawal_beats_what_software_stated_under_her_name(robin: Customer) -> None:
    answer(robin, "yes")
    orders = robin.plane.caller("order-system")
    orders.put_fact(f"consent:{robin.subject}", robin.subject, "open", version=2**53 - 9)
    answer(robin, "no")

    assert may_write_to(robin) == "fact-closed"


def test_a_customer_states_no_other_fact_and_nothing_of_others(
    robin: Customer, other: Customer
) -> None:
    me = Me(robin.subject, str(robin.account.pk), session="s", auth_time=robin.account.created)
    with portal_house.asking(me) as client:
        tries = {
            "verb-not-allowed": lambda: client.put_fact("order:mine", robin.subject, "open"),
            "subject-foreign": lambda: client.put_fact("consent:x", other.subject, "open"),
            "subject-foreign ": lambda: client.facts(other.subject),
        }
        for reason, attempt in tries.items():
            with pytest.raises(ShopwardError) as error:
                attempt()
            assert error.value.reason == reason.strip()
        assert {one.type for one in client.facts(robin.subject).facts} == {"order"}


def test_an_unknown_kind_is_none(robin: Customer) -> None:
    assert robin.post("/account/consents/order/", {"answer": "yes"}).status_code == 404
    assert robin.get(ONE).status_code == 405
