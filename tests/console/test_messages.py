"""German is complete: no word is missing, unsure, or left out of the compiled catalogue."""

from __future__ import annotations

from scripts import messages
from tests.debian import program


def test_every_word_has_a_german_one() -> None:
    program("xgettext", "gettext")
    assert [one for app in messages.APPS for one in messages.problems(app)] == []
