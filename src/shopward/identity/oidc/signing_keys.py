"""The keys that sign ID tokens: files of the control plane, turned every 90 days with overlap.

    <milliseconds since the epoch>.jwk    one RSA key of 3,072 bits as JWK (RFC 7517), mode 0600

| age | |
|---|---|
| made | published at once, and signs nothing for a day: shops may remember the list so long |
| a day later | signs; the one before does not any more |
| three days after its successor began to sign | removed: every ID token made with it is long over |
| stolen (`replace`) | removed at once, with all others; a new one signs at once |

Source: OpenID Connect Core 1.0 §10.1.1; RFC 7638 (names of keys).
"""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from shopward import clock
from shopward.errors import ConfigError
from shopward.sources.durable import replace_durably, sync_directory

ALGORITHM: Final = "RS256"
BITS: Final = 3072
LEAD: Final = timedelta(days=1)
TURN: Final = timedelta(days=90)
KEEP: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with keys of these ages.

    Args:
        signs: When the key was made that signs now; None when there is no key.
        gone: Those that are over.
        is_due: Whether a new one is made.
    """

    signs: datetime | None
    gone: tuple[datetime, ...]
    is_due: bool


def plan(made: Sequence[datetime], now: datetime) -> Plan:
    """What the ages of the keys ask for.

    Args:
        made: When each was made, the oldest first.
        now: Aware.
    """
    if not made:
        return Plan(None, (), is_due=True)
    ready = [one for one in made if one + LEAD <= now]
    signs = ready[-1] if ready else made[0]
    gone = [one for one, after in pairwise(made) if one < signs and after + LEAD + KEEP <= now]
    return Plan(signs, tuple(gone), is_due=made[-1] + TURN <= now)


class SigningKeys:
    """The keys of one folder.

    Args:
        folder: Made when needed, for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tend(self, now: datetime) -> bool:
        """Makes and removes what is due; whether a key was made.

        Raises:
            ConfigError: The folder cannot be used.
        """
        found = plan(self._made(), now)
        try:
            for one in found.gone:
                self._path(one).unlink(missing_ok=True)
            if found.gone:
                sync_directory(self._folder)
            if found.is_due:
                self.add(now)
        except OSError:
            raise _refused("cannot be written") from None
        return found.is_due

    def add(self, now: datetime) -> None:
        """Makes a key; it signs after `LEAD`, or at once when it is the first."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = RSAKey.generate_key(BITS, auto_kid=True)
        replace_durably(self._path(now), json.dumps(key.as_dict(private=True)).encode() + b"\n")

    def replace(self, now: datetime) -> int:
        """After a theft: a key that signs at once, and no other; how many others there were."""
        others = self._made()
        while now in others:
            now += timedelta(milliseconds=1)
        self.add(now)
        for one in others:
            self._path(one).unlink(missing_ok=True)
        sync_directory(self._folder)
        return len(others)

    def listed(self, now: datetime) -> list[tuple[str, datetime, bool]]:
        """Name, age and whether it signs now, of every key, the oldest first."""
        made = self._made()
        signs = plan(made, now).signs
        return [(str(_read(self._path(one)).kid), one, one == signs) for one in made]

    def signing(self, now: datetime) -> RSAKey:
        """The key that signs now, made when there is none. Secret.

        Raises:
            ConfigError: It cannot be read or made.
        """
        made = self._made()
        signs = plan(made, now).signs
        if signs is None:
            self.tend(now)
            signs = plan(self._made(), now).signs or now
        return _read(self._path(signs))

    def all(self) -> KeySet:
        """Every key that is kept. Secret.

        Raises:
            ConfigError: One cannot be read.
        """
        return KeySet([_read(self._path(one)) for one in self._made()])

    def published(self) -> dict[str, list[dict[str, Any]]]:
        """The public halves, as the key list shows them."""
        shown = [
            {**_read(self._path(one)).as_dict(private=False), "alg": ALGORITHM, "use": "sig"}
            for one in self._made()
        ]
        return {"keys": shown}

    def _made(self) -> list[datetime]:
        names = (one.stem for one in self._folder.glob("*.jwk"))
        return [clock.from_ms(ms) for ms in sorted(int(name) for name in names if name.isdigit())]

    def _path(self, made: datetime) -> Path:
        return self._folder / f"{clock.to_ms(made)}.jwk"


@lru_cache(maxsize=16)
def _read(path: Path) -> RSAKey:
    """A key never changes under its name, so it is read once."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _refused("can be read by others")
        return RSAKey.import_key(json.loads(path.read_text(encoding="ascii")))
    except (OSError, ValueError, JoseError):
        raise _refused("has a key that cannot be read") from None


def _refused(what: str) -> ConfigError:
    hint = "Give it to its owner alone, or remove the damaged key: another is made."
    return ConfigError(f"The folder identity.oidc_keys {what}.", hint=hint, field="identity")
