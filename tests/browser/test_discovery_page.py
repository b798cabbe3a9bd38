"""The report of a discovery as a person sees it: wide and narrow, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from shopward.sources.discovery import Limits, discover, open_source
from shopward.sources.discovery.page import html
from shopward.sources.discovery.state import State
from tests import chromium
from tests.sources.oscar import people

SIZES = [(1280, "light"), (360, "dark")]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    people.fill(folder / "shop.db")
    (folder / "picture.bin").write_bytes(bytes(range(256)))
    state = State()
    source = open_source(str(folder), Limits(), state.key)
    report = discover(source, state, lambda: "2026-11-24T12:00:00+00:00")
    (folder / "report.html").write_text(html(report), "utf-8")
    return folder / "report.html"


def test_the_page_is_accessible_and_fits(page_file: Path) -> None:
    with chromium.browser() as browser:
        for width, scheme in SIZES:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(page_file.as_uri())

            wide = page.evaluate("document.documentElement.scrollWidth")
            violations = Axe().run(page).response["violations"]
            assert wide <= width
            assert [one["id"] for one in violations] == []
            assert said == []
            page.close()
