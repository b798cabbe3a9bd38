from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopward.checks import Check, Finding, Outcome, run_all, worst
from shopward.errors import UnavailableError

CANARY = "canary-4711@example.com"


def _passes(_: str) -> tuple[Outcome, str, str]:
    return Outcome.PASS, "All is well.", ""


def _fails(_: str) -> tuple[Outcome, str, str]:
    return Outcome.FAIL, "The keystore is readable by everyone.", "Run chmod 600 on it."


def _breaks(value: str) -> tuple[Outcome, str, str]:
    raise RuntimeError(value)


def _is_unavailable(value: str) -> tuple[Outcome, str, str]:
    raise UnavailableError(value)


def _forgets_its_hint(_: str) -> tuple[Outcome, str, str]:
    return Outcome.FAIL, "Something is wrong.", ""


def test_a_check_gives_its_answer_under_its_slug() -> None:
    finding = Check("vault:keystore", "Is the keystore private?", _fails).run("")

    assert finding == Finding(
        "vault:keystore",
        Outcome.FAIL,
        "The keystore is readable by everyone.",
        "Run chmod 600 on it.",
    )


@pytest.mark.parametrize("answer", [_breaks, _is_unavailable])
def test_a_check_that_could_not_run_is_unknown_and_keeps_values_out(answer) -> None:  # noqa: ANN001
    finding = Check("vault:key", "Does the key open?", answer).run(CANARY)

    assert finding.outcome is Outcome.UNKNOWN
    assert finding.hint
    assert CANARY not in repr(finding)


def test_one_that_breaks_does_not_stop_the_others() -> None:
    checks = [Check("a:a", "A?", _breaks), Check("b:b", "B?", _passes)]

    outcomes = [finding.outcome for finding in run_all(checks, "")]
    assert outcomes == [Outcome.UNKNOWN, Outcome.PASS]


def test_a_finding_that_does_not_pass_says_what_to_do() -> None:
    with pytest.raises(TypeError, match="needs a hint"):
        Finding("a:a", Outcome.UNKNOWN, "Could not run.")


def test_a_check_without_its_hint_is_unknown_not_a_crash() -> None:
    assert Check("a:a", "A?", _forgets_its_hint).run("").outcome is Outcome.UNKNOWN


def test_nothing_checked_is_unknown() -> None:
    assert worst([]) is Outcome.UNKNOWN


@given(st.lists(st.sampled_from(Outcome), min_size=1))
def test_the_worst_passes_only_when_all_pass(outcomes: list[Outcome]) -> None:
    verdict = worst(Finding("a:a", outcome, "Text.", "Hint.") for outcome in outcomes)

    assert (verdict is Outcome.PASS) == (set(outcomes) == {Outcome.PASS})
    assert (verdict is Outcome.FAIL) == (Outcome.FAIL in outcomes)
