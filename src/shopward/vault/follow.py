"""Follow what another process over the same store put in force: a policy, a change of callers.

A look tells the store's state; before anything is prepared on it, this process takes that state
over. What it prepares carries the policy and the count of callers, and its transaction refuses it
when either has moved since, so that nobody is shown what is no longer permitted.

- A policy is taken from the store only with a proof made by our keystore: whoever can write rows
  cannot write a policy.
- One without its source leaves the policy that was; then nothing it decides can be committed.
"""

from __future__ import annotations

import hmac
from typing import Any

from shopward.errors import IntegrityError
from shopward.policy import Policy
from shopward.policy.parse import parse
from shopward.store import Op, State, Store
from shopward.vault.context import context
from shopward.vault.keyring import Keyring
from shopward.vault.service import Vault


def policy_writes(keyring: Keyring, policy: Policy, source: bytes) -> tuple[Any, ...]:
    """The writes that put a policy in force and keep its text for other processes."""
    row = (policy.sha256, source, policy_proof(keyring, source))
    return ((Op.PUT_POLICY, row), (Op.SET_POLICY, (policy.sha256,)))


async def built_writes(store: Store, policy: Policy) -> tuple[Any, ...]:
    """The writes beside another policy: which indexes hold every customer.

    With the first policy there is no customer yet. Later, an index that the policy does not use is
    one no more: who is stored meanwhile is not in it.
    """
    live = {one.id for one in policy.live}
    if not (in_force := (await store.head()).policy):
        return tuple((Op.PUT_BUILT, (one, in_force)) for one in sorted(live))
    return tuple((Op.DELETE_BUILT, (one,)) for one in sorted(await store.built() - live))


def policy_proof(keyring: Keyring, source: bytes) -> bytes:
    """32 bytes that nobody without the keystore makes for a policy's text."""
    return keyring.index("@policy", "row").digest(context(source))


async def follow(vault: Vault, state: State) -> bool:
    """Takes the state over; True when it was another.

    Raises:
        IntegrityError: The policy in force was not written by us.
        UnavailableError: The store cannot be read.
    """
    has_moved = False
    if state.callers != vault.register.version:
        await vault.register.refresh(vault.store)
        has_moved = True
    if state.policy and state.policy != vault.policy.sha256:
        has_moved |= await _take(vault, state.policy)
    return has_moved


async def _take(vault: Vault, sha256: str) -> bool:
    kept = await vault.store.policy(sha256)
    if kept is None:
        return False
    source, proof = kept
    if not hmac.compare_digest(policy_proof(vault.keyring, source), proof):
        raise IntegrityError("The policy in force was put into the store by another program.")
    policy = parse(source)
    if policy.sha256 != sha256:
        raise IntegrityError("The store keeps another policy under the name of the one in force.")
    vault.policy = policy
    return True
