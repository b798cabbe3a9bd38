"""The texts that discovery is measured on hold what they are said to hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import texts
from shopward.sources.discovery import Limits, discover, open_source
from shopward.sources.discovery.state import State


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("access.log", {"client": [], "request": ["email"], "user_agent": []}),
        ("app.log", {"http.ip": [], "msg": ["email", "phone"]}),
        (
            "customers.sql",
            {
                "first_name": [],
                "last_name": [],
                "email": [],
                "phone": [],
                "street": [],
                "city": [],
                "iban": [],
                "last_ip": [],
            },
        ),
    ],
)
def test_a_text_holds_what_it_says(
    name: str, expected: dict[str, list[str]], tmp_path: Path
) -> None:
    source = open_source(str(texts.write(tmp_path, name, 200)), Limits(), bytes(32))
    report = discover(source, State(), lambda: "")

    assert report.complete
    assert {one.column: sorted(one.holds) for one in report.findings} == expected
