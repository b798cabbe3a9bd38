"""The two ceremonies of WebAuthn: bind a passkey, show a passkey. Kept as allauth keeps them.

- User verification (a PIN or a finger) is required always: a passkey is two factors in one.
- The origin is this site's, letter by letter; a sister site or another port cannot use a challenge.
- A challenge lives five minutes in the session it was made for, is used once (parallel answers
  too), and a few may stand side by side (two tabs).
- A signature counter that went back means a copy: the passkey is refused.

Source: WebAuthn Level 3 §7.1 and §7.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from shopward import clock
from shopward.identity.assurance import Factor
from shopward.identity.throttle import Limit, Verdict
from shopward.identity.web import shop, throttling
from shopward.identity.web.models import Account

STATES: Final = "identity.challenges"
LIFE: Final = timedelta(minutes=5)
ONCE: Final = Limit(1, LIFE)
SIDE_BY_SIDE: Final = 5
CREDENTIAL_BYTES: Final = 16_384
_VERIFIED: Final = UserVerificationRequirement.REQUIRED
_BROKEN: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError)
"""What fido2 raises on input that is no credential, besides its own refusals (ValueError)."""


class CeremonyError(Exception):
    """The passkey is not accepted. Why is for nobody to know."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A passkey that was just made.

    Args:
        credential: As the browser sent it.
        factor: Whether it can leave its device.
    """

    credential: dict[str, Any]
    factor: Factor


@dataclass(frozen=True, slots=True)
class ShownPasskey:
    """A passkey that was just shown.

    Args:
        authenticator: Its row, locked.
        factor: Whether it can leave its device.
        counter: Its signature counter; 0 if it has none.
    """

    authenticator: Authenticator
    factor: Factor
    counter: int


def begin_binding(
    request: HttpRequest, handle: bytes, label: str, known: list[AttestedCredentialData]
) -> str:
    """The JSON that a browser's `navigator.credentials.create` wants.

    Args:
        request: Its session keeps the challenge, its site is the relying party.
        handle: The account's id, 16 bytes; says nothing about the person.
        label: What the browser's list calls it.
        known: The passkeys that the account has; none is made twice.
    """
    options, state = _server(request).register_begin(
        PublicKeyCredentialUserEntity(id=handle, name=label, display_name=label),
        credentials=known,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_VERIFIED,
        extensions={"credProps": True},
    )
    _keep(request.session, state)
    return json.dumps(dict(options.public_key))


def finish_binding(request: HttpRequest, sent: str) -> Bound:
    """The passkey that a browser made.

    Raises:
        CeremonyError: It is not accepted.
    """
    try:
        credential = _parse(sent)
        response = RegistrationResponse.from_dict(credential)
        state = _take(request.session, response.response.client_data.challenge)
        data = _server(request).register_complete(state, response)
    except _BROKEN as error:
        raise CeremonyError from error
    return Bound(credential, _factor(data))


def begin_showing(request: HttpRequest, account: Account | None) -> str:
    """The JSON that `navigator.credentials.get` wants: for any passkey here, or an account's."""
    known = credentials_of(account) if account else []
    options, state = _server(request).authenticate_begin(known or None, user_verification=_VERIFIED)
    _keep(request.session, state)
    return json.dumps(dict(options.public_key))


def finish_showing(request: HttpRequest, sent: str, account: Account | None) -> ShownPasskey:
    """The passkey that a browser showed; of this account, or of whom the passkey names.

    Call it inside a transaction: the passkey's row is locked, and its counter is written.

    Raises:
        CeremonyError: It is not accepted.
    """
    try:
        response = AuthenticationResponse.from_dict(_parse(sent))
        state = _take(request.session, response.response.client_data.challenge)
        owner = str(account.pk) if account else _owner(response)
        row = _row(owner, response.raw_id)
        _server(request).authenticate_complete(state, [_credential(row)], response)
        data = response.response.authenticator_data
        _check_counter(row, data.counter)
    except _BROKEN as error:
        raise CeremonyError from error
    return ShownPasskey(row, _factor(data), data.counter)


def credentials_of(account: Account) -> list[AttestedCredentialData]:
    """The passkeys of an account."""
    rows = Authenticator.objects.filter(user=account, type=Authenticator.Type.WEBAUTHN)
    return [_credential(row) for row in rows]


def _server(request: HttpRequest) -> Fido2Server:
    site = shop.site_of(request)
    entity = PublicKeyCredentialRpEntity(id=site.host, name=shop.name())
    return Fido2Server(entity, verify_origin=lambda origin: origin == site.origin)


def _parse(sent: str) -> dict[str, Any]:
    if len(sent) > CREDENTIAL_BYTES:
        raise ValueError("too long")
    found = json.loads(sent)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found


def _owner(response: AuthenticationResponse) -> str:
    handle = response.response.user_handle
    if handle is None or len(handle) != 16:
        raise ValueError("names nobody")
    return handle.hex()


def _row(owner: str, credential_id: bytes) -> Authenticator:
    rows = Authenticator.objects.select_for_update().filter(
        user_id=owner, type=Authenticator.Type.WEBAUTHN
    )
    for row in rows:
        if _credential(row).credential_id == credential_id:
            return row
    raise ValueError("unknown")


def _credential(row: Authenticator) -> AttestedCredentialData:
    data: AuthenticatorData = row.wrap().authenticator_data
    if data.credential_data is None:
        raise ValueError("no key")
    return data.credential_data


def _check_counter(row: Authenticator, counter: int) -> None:
    before = row.data.get("counter", 0)
    if (counter or before) and counter <= before:
        raise ValueError("a copy")
    row.data["counter"] = counter


def _factor(data: AuthenticatorData) -> Factor:
    movable = data.flags & AuthenticatorData.FLAG.BE
    return Factor.PASSKEY if movable else Factor.DEVICE_PASSKEY


def _keep(session: SessionBase, state: Mapping[str, Any]) -> None:
    now = clock.now()
    alive = {
        challenge: until
        for challenge, until in session.get(STATES, {}).items()
        if until > clock.to_ms(now)
    }
    newest = dict(sorted(alive.items(), key=lambda one: one[1])[-SIDE_BY_SIDE + 1 :])
    session[STATES] = {**newest, state["challenge"]: clock.to_ms(now + LIFE)}


def _take(session: SessionBase, challenge: bytes) -> dict[str, Any]:
    states = dict(session.get(STATES, {}))
    kept = next((one for one in states if websafe_decode(one) == challenge), "")
    until = states.pop(kept, 0)
    session[STATES] = states
    once = {f"challenge:{kept}": ONCE}
    now = clock.now()
    if clock.to_ms(now) >= until or throttling.count(once, now).verdict is not Verdict.ALLOW:
        raise ValueError("no such challenge")
    return {"challenge": kept, "user_verification": _VERIFIED}
