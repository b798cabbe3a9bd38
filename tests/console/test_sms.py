"""Text messages leave within their ten minutes, to the right number alone, and within a budget."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_django import Settings as SettingsWrapper

from shopward import clock
from shopward.console import sms, tasks
from shopward.console.models import Event, Task, TextMessage
from shopward.identity import secret_file
from shopward.identity.sms import State, read
from shopward.identity.web import keys
from shopward.identity.web.models import Throttle
from shopward.settings import IdentitySettings, Settings, SmsSettings
from tests.phones import Phones
from tests.scenarios.people import person
from tests.scenarios.plane import DataPlane

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "+491715550142"
CODE = "48213377"
TEXT = f"{CODE} is your code at Example.\n\n@shopward.localhost #{CODE}"


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch) -> Phones:
    made = Phones()
    monkeypatch.setattr(sms, "sender", lambda: made)
    return made


@pytest.fixture
def shop(joined: Settings, settings: SettingsWrapper, tmp_path: Path) -> Iterator[Settings]:
    """Offers codes by SMS, beside a running vault."""
    secret = tmp_path / "identity.key"
    secret_file.ensure(secret)
    settings.SHOPWARD = msgspec.structs.replace(
        joined,
        identity=IdentitySettings(secret=secret),
        sms=SmsSettings(accepts_risk="the owner, for the test", folder=tmp_path / "sms", daily=25),
    )
    keys.keys.cache_clear()
    yield settings.SHOPWARD
    keys.keys.cache_clear()


def customer(plane: DataPlane, phone: str = NUMBER) -> str:
    """Whoever has this number."""
    backend = plane.caller("shop-backend")
    found = backend.search("phone", phone, purpose="account").subject
    if found:
        return str(found)
    return str(backend.store(person(phone=phone)).subject)


def asked(subject: str, *, expected: str = "", is_asked: bool = False) -> int:
    until = clock.now() + timedelta(minutes=10)
    return sms.queue(subject, TEXT, until=until, expected=expected, is_asked=is_asked)


def run(after_s: int = 0) -> None:
    assert tasks.run_next(clock.now() + timedelta(seconds=after_s))


def test_the_number_is_read_as_the_message_leaves_and_written_down_nowhere(
    shop: Settings, plane: DataPlane, phones: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    subject = customer(plane)
    message = asked(subject)

    run()

    assert phones.arrived == [(NUMBER, TEXT)]
    state, digest = sms.state(message)
    assert state is State.SENT
    assert digest == sms.digest(subject, _number())
    tables = (TextMessage, Task, Event, Throttle)
    kept = str([row for table in tables for row in table.objects.values()]) + caplog.text
    for canary in (NUMBER, NUMBER[3:], CODE):
        assert canary not in kept
    seen = plane.caller("auditor").own_entries(subject, count=1).entries[0]
    told = json.loads(seen.details or "{}")
    assert (told["role"], told["purpose"]) == ("messenger", "notice")
    assert told["fields"] == ["phone"]


def test_no_other_number_than_the_confirmed_one_gets_a_code(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    subject = customer(plane)
    confirmed = sms.digest(subject, _number())
    plane.caller("shop-backend").update(subject, {"phone": "+491715550198"})

    message = asked(subject, expected=confirmed)
    run()

    assert sms.state(message) == (State.CHANGED, "")
    assert phones.asked == 0
    plane.caller("shop-backend").update(subject, {"phone": NUMBER})
    message = asked(subject, expected=confirmed)
    run()
    assert sms.state(message) == (State.SENT, confirmed)


def test_one_digest_is_one_customers(shop: Settings) -> None:
    assert sms.digest("cus_" + "0" * 27, _number()) != sms.digest("cus_" + "1" * 27, _number())


@pytest.mark.parametrize(
    "number", ["+4930123456", "+491805123456", "+12025550123", "+447911123456", "nobody's"]
)
def test_codes_go_to_mobile_numbers_of_the_shops_countries(number: str) -> None:
    assert read(number, "DE") is None


def test_countries_that_the_shop_names_are_reached() -> None:
    found = read("0664 1234567", "AT", ["DE", "AT"])
    assert found is not None
    assert (found.e164, found.country, found.hint) == ("+436641234567", "AT", "••• 67")
    assert read("+436641234567", "DE", ["DE"]) is None


def test_without_a_number_the_page_hears_it(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    details = person(phone=None)
    subject = plane.caller("shop-backend").store(details).subject
    message = asked(subject)

    run()

    assert sms.state(message) == (State.UNFIT, "")
    assert [one.kind for one in Event.objects.all()] == ["sms:failed"]


def test_a_provider_that_says_no_is_asked_three_times(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    message = asked(customer(plane))
    phones.moods.extend(["refuse"] * 9)

    run()
    assert sms.state(message)[0] is State.TRYING
    run(15)
    run(60)

    assert sms.state(message)[0] is State.FAILED
    assert phones.asked == 3
    assert TextMessage.objects.get().text == ""
    assert Event.objects.get().about == "why=failed"


def test_a_provider_without_an_answer_may_send_the_same_code_twice(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    message = asked(customer(plane))
    phones.moods.extend(["hang", "twice"])

    run()
    run(15)

    assert sms.state(message)[0] is State.SENT
    assert {text for _, text in phones.arrived} == {TEXT}
    assert len(phones.arrived) == 3


def test_a_message_that_is_decided_is_not_sent_again(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    message = asked(customer(plane))
    run()

    sms.send(message)

    assert len(phones.arrived) == 1


def test_after_ten_minutes_none_is_sent(
    shop: Settings, plane: DataPlane, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = asked(customer(plane))
    now = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: now)
    assert sms.state(message)[0] is State.LATE

    run()

    assert (sms.state(message)[0], phones.asked) == (State.LATE, 0)


def test_a_vault_that_is_away_is_asked_again(house: Settings, phones: Phones) -> None:
    message = asked("cus_" + "0" * 27)

    run()

    assert sms.state(message)[0] is State.TRYING
    assert phones.asked == 0


def test_one_number_gets_five_an_hour_whoever_asks(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    subject = customer(plane)
    states = []
    for _ in range(6):
        message = asked(subject)
        run()
        states.append(sms.state(message)[0])

    assert states == [State.SENT] * 5 + [State.BUSY]
    assert len(phones.arrived) == 5


def test_a_block_of_numbers_and_a_foreign_country_have_less_than_a_day(
    shop: Settings, plane: DataPlane, phones: Phones, settings: SettingsWrapper
) -> None:
    settings.SHOPWARD = msgspec.structs.replace(
        shop, sms=msgspec.structs.replace(shop.sms, countries="DE AT")
    )

    def states(numbers: list[str]) -> list[State]:
        found = []
        for number in numbers:
            message = asked(customer(plane, number))
            run()
            found.append(sms.state(message)[0])
        return found

    abroad = states([f"+43664123{n}000" for n in range(10, 17)])
    assert abroad == [State.SENT] * 5 + [State.BUSY] * 2, "a fifth of 25"
    block = states([f"+4917155599{n:02d}" for n in range(21)])
    assert block == [State.SENT] * 20 + [State.BUSY]
    assert states(["+491725550001"]) == [State.BUSY], "25 in a day are 25"


def test_every_count_is_keyed_but_countries_and_days(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    asked(customer(plane))
    run()

    kept = set(Throttle.objects.values_list("key", flat=True))
    assert {"sms-day", "sms-country:DE"} <= kept
    assert all(len(key) > 60 for key in kept - {"sms-day", "sms-country:DE"})


def test_the_number_that_she_asked_for_gets_the_code_that_confirms_it(
    shop: Settings, plane: DataPlane, phones: Phones
) -> None:
    subject = customer(plane)
    wanted = "+491725550177"
    as_asked = json.dumps({"phone": wanted})
    with _herself(shop, subject) as client:
        client.update(subject, {"asked_change": as_asked})

    message = asked(subject, is_asked=True)
    run()

    assert phones.arrived == [(wanted, TEXT)]
    assert sms.state(message)[1] != sms.digest(subject, _number())


def test_without_a_provider_a_local_installation_writes_a_file(
    shop: Settings, plane: DataPlane
) -> None:
    message = asked(customer(plane))

    run()

    (path,) = shop.sms.folder.iterdir()
    assert path.read_text() == f"To: {NUMBER}\n\n{TEXT}\n"
    assert path.stat().st_mode & 0o077 == 0
    assert sms.state(message)[0] is State.SENT


def test_what_is_a_day_old_is_gone(
    shop: Settings, plane: DataPlane, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = asked(customer(plane))
    run()
    now = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: now)

    sms.forget()

    assert not TextMessage.objects.exists()
    assert sms.state(message) == (State.LATE, "")


def _number() -> Any:
    return read(NUMBER, "DE")


def _herself(house: Settings, subject: str) -> Any:
    from shopward.console import asserting  # noqa: PLC0415 - only here

    return asserting.client(
        house,
        actor="acc_1",
        realm="customer",
        role="customer",
        acr=1,
        auth_time=clock.to_ms(clock.now()),
        session="test",
        subject=subject,
    )
