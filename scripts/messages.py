"""Collects the words of each app into its German catalogue and compiles it; needs Debian's gettext.

`scripts/messages.py` writes, `scripts/messages.py --check` says what is missing or out of date.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from shopward.console.examining import TITLES
from shopward.identity.password import SENTENCES
from shopward.identity.sms import SAID
from shopward.practices import PRACTICES

ROOT: Final = Path(__file__).resolve().parent.parent
LANGUAGE: Final = "de"
APPS: Final = ("src/shopward/console", "src/shopward/identity/web")
WORDS: Final = {
    APPS[0]: [
        *(word for one in PRACTICES for word in (one.title, one.promise, one.so_far) if word),
        *TITLES.values(),
    ],
    APPS[1]: [*SENTENCES.values(), *SAID.values()],
}
"""What an app shows of modules that know no gettext."""
HEADER: Final = {
    "Project-Id-Version": "Shopward",
    "Report-Msgid-Bugs-To": "see CONTRIBUTING.md",
    "Last-Translator": "Shopward's maintainers",
    "Language-Team": "Shopward's maintainers",
    "Language": LANGUAGE,
}


def catalogue(app: str) -> Path:
    """The catalogue of an app."""
    return ROOT / app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def collect(app: str) -> None:
    """Bring an app's catalogue up to date with its sources."""
    catalogue(app).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(ROOT / "scripts" / "manage.py"), "makemessages"]
    options = ["--locale", LANGUAGE, "--no-location", "--no-wrap", "--no-obsolete"]
    with _borrowed(app) as extra:
        subprocess.run([*command, *options], cwd=ROOT / app, check=True, capture_output=True)
        extra.unlink(missing_ok=True)
    path = catalogue(app)
    text = re.sub(r'"(POT-Creation|PO-Revision)-Date: [^"]*"\n', "", path.read_text("utf-8"))
    text = "# Shopward in German.\n" + text[text.index('msgid ""') :]
    for name, value in HEADER.items():
        text = re.sub(
            rf'"{name}: [^"]*"', lambda _, n=name, v=value: f'"{n}: {v}\\n"', text, count=1
        )
    path.write_text(text, encoding="utf-8")


def compile_(app: str) -> None:
    """Make the file that is read at run time."""
    path = catalogue(app)
    subprocess.run(
        ["msgfmt", "--check-format", "-o", str(path.with_suffix(".mo")), str(path)],  # noqa: S607 - Debian's
        check=True,
    )


class _borrowed:  # noqa: N801 - used like a function
    """A module in the app that marks the words it shows of pure modules, for a moment."""

    def __init__(self, app: str) -> None:
        self.path = ROOT / app / "words_of_others.py"
        self.words = WORDS[app]

    def __enter__(self) -> Path:
        lines = "".join(f"_({word!r})\n" for word in self.words)
        self.path.write_text(f"from gettext import gettext as _\n{lines}", encoding="utf-8")
        return self.path

    def __exit__(self, *_exception: object) -> None:
        self.path.unlink(missing_ok=True)


def problems(app: str) -> list[str]:
    """What is untranslated, fuzzy, or not as the sources and the compiled file say."""
    path, compiled = catalogue(app), catalogue(app).with_suffix(".mo")
    before, found = path.read_text("utf-8"), []
    mo = compiled.read_bytes() if compiled.exists() else b""
    try:
        collect(app)
        after = path.read_text("utf-8")
        if after != before:
            found.append(f"{app}: words are missing or gone; run scripts/messages.py")
    finally:
        path.write_text(before, encoding="utf-8")
    said = subprocess.run(
        ["msgfmt", "--statistics", "-o", "/dev/null", str(path)],  # noqa: S607 - Debian's
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    if "untranslated" in said or "fuzzy" in said:
        found.append(f"{app}: {said.strip()}")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "django.mo"
        subprocess.run(["msgfmt", "-o", str(fresh), str(path)], check=True)  # noqa: S607 - Debian's
        if fresh.read_bytes() != mo:
            found.append(f"{app}: the compiled catalogue is out of date; run scripts/messages.py")
    return found


def main(arguments: list[str]) -> int:
    """Write, or check; 1 when something is wrong."""
    if arguments == ["--check"]:
        wrong = [one for app in APPS for one in problems(app)]
        print("\n".join(wrong), file=sys.stderr)
        return int(bool(wrong))
    for app in APPS:
        collect(app)
        compile_(app)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
