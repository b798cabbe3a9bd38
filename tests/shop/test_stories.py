"""The Django app in a shop of its own: each file of stories runs in a process with that shop."""

from __future__ import annotations

import pytest

from tests.scenarios.plane import DataPlane
from tests.shop.vault import SHOP, given, run

STORIES = SHOP / "stories"


@pytest.mark.parametrize("story", sorted(path.stem for path in STORIES.glob("story_*.py")))
def test_stories_of_a_shop(shop_vault: DataPlane, story: str) -> None:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    environ = given(shop_vault, database, str(SHOP / "columns.toml"))
    place = ["-c", str(STORIES / "pytest.ini"), "--confcutdir", str(STORIES)]
    done = run(environ, "pytest", "-q", *place, str(STORIES / f"{story}.py"))
    assert done.returncode == 0, done.stdout + done.stderr
