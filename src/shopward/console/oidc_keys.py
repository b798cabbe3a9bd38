"""Turns the keys of ID tokens when they are due; an hour late at most."""

from __future__ import annotations

from datetime import timedelta

from shopward import clock
from shopward.console import outbox, tasks, vouch
from shopward.events import Kind
from shopward.identity.web.oidc import here


@tasks.task("oidc-keys", every=timedelta(hours=1))
def tend() -> None:
    """Makes and removes what is due."""
    if here.signing_keys().tend(clock.now()):
        outbox.record(Kind.OIDC_KEY_MADE, actor=vouch.NAME)
