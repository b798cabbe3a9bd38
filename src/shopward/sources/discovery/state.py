"""What a run leaves for the next: digests of names and how far each table or file was read.

    {"format": "shopward/discovery-state/v1", "key": "…", "marks": {"<digest>": [12345, "rowid"]}}

- It holds no name and no value: names are HMAC-SHA-256 under the file's own key, cut to 16 bytes.
- The file has mode 0600 and is replaced in one step.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shopward.errors import InvalidError
from shopward.sources.discovery.port import Mark
from shopward.sources.durable import replace_durably

FORMAT: Final = "shopward/discovery-state/v1"
_MAX_BYTES: Final = 67_108_864


@dataclass(slots=True)
class State:
    """The marks of a source.

    Attributes:
        key: 32 bytes, secret like the file.
    """

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _marks: dict[str, Mark] = field(default_factory=dict)

    def mark(self, name: str) -> Mark | None:
        """How far the unit of that name was read."""
        return self._marks.get(self._digest(name))

    def put(self, name: str, mark: Mark) -> None:
        """Remember how far it was read now."""
        self._marks[self._digest(name)] = mark

    def _digest(self, name: str) -> str:
        data = name.encode("utf-8", "surrogatepass")
        return hmac.new(self.key, data, hashlib.sha256).hexdigest()[:32]

    def encode(self) -> bytes:
        """The file's bytes."""
        marks = {name: [mark.upto, mark.check] for name, mark in sorted(self._marks.items())}
        document = {"format": FORMAT, "key": self.key.hex(), "marks": marks}
        return json.dumps(document, indent=1).encode() + b"\n"


def load(path: Path) -> State:
    """The state in a file; an empty one where there is none.

    Raises:
        InvalidError: The file is something else.
    """
    if not path.exists():
        return State()
    wrong = InvalidError(
        f"{path.name} is not a state that discovery wrote",
        hint="Name another file; without one everything is looked at.",
    )
    if path.stat().st_size > _MAX_BYTES:
        raise wrong
    try:
        document = json.loads(path.read_bytes())
        if document["format"] != FORMAT:
            raise wrong
        marks = {
            name: Mark(int(upto), str(check)) for name, (upto, check) in document["marks"].items()
        }
        return State(bytes.fromhex(document["key"]), marks)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise wrong from None


def save(path: Path, state: State) -> None:
    """Write the state."""
    replace_durably(path, state.encode())
