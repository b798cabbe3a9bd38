"""Takes the assertions of registered control planes: who asks, for this one request.

Read before the body is: signature, audience, time, role. Admitted after it: the request's hash, and
that the assertion was not taken before.

- Whatever is wrong, the answer is the same 401.
- What was taken is remembered until it has ended. An assertion made before this process started
  is refused: it may have been taken by the one before.
- Whoever writes facts is a program: a role with `facts` is never taken from an assertion, so that
  a taken-over control plane cannot open the door that it wants to walk through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shopward.api.auth import Callers
from shopward.assertion import SCHEME, Assertion, is_for, key_name, open_assertion
from shopward.clock import to_ms
from shopward.errors import IntegrityError, UnauthenticatedError
from shopward.policy import Verb
from shopward.signing import Verifier
from shopward.vault.caller import Caller
from shopward.vault.service import Vault

PREFIX = f"{SCHEME} ".encode()


@dataclass(frozen=True, slots=True)
class Claim:
    """An assertion that verified, and who asks by it; not yet admitted."""

    caller: Caller
    assertion: Assertion


class Assertions:
    """What one data plane takes.

    Args:
        vault: Whose policy is in force.
        callers: Whose keys are known.
        audience: The installation's name, `log` of the settings; a restore does not change it.
        now: Reads the clock.
    """

    def __init__(
        self, vault: Vault, callers: Callers, audience: str, now: Callable[[], datetime]
    ) -> None:
        self._vault, self._callers, self._audience, self._now = vault, callers, audience, now
        self._taken: dict[str, int] = {}
        self._started_ms = to_ms(now())

    def read(self, header: bytes) -> Claim:
        """The claim in an Authorization header of our scheme.

        Raises:
            UnauthenticatedError: It is not one of a control plane that we know, for us and now.
        """
        token = header[len(PREFIX) :].decode("latin-1").strip()
        try:
            plane, verifier = self._registered(key_name(token))
            found = open_assertion(token, verifier, self._audience, self._now())
        except IntegrityError:
            raise UnauthenticatedError from None
        role = self._vault.policy.roles.get(found.role)
        if found.iat < self._started_ms or (role is not None and Verb.FACTS in role.may):
            raise UnauthenticatedError
        return Claim(_caller(found, plane), found)

    def admit(self, claim: Claim, method: str, target: str, body: bytes) -> None:
        """Takes the claim, this once.

        Raises:
            UnauthenticatedError: It is for another request, or was taken before.
        """
        now_ms = to_ms(self._now())
        self._forget(now_ms)
        found = claim.assertion
        if not is_for(found, method, target, body) or found.jti in self._taken:
            raise UnauthenticatedError
        self._taken[found.jti] = found.exp

    def _registered(self, name: str) -> tuple[str, Verifier]:
        """Caller id and key of the control plane of this name.

        Raises:
            UnauthenticatedError: There is none.
        """
        for row in self._callers.control_planes():
            if row.name == name:
                return row.id, Verifier(name, row.secret_hash)
        raise UnauthenticatedError

    def _forget(self, now_ms: int) -> None:
        """Drops what has ended; the oldest stand first, and none ends more than a minute late."""
        for jti, ends_ms in list(self._taken.items()):
            if ends_ms > now_ms:
                break
            del self._taken[jti]


def _caller(found: Assertion, plane: str) -> Caller:
    return Caller(
        id=found.actor,
        name=found.actor,
        role=found.role,
        assurance=found.acr,
        clauses=frozenset(found.clauses),
        via=plane,
        realm=found.realm,
        session=found.session,
        auth_time_ms=found.auth_time,
        bound=found.subject,
    )
