from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import transcript
from tests.cli.transcript import Step

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def test_a_file_is_commands_with_what_they_show_and_their_exit_code() -> None:
    steps = list(transcript.parse("# why\n$ one\na\nb\n\n# next\n$ two\n> more\n[exit 3]\n"))
    assert steps == [Step("one", ["a", "b"]), Step("two\nmore", [], 3)]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo a; echo b >&2", ["a", "b"]),
        ("echo one 2 three", ["one … three"]),
        ("printf '1\\n2\\n3\\n'", ["1", "…", "3"]),
        ("true", []),
        ("true", ["…"]),
    ],
)
def test_what_is_shown_matches(tmp_path: Path, command: str, expected: list[str]) -> None:
    transcript.run(Step(command, expected), tmp_path, ENVIRONMENT)


@pytest.mark.parametrize(
    ("command", "expected", "status"),
    [
        ("echo a", ["b"], 0),
        ("echo a; echo b", ["a"], 0),
        ("true", ["a"], 0),
        ("echo a", [], 0),
        ("exit 1", [], 0),
        ("true", [], 1),
        ("printf '1\\n2\\n'", ["1", "…", "3"], 0),
    ],
)
def test_any_difference_fails(
    tmp_path: Path, command: str, expected: list[str], status: int
) -> None:
    with pytest.raises(AssertionError):
        transcript.run(Step(command, expected, status), tmp_path, ENVIRONMENT)
