"""Links, senders and phone numbers: ours, look-alikes, and what cannot be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.portal.sent_by_us import Names, Verdict, What, judge, link, phone, sender, what_is

OURS = Names(
    "Example Shop", "shop.example", 443, "mail.shop.example", frozenset({"+4930901820"}), "DE"
)


@pytest.mark.parametrize(
    ("pasted", "what"),
    [
        ("K7QF-2M9X-4PT8", What.CODE),
        ("k7qf 2m9x 4pt8", What.CODE),
        ("https://shop.example/x", What.LINK),
        ("shop.example/account", What.LINK),
        ("ftp://shop.example", What.LINK),
        ("help@shop.example", What.SENDER),
        ("Example Shop <help@shop.example>", What.SENDER),
        ("+49 30 901820", What.PHONE),
        ("030 / 90 18 20", What.PHONE),
        ("Dear customer,\nplease …", What.MAIL),
        ("please call me", What.MAIL),
        ("x" * 201, What.MAIL),
    ],
)
def test_what_was_pasted_is_recognised(pasted: str, what: What) -> None:
    assert what_is(pasted) is what


@pytest.mark.parametrize(
    "ours",
    [
        "https://shop.example",
        "https://shop.example/a?b=c#d",
        "https://SHOP.example:443/",
        "shop.example/account/",
        "https://shop.example./",
    ],
)
def test_our_own_address_is_ours(ours: str) -> None:
    assert link(ours, OURS).verdict is Verdict.OURS


@pytest.mark.parametrize(
    ("foreign", "because"),
    [
        ("https://sh0p.example", "one or two letters"),
        ("https://shop.example.evil.test/", "the end counts"),
        ("https://shop.example-pay.test/", "the end counts"),
        ("https://sh\u043ep.example/", "letters that look like"),
        ("https://192.0.2.7/", "bare number"),
        ("https://[2001:db8::1]/", "bare number"),
        ("http://shop.example/", "https://"),
        ("https://shop.example:8443/", "another door"),
        ("https://shop.example@evil.test/", "before the @"),
        ("https://user@shop.example/", "before the @"),
        ("javascript://shop.example/%0aalert(1)", "https://"),
        ("https://", "no address"),
        ("https://[", "no address"),
        ("https://evil.test/shop.example", "not ours"),
    ],
)
def test_a_foreign_address_is_told_with_its_reason(foreign: str, because: str) -> None:
    answer = link(foreign, OURS)

    assert answer.verdict is Verdict.NOT_OURS
    assert any(because in str(one) for one in answer.reasons), list(map(str, answer.reasons))


def test_our_sender_could_be_ours_and_no_more() -> None:
    assert sender("Example Shop <help@MAIL.shop.example>", OURS).verdict is Verdict.COULD_BE


@pytest.mark.parametrize(
    "foreign",
    ["help@shop.example", '"help@mail.shop.example" <x@evil.test>', "a@mai1.shop.example", "@", ""],
)
def test_another_sender_is_not_ours(foreign: str) -> None:
    assert sender(foreign, OURS).verdict is Verdict.NOT_OURS


def test_a_sender_that_uses_our_name_is_told() -> None:
    said = list(map(str, sender("Example Shop <pay@evil.test>", OURS).reasons))

    assert "It uses our name, but not our address." in said


@pytest.mark.parametrize("ours", ["+49 30 901820", "030 / 901820", "(030) 90-18-20"])
def test_our_number_could_be_ours_and_no_more(ours: str) -> None:
    assert phone(ours, OURS).verdict is Verdict.COULD_BE


@pytest.mark.parametrize(
    "foreign", ["+49 30 901821", "+44 30 901820", "12345", "+", "+4930901820999"]
)
def test_another_number_is_not_ours(foreign: str) -> None:
    assert phone(foreign, OURS).verdict is Verdict.NOT_OURS


@given(st.text(max_size=300), st.sampled_from([What.LINK, What.SENDER, What.PHONE]))
def test_whatever_is_pasted_gets_an_answer(pasted: str, what: What) -> None:
    what_is(pasted)
    assert judge(what, pasted, OURS).reasons


@given(st.text(max_size=60))
def test_only_our_host_is_ours(host: str) -> None:
    answer = link(f"https://{host}/", OURS)

    if answer.verdict is Verdict.OURS:
        assert "shop.example" in host.casefold().translate({0x3002: ".", 0xFF0E: "."}) or any(
            ord(letter) > 127 for letter in host
        )
