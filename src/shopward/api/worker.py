"""One of the processes that serve together: its number, its siblings' figures, its parent's life.

Figures are passed on through files in a folder that the parent makes: each worker replaces its own
once a second, and whoever is asked for metrics adds up nothing but shows each worker's line.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

Sample = tuple[str, str, str, float]
"""(name, type, labels, value); labels as they stand between the braces."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Which process this is. Alone it has no `folder` and nobody to tell.

    Attributes:
        number: From 0.
        count: How many serve together.
        folder: Where figures are exchanged; None for a process alone.
        lifeline: A descriptor that ends when the parent does; -1 for none.
        is_restarted: Whether it takes the place of one that died.
    """

    number: int = 0
    count: int = 1
    folder: Path | None = None
    lifeline: int = -1
    is_restarted: bool = False

    def tell(self, samples: Iterable[Sample]) -> None:
        """Leaves this worker's figures for the others; one that cannot be written is left out."""
        if self.folder is None:
            return
        path = self.folder / f"{self.number}.json"
        with suppress(OSError):
            path.with_suffix(".new").write_bytes(msgspec.json.encode(list(samples)))
            path.with_suffix(".new").replace(path)

    def all(self, samples: Iterable[Sample]) -> list[Sample]:
        """Every worker's figures, labelled with its number; this one's as they are now."""
        if self.folder is None:
            return list(samples)
        found = [_labelled(one, self.number) for one in samples]
        for number in range(self.count):
            path = self.folder / f"{number}.json"
            if number != self.number:
                with suppress(OSError, msgspec.DecodeError):
                    told = msgspec.json.decode(path.read_bytes(), type=list[Sample])
                    found += [_labelled(one, number) for one in told]
        return found


def _labelled(sample: Sample, number: int) -> Sample:
    name, kind, labels, value = sample
    return name, kind, f'{labels},worker="{number}"' if labels else f'worker="{number}"', value
