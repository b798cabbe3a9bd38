"""The journal of a protected database."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from shopward.errors import ConflictError, InvalidError
from shopward.sources.protect import Journal
from shopward.sources.protect.map_file import WIDTHS
from shopward.vault.tokens import new_phone_token
from shopward_client.django.tokens import CHARS


def test_it_remembers_what_was_begun_and_names_rows_alike(tmp_path: Path) -> None:
    path = tmp_path / "made" / "shop.journal"
    with Journal(path) as journal:
        journal.begin("customer")
        row, person = journal.row("customer", (1,)), journal.person("customer", 1)
        journal.share([(person, "phone", "+999")])
    with Journal(path) as journal:
        assert journal.is_begun("customer")
        assert not journal.is_begun("orders")
        assert (journal.row("customer", (1,)), journal.person("customer", "1")) == (row, person)
        assert journal.row("customer", ("1",)) != row != person
        assert journal.shared(person) == {"phone": "+999"}
        journal.end("customer")
        assert not journal.is_begun("customer")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_database_names_the_same_rows_otherwise(tmp_path: Path) -> None:
    with Journal(tmp_path / "a") as one, Journal(tmp_path / "b") as other:
        assert one.row("customer", (1,)) != other.row("customer", (1,))


def test_it_is_held_by_one_process_and_refuses_another_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("no journal, but a text that is long enough to be read " * 50)
    with Journal(tmp_path / "a"), pytest.raises(ConflictError):
        Journal(tmp_path / "a")
    with pytest.raises(InvalidError):
        Journal(tmp_path / "other")


def test_tokens_are_as_wide_as_the_map_says() -> None:
    assert {**CHARS, "phone": len(new_phone_token())} == WIDTHS
