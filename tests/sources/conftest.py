from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shopward.sources import FieldMap, parse

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(data: bytes | str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
        return path

    return made


@pytest.fixture
def simple() -> FieldMap:
    return parse(b'external = "id"\n[fields]\nfirst_name = "name"\nnote = "note"\nemail = "mail"\n')


FIELDS = ("first_name", "last_name", "email", "phone", "note", "tags", "city")
CANARIES = ("Quetzalina", "canary@example.com", "hemlig-anteckning", "+442079460999")
