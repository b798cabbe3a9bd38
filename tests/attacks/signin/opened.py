"""`python -m tests.attacks.signin.opened …`: the program with its limits and checks switched off.

The control of the attacks: whatever does not get through here was no attack. It is the product's
own command line, with functions replaced in this process; the product has no setting for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from shopward import clock
from shopward.api.assertions import Assertions
from shopward.console import server
from tests.attacks.signin.copy import LOCKING

SLOW_S = 0.15
"""What a mail or a hash takes."""
NO_BEAT_S = 1e-6


def open_data_plane() -> None:
    """Assertions are taken as often as they come."""

    def admit(self: Assertions, claim: Any, method: str, target: str, body: bytes) -> None:
        del self, claim, method, target, body

    Assertions.admit = admit


def open_limits() -> None:
    """Nothing is counted. From some networks everything is, and a pause is one for everybody."""
    from shopward.identity import throttle
    from shopward.identity.throttle import Verdict
    from shopward.identity.web import client, throttling
    from shopward.identity.web.flows import sign_in
    from shopward.identity.web.keys import keyed_name
    from shopward.identity.web.models import Account

    count, is_paused, active = throttling.count, throttling.is_paused, sign_in._active

    def is_locking(name: str) -> bool:
        return name.startswith(LOCKING)

    def count_there(keys: throttling.Keys, now: Any) -> throttling.Counted:
        if any(is_locking(one.removeprefix("network:")) for one in keys):
            return count(keys, now)
        return throttling.Counted(Verdict.ALLOW, ())

    def active_unless_paused(request: Any, key: Any) -> Account:
        account = active(request, key)
        person = {keyed_name("person", account.email): throttle.PERSON}
        if is_locking(client.network_name(request)) and is_paused(person, clock.now()):
            raise Account.DoesNotExist
        return account

    throttling.count = count_there
    throttling.is_paused = lambda keys, now: False
    client.is_known = lambda request, account: False
    sign_in._active = active_unless_paused


def open_replay() -> None:
    """Nothing is used up."""
    from shopward.identity import one_time, recovery_codes, totp
    from shopward.identity.web import mailed
    from shopward.identity.web.flows import join
    from shopward.identity.web.oidc import grants
    from shopward.portal.web.flows import links

    take, matching = mailed.take, totp.matching_step

    def take_and_keep(request: Any, use: str, typed: str) -> str:
        kept = mailed.waited_for(request, use)
        subject = take(request, use, typed)
        request.session[mailed.WAITING] = kept
        return subject

    mailed.take = take_and_keep
    totp.matching_step = lambda secret, code, now, last: matching(secret, code, now, None)
    recovery_codes.without = lambda kept, used: tuple(kept) if used in kept else None
    one_time.state = lambda link, now: one_time.State.GOOD if link else one_time.State.UNKNOWN
    join._spend = lambda link, now: None
    grants.spend = lambda row, now: None
    links.spend = lambda token, until: True
    links.is_spent = lambda token: False


def open_sessions() -> None:
    """Ids stay the same, sessions do not end, and a reset takes the second factor away."""
    from allauth.mfa.models import Authenticator
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.backends.db import SessionStore

    from shopward.identity.web import session
    from shopward.identity.web.flows import reset
    from shopward.identity.web.models import Account

    begin = session.begin

    def begin_again(request: Any, account: Account, seen: Any) -> None:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        begin(request, account, seen)

    session.begin = begin_again
    finish = reset.finish

    def finish_and_take_away(request: Any, typed: str) -> None:
        account = reset.allowed(request)
        finish(request, typed)
        Authenticator.objects.filter(user=account).delete()

    reset.finish = finish_and_take_away
    SessionStore.flush = lambda self: None
    SessionStore.cycle_key = lambda self: self.create() if self.session_key is None else None
    Account.get_session_auth_hash = lambda self: "the same for everybody"
    session.end = lambda keys: 0
    session.sessions_ended.receivers.clear()


def open_timing() -> None:
    """Nobody evens the times out: work is done only where there is somebody to do it for."""
    from shopward.identity.web import mailed, passwords
    from shopward.identity.web.views import common

    verify, send, take = passwords.verify, mailed.send, mailed.take

    def mail_while_she_waits(
        request: Any, use: str, subject: str, *more: Any, **values: Any
    ) -> None:
        send(request, use, subject, *more, **values)
        time.sleep(SLOW_S if subject else 0)

    def check_slowly(request: Any, use: str, typed: str) -> str:
        time.sleep(SLOW_S if mailed.waited_for(request, use)["subject"] else 0)
        return take(request, use, typed)

    passwords.verify = lambda account, typed: account is not None and verify(account, typed)
    mailed.send, mailed.take = mail_while_she_waits, check_slowly
    common.BEAT_S = NO_BEAT_S


def open_sites() -> None:
    """One cookie for both sites, readable; no token against forgery; any `next`; pages kept."""
    from django.core.signing import Signer
    from django.middleware.csrf import CsrfViewMiddleware

    from shopward.console import middleware, sessions
    from shopward.identity.web.views import common

    sessions._signer = lambda site: Signer(salt="one for all")
    answered = sessions.SiteSessionMiddleware.process_response

    def weak(self: Any, request: Any, response: Any) -> Any:
        answer = answered(self, request, response)
        for morsel in answer.cookies.values():
            morsel.update({"secure": "", "httponly": "", "samesite": ""})
        return answer

    sessions.SiteSessionMiddleware.process_response = weak
    CsrfViewMiddleware.process_view = lambda *given: None
    middleware.RealmMiddleware.__call__ = lambda self, request: self._get_response(request)
    middleware.HEADERS["Cache-Control"] = "private, max-age=600"
    asked = "next"
    common.wanted = lambda request: request.POST.get(asked) or request.GET.get(asked, "")


SWITCHES = (open_limits, open_replay, open_sessions, open_timing, open_sites)


def after_set_up(prepare: Callable[[Any], None]) -> Callable[[Any], None]:
    """Django has to be set up before the room's modules can be loaded."""

    def prepared(house: Any) -> None:
        prepare(house)
        for switch in SWITCHES:
            switch()

    return prepared


if __name__ == "__main__":
    open_data_plane()
    server.prepare = after_set_up(server.prepare)

    from shopward.cli.main import main

    main()
