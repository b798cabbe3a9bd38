"""Every error, setting, command and practice is documented, and the pages are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from scripts import docs
from shopward import settings
from shopward.settings.rows import TABLES

NOT_SETTABLE = {"home", "custodian.passphrase", "store.password", "store.table", *TABLES}


@pytest.mark.parametrize("name", docs.PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    current = (docs.ROOT / name).read_text(encoding="utf-8")

    assert docs.difference(name, current, docs.PAGES[name]()) == ""


def test_check_shows_what_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "PAGES", {"errors.md": docs.error_page})

    assert docs.main(["--check"]) == 1
    assert "+## denied" in capsys.readouterr().out

    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def test_every_error_has_a_code_a_sentence_and_a_hint() -> None:
    classes = list(docs.error_classes())
    page = docs.error_page()

    assert len({cls.code for cls in classes}) == len(classes)
    for cls in classes:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cls.code)
        assert "__doc__" in vars(cls)
        assert cls.hint.endswith(".")
        assert f"\n## {cls.code}\n" in page


def test_every_setting_is_documented() -> None:
    sections = [("", settings.Settings), *((f"{name}.", cls) for name, cls in TABLES.items())]
    keys = {
        prefix + field.name for prefix, cls in sections for field in msgspec.structs.fields(cls)
    }
    page = docs.settings_page()

    assert {row.key for row in settings.rows()} == keys - NOT_SETTABLE
    for row in settings.rows():
        assert f"| `{row.key}` | `{row.variable}` |" in page
    for name in settings.OTHER_VARIABLES:
        assert f"| `{name}` |" in page


def test_every_verb_is_documented() -> None:
    page = docs.cli_page()

    for name in docs.cli.commands or docs.cli.list_commands(docs.click.Context(docs.cli)):
        assert f"\n## shopward {name}\n" in page
