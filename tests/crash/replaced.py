"""Power cuts under a file that is replaced whole: every state a disk may be left in, tried.

What a program does to a folder is recorded while it runs: names made, bytes synced, names moved and
removed, the folder synced. `states` then gives, for a cut after each of these steps, every folder
that may be left: of the changes to names since the folder was last synced any subset, and a file
that was not synced empty, torn, full of garbage or whole.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock

Step = tuple[str, str, Any]
Folder = dict[str, bytes]
SYNC, FOLDER, MADE, MOVED, REMOVED = "sync", "folder", "made", "moved", "removed"
NAMING: Final = frozenset({MADE, MOVED, REMOVED})
WATCHED: Final = ("open", "fsync", "replace", "unlink")
MOST_STEPS: Final = 16


@dataclass(slots=True)
class Recorder:
    """The steps of `run`, in order; `forgets_sync` records no sync, as if there was none."""

    folder: Path
    forgets_sync: bool = False
    steps: list[Step] = field(default_factory=list)

    def run(self, work: Callable[[], object]) -> list[Step]:
        """Does the work while it is watched."""
        with ExitStack() as stack:
            for name in WATCHED:
                patched = _watched(getattr(os, name), getattr(self, f"_{name}"))
                stack.enter_context(mock.patch.object(os, name, patched))
            work()
        assert len(self.steps) <= MOST_STEPS
        return self.steps

    def _open(self, path: Any, flags: int, *_: Any, **__: Any) -> None:
        if flags & os.O_CREAT and not str(path).endswith(".lock"):
            self.steps.append((MADE, Path(path).name, None))

    def _fsync(self, handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if path == self.folder.resolve():
            self.steps.append((FOLDER, "", None))
        elif not self.forgets_sync:
            self.steps.append((SYNC, path.name, path.read_bytes()))

    def _replace(self, source: Any, target: Any) -> None:
        content = Path(target).read_bytes()
        self.steps.append((MOVED, Path(source).name, (Path(target).name, content)))

    def _unlink(self, path: Any, *_: Any, **__: Any) -> None:
        self.steps.append((REMOVED, Path(path).name, None))


def _watched(function: Callable[..., Any], watch: Callable[..., None]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        result = function(*args, **named)
        watch(*args, **named)
        return result

    return call


def states(before: Folder, steps: list[Step]) -> Iterator[tuple[bool, Folder]]:
    """(whether the work had returned, what is left) for every cut and every disk."""
    for cut in range(len(steps) + 1):
        synced = max((at + 1 for at in range(cut) if steps[at][0] == FOLDER), default=0)
        durable = _named(before, [one for one in steps[:synced] if one[0] in NAMING])
        loose = [one for one in steps[synced:cut] if one[0] in NAMING]
        whole = {name for kind, name, _ in steps[:cut] if kind == SYNC}
        for chosen in itertools.product((False, True), repeat=len(loose)):
            kept = [step for step, is_kept in zip(loose, chosen, strict=True) if is_kept]
            names = _named(durable, kept)
            yield from ((cut == len(steps), one) for one in _contents(names, whole))


def _named(before: dict[str, Any], steps: list[Step]) -> dict[str, Any]:
    """Names to what they hold: bytes as before, or (the name it was made under, its bytes)."""
    names = dict(before)
    for kind, name, more in steps:
        if kind == MADE:
            names.setdefault(name, (name, b""))
        elif kind == MOVED:
            names[more[0]] = (name, more[1])
            names.pop(name, None)
        else:
            names.pop(name, None)
    return names


def _contents(names: dict[str, Any], whole: set[str]) -> Iterator[Folder]:
    """A file whose bytes were synced is whole; of another one anything may be there."""
    choices = []
    for name, held in names.items():
        if isinstance(held, bytes):
            choices.append([(name, held)])
            continue
        made, content = held
        torn = content[: len(content) // 2]
        garbage = bytes(len(content))
        some = [content] if made in whole else [b"", torn, garbage, content]
        choices.append([(name, one) for one in some])
    yield from (dict(one) for one in itertools.product(*choices))
