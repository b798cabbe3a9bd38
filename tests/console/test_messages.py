"""German is complete: no word is missing, unsure, or left out of the compiled catalogue."""

from __future__ import annotations

import os
import shutil

import pytest

from scripts import messages


def test_every_word_has_a_german_one() -> None:
    if shutil.which("xgettext") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("gettext is not installed (Debian: gettext)")
        pytest.skip("gettext is not installed (Debian: gettext)")

    assert [one for app in messages.APPS for one in messages.problems(app)] == []
