"""What the handlers of one data plane share, and what one call brings."""

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from shopward.api.assertions import Assertions
from shopward.api.auth import Callers
from shopward.api.policy_file import PolicyFile
from shopward.api.schedule import Schedule
from shopward.api.worker import Worker
from shopward.clock import to_ms
from shopward.errors import InvalidError
from shopward.settings import Limits
from shopward.vault.book import Book
from shopward.vault.caller import Caller
from shopward.vault.follow import follow
from shopward.vault.hook_keys import HookKeys
from shopward.vault.jobs import Jobs
from shopward.vault.keeper import Keeper
from shopward.vault.service import Vault
from shopward.vault.settle import Settler

JSON = b"application/json"
HIGHEST = 2**53 - 1


@dataclass(slots=True)
class Plane:
    """One running data plane. `answers` counts (route, status), for the metrics."""

    vault: Vault
    settler: Settler
    book: Book
    callers: Callers
    assertions: Assertions
    policy_file: PolicyFile
    limits: Limits
    jobs: Jobs
    keeper: Keeper
    schedule: Schedule
    hook_keys: HookKeys
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    looks: Counter[str] = field(default_factory=Counter)
    draining: bool = False
    worker: Worker = field(default_factory=Worker)
    _boot: str = field(default_factory=lambda: secrets.token_hex(5))
    _numbers: Any = field(default_factory=itertools.count)

    def request_id(self) -> str:
        """A name for one request, unique to this installation for all practical purposes."""
        return f"{self._boot}-{next(self._numbers):x}"

    async def follow(self) -> None:
        """Takes over what other processes put in force and appended, where there can be any.

        Raises:
            UnavailableError: The store cannot be read.
        """
        if self.vault.store.is_exclusive:
            return
        before = self.vault.policy
        await follow(self.vault, await self.vault.store.refresh())
        if self.vault.policy is not before:
            self.policy_file.loaded_ms = to_ms(self.vault.moment())
        self.callers.adopt(self.vault.policy)


class Call(msgspec.Struct):
    """One authenticated HTTP request; `tail` is what follows a route's fixed path."""

    plane: Plane
    caller: Caller
    request: str
    body: bytes
    query: bytes
    tail: str
    idempotency_key: str | None

    def number(self, name: str, default: int | None = None) -> int:
        """A query parameter that is a whole number, 0 to 2^53 - 1.

        Raises:
            InvalidError: Missing without a default, given twice, or no such number.
        """
        return parse_number(self.parameter(name), name, default)

    def parameter(self, name: str) -> str | None:
        """A query parameter, None when it is not there.

        Raises:
            InvalidError: The query string is malformed, or gives a parameter twice.
        """
        try:
            pairs = parse_qsl(self.query.decode(), keep_blank_values=True, strict_parsing=True)
        except (ValueError, UnicodeDecodeError):
            pairs = [] if not self.query else [("", ""), ("", "")]
        found = [value for key, value in pairs if key == name]
        if len(found) > 1 or len({key for key, _ in pairs}) != len(pairs):
            raise InvalidError("The query string is malformed or repeats itself.", field=name)
        return found[0] if found else None


class Reply(msgspec.Struct, frozen=True):
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


encode = msgspec.json.Encoder().encode
"""An answer as JSON, by one encoder for all."""


def reply(answer: msgspec.Struct, status: int = 200) -> Reply:
    """A wire type as a JSON answer."""
    return Reply(status, encode(answer))


def parse_number(text: str | None, name: str, default: int | None = None) -> int:
    """A whole number from 0 to 2^53 - 1.

    Raises:
        InvalidError: Missing without a default, or no such number.
    """
    if text is None and default is not None:
        return default
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 16
    if text is None or not is_number or int(text) > HIGHEST:
        raise InvalidError(f"`{name}` must be a whole number from 0 to 2^53 - 1.", field=name)
    return int(text)
