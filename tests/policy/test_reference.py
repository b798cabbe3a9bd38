from __future__ import annotations

import re
import tomllib
from dataclasses import fields

import pytest

from shopward.policy import Allowance, Budget, Denial, Field, Purpose, Reason, Recipient, Role
from shopward.policy.descriptor import Key, Table
from shopward.policy.keys import TABLES
from shopward.policy.model import Compound, RetentionClass, Shop
from shopward.policy.read import Note, read_value
from shopward.policy.reference import markdown
from shopward.policy.taxonomy import CATEGORIES, USES

MADE = {
    "shop": Shop,
    "classes": RetentionClass,
    "fields": Field,
    "compound": Compound,
    "purposes": Purpose,
    "roles": Role,
    "recipients": Recipient,
    "allow": Allowance,
    "deny": Denial,
    "budget": Budget,
}
KEYS = [(table, key) for table in TABLES for key in table.keys]
NAMES = {
    "classes": ("account",),
    "fields": ("last_name", "phone", "note", "postcode"),
    "purposes": ("deliver", "marketing", "support"),
    "roles": ("courier", "support"),
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_descriptors_are_exactly_what_the_model_holds(table: Table) -> None:
    held = {one.name for one in fields(MADE[table.name])}
    named = {"name"} if table.header.endswith(".NAME]") else set()
    assert {key.name for key in table.keys} | named == held


@pytest.mark.parametrize(
    ("table", "key"), KEYS, ids=[f"{table.name}.{key.name}" for table, key in KEYS]
)
def test_every_example_in_the_documentation_is_read_without_a_mistake(
    table: Table, key: Key
) -> None:
    mistakes: list[str] = []
    raw = tomllib.loads(f"value = {key.example}")["value"]
    assert read_value(key, raw, Note(table.name, mistakes), NAMES) is not None
    assert mistakes == []


@pytest.mark.parametrize(
    ("table", "key"),
    [(table, key) for table, key in KEYS if key.default not in (None, "none")],
    ids=lambda one: one.name,
)
def test_every_documented_default_is_the_models(table: Table, key: Key) -> None:
    model = next(one for one in fields(MADE[table.name]) if one.name == key.name)
    documented = tomllib.loads(f"value = {key.default}")["value"]
    default = model.default
    assert default == documented or tuple(default) == tuple(documented)  # type: ignore[arg-type]


def test_the_page_names_every_table_key_reason_category_and_use() -> None:
    page = markdown()
    headings = re.findall(r"^## `(.+)`$", page, re.MULTILINE)
    assert headings == [table.header for table in TABLES]
    words = {key.name for _, key in KEYS} | set(Reason) | CATEGORIES | USES
    assert [word for word in sorted(words) if f"`{word}`" not in page] == []
