"""Every link of the documentation leads somewhere, and every path it names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {"build", "node_modules", "var"}
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
NAMED = re.compile(
    r"(?<![\w./-])(?:benchmarks|clients|docs|examples|scripts|src|tests|vectors)/[\w./-]*[\w/]"
)


def pages(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*.md")):
        parts = path.relative_to(root).parts
        if not OUTSIDE & set(parts) and not any(part.startswith(".") for part in parts):
            yield path


def anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in plain}


def dead_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        found = page.parent / name if name else page
        if not found.exists() or (
            anchor and found.suffix == ".md" and anchor not in anchors(found)
        ):
            yield target


def missing_paths(page: Path, root: Path) -> Iterator[str]:
    for name in NAMED.findall(page.read_text(encoding="utf-8")):
        if not (root / name).exists():
            yield name


PAGES = [path.relative_to(ROOT).as_posix() for path in pages(ROOT)]


@pytest.mark.parametrize("name", PAGES)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    assert list(dead_links(ROOT / name)) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_path_that_is_named_is_there(name: str) -> None:
    assert list(missing_paths(ROOT / name, ROOT)) == []


def test_every_page_of_the_documentation_is_read() -> None:
    assert {"README.md", "docs/index.md", "docs/threat-model.md", "docs/limitations.md"} <= {*PAGES}
    assert any(NAMED.search((ROOT / name).read_text(encoding="utf-8")) for name in PAGES)


def test_every_decision_and_page_is_in_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")

    for path in pages(ROOT / "docs"):
        name = path.relative_to(ROOT / "docs").as_posix()
        assert name in {"index.md", "spec/sealed-fields.md"} or f"({name})" in index


def test_a_dead_link_and_a_missing_path_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading, with `code`\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[1](there.md) [2](gone.md) [3](there.md#a-heading-with-code) [4](there.md#other)\n"
        "[5](https://example.com/x) [6](#none) `tests/gone.py` and (../tests/not-ours.py)\n",
        encoding="utf-8",
    )

    assert list(dead_links(page)) == ["gone.md", "there.md#other", "#none"]
    assert list(missing_paths(page, tmp_path)) == ["tests/gone.py"]
