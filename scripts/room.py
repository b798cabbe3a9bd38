"""Starts the room of a practice: the package, its audit module and their first test.

What it writes is true from the first minute: a room without checks says that it has none.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from shopward.practices import PRACTICES, Practice

ROOT: Final = Path(__file__).resolve().parent.parent

PACKAGE: Final = '''"""Practice {number}: {title}.

{promise}
"""
'''
CHECKS: Final = '''"""What an audit asks the room `{room}`."""

from __future__ import annotations

from typing import Final

from shopward.checks import Check

CHECKS: Final[tuple[Check[None], ...]] = ()
'''
TEST: Final = """from shopward.{room}.checks import CHECKS


def test_every_check_is_named_after_its_room() -> None:
    assert all(check.slug.startswith("{room}:") for check in CHECKS)
    assert len({{check.slug for check in CHECKS}}) == len(CHECKS)
"""


def files(practice: Practice) -> dict[str, str]:
    """Path below the repository -> text, for the practice's room."""
    values = {
        "number": practice.number,
        "title": practice.title,
        "promise": practice.promise,
        "room": practice.room,
    }
    return {
        f"src/shopward/{practice.room}/__init__.py": PACKAGE.format(**values),
        f"src/shopward/{practice.room}/checks.py": CHECKS.format(**values),
        f"tests/{practice.room}/test_checks.py": TEST.format(**values),
    }


def build(name: str, root: Path) -> list[Path]:
    """Write the room; refuse a name that is not a practice's, or a room that stands already."""
    practice = next((p for p in PRACTICES if p.room == name), None)
    if practice is None:
        names = ", ".join(p.room for p in PRACTICES)
        raise SystemExit(f"shopward: error: no practice has the room {name!r}: {names}")
    if (root / "src" / "shopward" / name).exists():
        raise SystemExit(f"shopward: error: the room {name} stands already")
    paths = []
    for path, text in files(practice).items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        paths.append(target)
    return paths


if __name__ == "__main__":
    for made in build(sys.argv[1] if len(sys.argv) > 1 else "", ROOT):
        print(made.relative_to(ROOT))
