"""Transcripts: what a person types and what they see, as files that are run.

    # A comment stands before the first command or after an empty line.
    $ shopward reveal email:ada@example.com phone
    shopward: error: …
    …
    [exit 1]

`…` inside a line stands for anything on that line, alone on a line for any number of lines.
Output is stdout and stderr together. No `[exit N]` means exit 0.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

EXIT = re.compile(r"\[exit (\d+)\]")


@dataclass(slots=True)
class Step:
    command: str
    expected: list[str] = field(default_factory=list)
    status: int = 0


def parse(text: str) -> Iterator[Step]:
    step: Step | None = None
    for line in text.splitlines():
        if line.startswith("$ "):
            if step:
                yield step
            step = Step(line[2:])
        elif line.startswith("# ") or not step or not line.strip():
            continue
        elif match := EXIT.fullmatch(line):
            step.status = int(match[1])
        elif line.startswith("> "):
            step.command += "\n" + line[2:]
        else:
            step.expected.append(line)
    if step:
        yield step


def pattern(expected: list[str]) -> re.Pattern[str]:
    lines = (
        r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in expected
    )
    return re.compile("".join(lines))


def run(step: Step, cwd: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", step.command],
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    shown = re.sub(r"\n\s*\n", "\n", done.stdout)
    wanted = "\n".join(step.expected)
    assert done.returncode == step.status, f"$ {step.command}\n{done.stdout}"
    assert pattern(step.expected).fullmatch(shown), (
        f"$ {step.command}\n--- expected\n{wanted}\n--- shown\n{done.stdout}"
    )
