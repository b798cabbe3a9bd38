from __future__ import annotations

import hashlib
import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import phonenumbers
import pytest

from shopward.sources import Item, batches, understand

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples/customers"
FILE = FOLDER / "shopify_customers.csv"
POLICY = tomllib.loads((ROOT / "policy.example.toml").read_text("utf-8"))["fields"]
LIMITS = {name: field.get("max_chars", 1_000) for name, field in POLICY.items()}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_customers", FOLDER / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def items() -> list[Item]:
    plan = understand(FILE, None, POLICY, limits=LIMITS)
    assert (plan.kind, plan.rows, plan.counted) == ("Shopify customer export", 1_000, True)
    assert (plan.rejected, plan.warnings) == (0, ())
    return [item for batch in batches(plan, 0, 100) for item in batch.items]


def values(items: list[Item], field: str) -> Iterator[str]:
    return (item.fields[field] for item in items if field in item.fields)


def test_the_file_is_what_the_generator_writes(generator: ModuleType, tmp_path: Path) -> None:
    generator.write(tmp_path / "made.csv")
    made = hashlib.sha256((tmp_path / "made.csv").read_bytes()).hexdigest()
    assert made == hashlib.sha256(FILE.read_bytes()).hexdigest()


def test_every_customer_is_one_of_its_own(items: list[Item]) -> None:
    assert len({item.external for item in items}) == 1_000
    for field in ("email", "phone"):
        found = list(values(items, field))
        assert len(found) > 500
        assert len(set(found)) == len(found)


def test_no_mail_reaches_anybody(items: list[Item]) -> None:
    reserved = re.compile(r"[^@\s]+@([a-z]+\.)*(example\.(com|net|org)|test)")
    assert all(reserved.fullmatch(mail) for mail in values(items, "email"))


def test_every_number_is_valid_and_kept_free(items: list[Item]) -> None:
    free = re.compile(
        r"\+(1\d{3}55501\d\d|4420794\d0?\d{4,5}|331990\d{5}|493023125\d{3}"
        r"|463139006\d\d|46406280?4\d\d|6125550\d{4})"
    )
    for phone in values(items, "phone"):
        assert free.fullmatch(phone)
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone))


def test_many_scripts_and_odd_rows_are_there(items: list[Item]) -> None:
    names = "".join(values(items, "last_name"))
    for letter in ("Å", "ß", "Œ", "λ", "В", "ب", "ג", "न", "霧", "가", "ท"):
        assert letter in names
    notes = list(values(items, "note"))
    assert any("\n" in note for note in notes)
    assert any('"' in note for note in notes)
    assert max(map(len, notes)) > 1_000
    assert "'t Vogelzand" in set(values(items, "last_name"))
    assert (
        len(
            next(
                item
                for item in items
                if item.fields["last_name"].endswith("Eastermoss")
                and len(item.fields["last_name"]) > 100
            ).fields
        )
        > 3
    )
    assert sum("city" not in item.fields for item in items) >= 1
    assert sum("first_name" not in item.fields for item in items) >= 1
    assert any(code.startswith("00") for code in values(items, "postcode"))
