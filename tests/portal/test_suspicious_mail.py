"""A pasted mail: what speaks against it, and what can be said for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.portal.sent_by_us import Answer, Names, Verdict
from shopward.portal.suspicious_mail import Known, codes_of, judge

OURS = Names("Example Shop", "shop.example", 443, "mail.shop.example")
GOOD = """\
From: Example Shop <hello@mail.shop.example>
Subject: A new device

Hello,

somebody signed in to your account. Look it over: https://shop.example/account/

Verify code: K7QF-2M9X-4PT8
"""
OURS_KNOWN = Known(is_copied=False)


def said(answer: Answer) -> str:
    return " ".join(map(str, answer.reasons))


def test_a_mail_of_ours_with_its_code_is_ours() -> None:
    assert codes_of(GOOD) == ["K7QF2M9X4PT8"]
    assert judge(GOOD, OURS, OURS_KNOWN).verdict is Verdict.OURS


def test_the_same_mail_without_its_code_could_be_ours() -> None:
    text = GOOD.replace("Verify code: K7QF-2M9X-4PT8", "")

    assert judge(text, OURS, None).verdict is Verdict.COULD_BE


def test_a_code_that_nobody_sent_is_not_ours() -> None:
    assert judge(GOOD, OURS, None).verdict is Verdict.NOT_OURS


def test_a_code_that_many_ask_for_may_be_copied() -> None:
    assert judge(GOOD, OURS, Known(is_copied=True)).verdict is Verdict.COULD_BE


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (("hello@mail.shop.example", "hello@evil.test"), "We never write from evil.test."),
        (("Subject:", "Reply-To: me@evil.test\nSubject:"), "We never write from evil.test."),
        (("https://shop.example/", "https://shop.example.evil.test/"), "not ours"),
        (("Look it over", "Please confirm your password"), "We never do that by mail."),
        (("Look it over", "Reply with the one-time code"), "We never do that by mail."),
        (
            ("Look it over", '<a href="https://evil.test/">https://shop.example/</a>'),
            "says one address and leads to another",
        ),
    ],
)
def test_what_is_wrong_with_it_wins_over_a_copied_code(
    change: tuple[str, str], because: str
) -> None:
    answer = judge(GOOD.replace(*change), OURS, OURS_KNOWN)

    assert answer.verdict is Verdict.NOT_OURS
    assert because in said(answer)


def test_a_mail_that_hurries_is_told_so() -> None:
    text = GOOD.replace("Look it over", "Look it over within 24 hours")

    assert "hurries" in said(judge(text, OURS, OURS_KNOWN))


def test_a_mail_that_was_copied_whole_is_read_in_its_parts() -> None:
    whole = (
        "From: a@mail.shop.example\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: base64\n\n"
        "UGxlYXNlIGNvbmZpcm0geW91ciBwYXNzd29yZA==\n"
    )

    assert judge(whole, OURS, None).verdict is Verdict.NOT_OURS


def test_a_long_mail_is_cut_and_still_judged() -> None:
    assert judge(GOOD + "x" * 300_000, OURS, OURS_KNOWN).verdict is Verdict.OURS


@given(st.text(max_size=500))
def test_whatever_is_pasted_gets_an_answer(pasted: str) -> None:
    assert judge(pasted, OURS, None).reasons
