"""The policy file while the data plane runs: looked at every second, taken when it is sound.

A broken file changes nothing: the policy in force stays, the readiness page says what is wrong,
and the refusal is entered once per content of the file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from shopward.clock import to_ms
from shopward.errors import ConfigError, PolicyError
from shopward.events import Kind
from shopward.policy import Policy
from shopward.policy.parse import MAX_BYTES, parse
from shopward.vault.administer import Administer
from shopward.vault.caller import SYSTEM
from shopward.vault.follow import built_writes, policy_writes
from shopward.vault.operation import Base
from shopward.vault.settle import Settler


class PolicyFile:
    """Watches one `policy.toml`. `refused` lists the mistakes of a file that was not taken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: tuple[str, ...] = ()
        self.loaded_ms = 0
        self._source = b""
        self._seen = ""
        self._stamp: tuple[int, int, int] | None = None
        self._changing: tuple[int, int, int] | None = None

    def first(self) -> Policy:
        """The policy to start with.

        Raises:
            PolicyError: It has mistakes; without a policy nothing starts.
            ConfigError: It cannot be read.
        """
        self._source = self._read()
        return parse(self._source, name=self.path.name)

    async def enter(self, settler: Settler, *, is_first: bool = False) -> None:
        """Makes the vault's policy the one in force, and says so in the ledger."""
        vault = settler.vault
        policy = vault.policy
        if is_first and (await vault.store.head()).policy == policy.sha256:
            self.loaded_ms = to_ms(vault.moment())
            return
        await self._take(settler, policy)

    async def look(self, settler: Settler, *, is_whole: bool = False) -> bool:
        """Takes the file when it changed and is sound; True when another policy is in force.

        A file is taken when two looks in turn find it unchanged, so that one that is still being
        written is not; `is_whole` says that it is not.
        """
        try:
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp == self._stamp:
                return False
            if stamp != self._changing:
                self._changing = stamp
                if not is_whole:
                    return False
            data = self._read()
            self._stamp = stamp
        except (OSError, ConfigError):
            self.refused = ("the file cannot be read; the policy in force stays",)
            self._stamp, self._seen = None, ""
            return False
        digest = hashlib.sha256(data).hexdigest()
        if digest == self._seen:
            return False
        self._seen = digest
        return await self._judge(settler, data, digest)

    async def _judge(self, settler: Settler, data: bytes, digest: str) -> bool:
        try:
            policy = parse(data, name=self.path.name)
        except PolicyError as error:
            self.refused = error.mistakes
            base = Base(settler.vault, SYSTEM, "policy-file")
            await settler.settle([Administer(base, Kind.POLICY_REFUSED, digest)])
            return False
        self.refused = ()
        if policy.sha256 == settler.vault.policy.sha256:
            return False
        self._source = data
        await self._take(settler, policy)
        return True

    async def _take(self, settler: Settler, policy: Policy) -> None:
        base = Base(settler.vault, SYSTEM, "policy-file")
        writes = (
            *policy_writes(settler.vault.keyring, policy, self._source),
            *await built_writes(settler.vault.store, policy),
        )
        act = Administer(base, Kind.POLICY_LOADED, policy.sha256, writes)
        settled = (await settler.settle([act]))[0]
        if settled.error is not None:
            self._seen, self._stamp = "", None
            raise settled.error
        settler.vault.policy = policy
        self.loaded_ms = to_ms(settler.vault.moment())
        self._seen = policy.sha256

    def _read(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise ConfigError(
                f"The policy file cannot be read ({type(error).__name__}).",
                hint="Check the setting `policy` and the file's permissions.",
                field="policy",
            ) from error
        if len(data) > MAX_BYTES:
            raise ConfigError(f"The policy file is larger than {MAX_BYTES} bytes.", field="policy")
        return data
