"""A vault in this process, on a clock that a test sets and a store that it can get between."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from shopward.api.verbs import subject_digest
from shopward.events import Kind
from shopward.ledger.entry import parse_leaf
from shopward.ledger.reader import Opened
from shopward.policy.parse import parse
from shopward.settings import StoreSettings
from shopward.store import CallerRow, Change, Looked, Need, Op, Outcome
from shopward.vault import keystore
from shopward.vault.administer import Administer
from shopward.vault.caller import SYSTEM, Caller
from shopward.vault.erase import Erase
from shopward.vault.explain import Explain
from shopward.vault.facts import ListFacts, PutFact
from shopward.vault.follow import built_writes
from shopward.vault.keep import Store, Update
from shopward.vault.opening import Opening, open_vault
from shopward.vault.operation import Base, Operation, Settled
from shopward.vault.replay import idempotency
from shopward.vault.reveal import Reveal
from shopward.vault.search import Search
from shopward.vault.service import Vault
from shopward.vault.settle import Settler

Result = TypeVar("Result")
START: Final = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
PASSPHRASE: Final = b"a passphrase for tests alone"
EXAMPLE: Final = (Path(__file__).parents[2] / "policy.example.toml").read_text("utf-8")
PERSON: Final = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "phone": "+493090182000",
    "city": "London",
    "note": "likes tea",
    "vat_id": "GB123456789",
}


class Between:
    """A store that lets something happen after a look and before the commit that follows."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.before_commit: Callable[[], Awaitable[object]] | None = None
        self.fail_at: dict[int, Exception] = {}
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def look(self, needs: Sequence[Need]) -> Looked:
        looked: Looked = await self._inner.look(needs)
        return looked

    async def commit(self, changes: Sequence[Change], as_of: int) -> list[Outcome]:
        happens, self.before_commit = self.before_commit, None
        if happens is not None:
            await happens()
        self.commits += 1
        if self.commits in self.fail_at:
            raise self.fail_at.pop(self.commits)
        outcomes: list[Outcome] = await self._inner.commit(changes, as_of)
        return outcomes


def known(vault: Vault, caller: Caller) -> Caller:
    """A caller that the register knows from now on, though no row of the store does."""
    clauses = tuple(sorted(caller.clauses))
    row = CallerRow(caller.id, caller.name, caller.role, caller.assurance, clauses, bytes(32), 0)
    if vault.register.living(row.id)[0] is None:
        vault.register.add(row)
    return caller


class World:
    """A vault with its settler; every operation runs on one event loop."""

    def __init__(
        self, folder: Path, policy: str = EXAMPLE, place: StoreSettings | None = None
    ) -> None:
        self.folder = folder
        self.place = place or StoreSettings(folder / "vault.db")
        self.now = START
        self.policy = policy
        keystore.create(folder / "keystore.json", PASSPHRASE, profile="test")
        self._numbers = itertools.count()
        self._runner = asyncio.Runner()
        self.open()

    # Opening and closing

    def open(self) -> None:
        custodian = keystore.open_keystore(self.folder / "keystore.json", PASSPHRASE)
        policy = parse(self.policy.encode())
        opening = Opening(
            self.place, custodian, policy, "shop.example/ledger", now=lambda: self.now
        )
        self.vault = open_vault(opening)
        self.store = Between(self.vault.store)
        self.vault.store = self.store
        self.settler = self.run(self._settler())
        self.load_policy(self.policy)

    async def _settler(self) -> Settler:
        return Settler(self.vault)

    def close(self) -> None:
        self.run(self.settler.close())
        self.run(self.vault.store.close())

    def reopen(self) -> None:
        self.close()
        self.open()

    def end(self) -> None:
        self.close()
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def run(self, awaitable: Awaitable[Result]) -> Result:
        async def wait() -> Result:
            return await awaitable

        return self._runner.run(wait())

    def pass_time(self, **how: float) -> None:
        self.now += timedelta(**how)

    # Operations

    def caller(self, role: str, *, assurance: int = 1, clauses: tuple[str, ...] = ()) -> Caller:
        made = Caller(f"{role}-id", role, role, assurance, frozenset(clauses))
        return known(self.vault, made)

    def base(self, role: str | Caller, key: str | None = None, body: bytes = b"") -> Base:
        caller = role if isinstance(role, Caller) else self.caller(role)
        keyed = self.vault.keyring.name("@idempotency", "unique")
        remembered = None if key is None else idempotency(keyed, caller.id, key, body)
        return Base(self.vault, caller, f"r{next(self._numbers)}", remembered)

    def settle(self, *operations: Operation) -> list[Settled]:
        return self.run(self.settler.settle(operations))

    def do(self, operation: Operation) -> Settled:
        return self.settle(operation)[0]

    def storing(
        self,
        fields: dict[str, str] | None = None,
        *,
        external: str | None = None,
        tokens: tuple[str, ...] = (),
        key: str | None = None,
    ) -> Store:
        given = PERSON if fields is None else fields
        base = self.base("shop-backend", key, json.dumps(given).encode())
        return Store(base, given, external, tokens)

    def revealing(
        self,
        subject: str,
        *fields: str,
        role: str | Caller = "shop-backend",
        purpose: str | None = "account",
        fact: str | None = None,
    ) -> Reveal:
        alias, own = subject_digest(self.vault, subject)
        return Reveal(self.base(role), alias, own, fields or ("city",), purpose, fact)

    def searching(self, value: str, *, field: str = "email") -> Search:
        alias = self.vault.index_digest(field, value)
        return Search(self.base("shop-backend"), alias, field, "account", None)

    def updating(
        self, subject: str, fields: dict[str, str | None], tokens: tuple[str, ...] = ()
    ) -> Update:
        return Update(
            self.base("shop-backend"), subject_digest(self.vault, subject)[0], fields, tokens
        )

    def erasing(self, subject: str, *classes: str) -> Erase:
        alias, own = subject_digest(self.vault, subject)
        return Erase(self.base("shop-backend"), alias, own, classes or None)

    def stating(
        self,
        fact: str,
        subject: str,
        state: str = "open",
        *,
        expires: datetime | None = None,
        version: int | None = None,
    ) -> PutFact:
        kind, _, identifier = fact.partition(":")
        alias, own = subject_digest(self.vault, subject)
        expires_ms = None if expires is None else int(expires.timestamp() * 1000)
        base = self.base("order-system")
        return PutFact(base, alias, own, kind, identifier, state, expires_ms, version)

    def listing(self, subject: str) -> ListFacts:
        alias, own = subject_digest(self.vault, subject)
        return ListFacts(self.base("order-system"), alias, own)

    def explaining(
        self, role: str, purpose: str, *fields: str, subject: str | None = None
    ) -> Explain:
        alias = None if subject is None else subject_digest(self.vault, subject)[0]
        base = self.base("auditor")
        return Explain(base, alias, "reveal", role, fields, purpose, None)

    def customer(self, fields: dict[str, str] | None = None) -> str:
        """A stored customer's token."""
        settled = self.do(self.storing(fields))
        assert settled.error is None
        token: str = settled.value[0]
        return token

    def load_policy(self, text: str) -> None:
        """Puts another policy in force."""
        policy = parse(text.encode())
        base = self.base(SYSTEM)
        built = self.run(built_writes(self.vault.store, policy))
        writes = ((Op.SET_POLICY, (policy.sha256,)), *built)
        self.do(Administer(base, Kind.POLICY_LOADED, policy.sha256, writes))
        self.vault.policy = policy

    # The ledger

    @property
    def size(self) -> int:
        return self.vault.log.size

    def kinds(self, start: int = 0) -> list[str]:
        return [parse_leaf(row.leaf).kind for row in self.run(self.store.leaves(start, 10_000))]

    def times(self) -> list[int]:
        return [parse_leaf(row.leaf).time_ms for row in self.run(self.store.leaves(0, 10_000))]

    def details(self, position: int) -> dict[str, Any]:
        rows = self.run(self.store.leaves(position, 1))
        (opened,) = self.run(self.vault.open_entries(rows))
        assert isinstance(opened, Opened)
        told: dict[str, Any] = json.loads(opened.details)
        return told
