"""What the portal asks of the house (`portal.web.house.House`), answered.

A flow of several rooms lives here, since rooms do not know each other: accounts and sessions are of
`identity`, mails and events of the console, and the portal brings its rules and pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from allauth.mfa.models import Authenticator
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from shopward import clock
from shopward.clock import from_ms, to_ms
from shopward.console import asserting, cases, mail, outbox, tasks, vouch
from shopward.console import portal_tasks as _registered  # noqa: F401 - pages queue its tasks
from shopward.console.models import Mail
from shopward.console.sites import known_sites, site_of
from shopward.events import Kind
from shopward.identity.throttle import Verdict
from shopward.identity.web import addresses, codes, passwords, session, shop, throttling
from shopward.identity.web import client as browser
from shopward.identity.web.flows.sign_in import has_sms_step, network_count
from shopward.identity.web.models import Account, Realm, address_of
from shopward.identity.web.oidc import grants
from shopward.identity.web.oidc.models import Client as Shop
from shopward.policy import Policy
from shopward.portal import address_guard
from shopward.portal.sent_by_us import Names
from shopward.portal.web.house import Me, Shown, Shut, Way
from shopward_client import Client

GUEST: Final = "portal.guest"
GUEST_LIFE: Final = timedelta(minutes=30)
RECOVERY: Final = Authenticator.Type.RECOVERY_CODES


class PortalHouse:
    """The console's answers."""

    def me(self, request: HttpRequest) -> Me | None:
        """Who is signed in at the public site, or came by an order's link; None for nobody."""
        if site_of(request).realm != Realm.CUSTOMER:
            return None
        account = request.user
        if not isinstance(account, Account) or not account.subject:
            return _guest(request.session)
        proof = session.proof(request)
        if proof is None or not session.is_complete(request):
            return None
        return Me(
            account.subject,
            str(account.pk),
            proof.session,
            proof.level,
            proof.auth_time,
            is_new_device=_is_new(request, account),
        )

    def way_in(self, request: HttpRequest) -> str:
        """Where somebody goes who may not see a page yet, and comes back from."""
        if request.user.is_authenticated:
            return reverse("identity:factors")
        where = request.get_full_path() if request.method == "GET" else "/account/"
        return reverse(session.door(request)) + "?" + urlencode({REDIRECT_FIELD_NAME: where})

    def may_ask(self, request: HttpRequest) -> bool:
        """Counts a question of a stranger; False when too many come from this network."""
        counted = throttling.count(network_count(request), clock.now())
        return counted.verdict is Verdict.ALLOW

    def welcome(self, request: HttpRequest, me: Me) -> None:
        """Lets a guest in for half an hour; nobody who is signed in is touched."""
        until = to_ms(clock.now() + GUEST_LIFE)
        request.session.cycle_key()
        request.session[GUEST] = {"subject": me.subject, "fact": me.fact, "until": until}

    def farewell(self, request: HttpRequest) -> None:
        """Ends a guest's visit."""
        request.session.pop(GUEST, None)

    @contextmanager
    def asking(self, me: Me) -> Iterator[Client]:
        """A client that asks as this customer, bound to her."""
        with asserting.client(
            vouch.house(),
            actor=me.account or asserting.NAME,
            realm="customer",
            role=vouch.CUSTOMER,
            acr=me.level,
            auth_time=to_ms(me.auth_time or clock.now()),
            session=me.session or "guest",
            subject=me.subject,
        ) as made:
            yield made

    def policy(self) -> Policy | None:
        """The policy of the file; None where it cannot be read."""
        return shop.policy()

    def origin(self) -> str:
        """The public site, as browsers write it."""
        return known_sites()["public"].origin

    def names(self) -> Names:
        """By which names the shop is known."""
        site, house = known_sites()["public"], vouch.house()
        sender = house.mail.sender.rpartition("@")[2].rstrip(">").casefold()
        phones = house.portal.phones.replace(" ", "").split(",")
        known = frozenset(filter(None, phones))
        return Names(shop.name(), site.host, site.port, sender, known, house.region)

    def ways(self, me: Me) -> list[Way]:
        """The ways to sign in of an account, passkeys first."""
        account = Account.objects.get(pk=me.account)
        rows = Authenticator.objects.filter(user=account).order_by("created_at")
        found = [_way(row) for row in rows if row.type != RECOVERY]
        found.sort(key=lambda one: one.kind != "passkey")
        if passwords.has_password(account):
            found.append(Way("password", "", None, None, reverse("identity:password")))
        if has_sms_step(account):
            found.append(Way("sms", "", account.sms_since, None, reverse("identity:sms-step")))
        if codes.recovery_left(account):
            row = rows.filter(type=RECOVERY).get()
            url = reverse("identity:recovery-codes")
            found.append(Way("recovery-codes", "", row.created_at, row.last_used_at, url))
        return found

    def devices(self, me: Me) -> list[tuple[str, datetime]]:
        """What an account is signed in on, and when it was seen there, the newest first."""
        rows = session.of(Account.objects.get(pk=me.account))
        return [(row.user_agent, row.last_seen_at) for row in rows]

    def shown(self, token: str) -> Shown | None:
        """Whose security a shop may show by this access token; None when none."""
        grant = grants.shows_security(token, clock.now())
        if grant is None:
            return None
        account, key = grant.account, grant.session.session_key
        known = session.public_id(key)
        me = Me(account.subject, str(account.pk), known, grant.level, grant.auth_time)
        return Shown(me, grant.client.origins)

    def is_origin(self, origin: str) -> bool:
        """Whether a shop that may show it has pages at this origin."""
        return any(origin in one.origins for one in Shop.objects.filter(shows_security=True))

    def is_fresh(self, request: HttpRequest) -> bool:
        """Whether a factor was shown a short while ago."""
        return session.is_fresh(request, clock.now())

    def shut_out(self, subject: str, since: datetime) -> Shut:
        """Ends sessions and tokens, takes away what was added since, puts the password away."""
        account = Account.objects.filter(email=address_of(subject)).first()
        if account is None:
            return Shut(0, 0)
        added = Authenticator.objects.filter(user=account, created_at__gte=since)
        ways = added.count()
        added.delete()
        account.devices.filter(first_seen__gte=since).delete()
        Account.objects.filter(pk=account.pk).update(password="!")  # noqa: S106  # none at all
        added_text = Account.objects.filter(pk=account.pk, sms_since__gte=since)
        ways += added_text.update(sms_number="", sms_since=None)
        return Shut(session.end_all(account), ways)

    def record(self, kind: Kind, me: Me, about: str) -> None:
        """Enters what happened to or by a customer, in this very transaction."""
        actor, said = me.account or asserting.NAME, f"by={me.session or 'guest'} {about}"
        outbox.record(kind, actor=actor, realm="customer", subject=me.subject, about=said.strip())

    def report(self, me: Me, why: str, *, entry: int | None = None) -> None:
        """Opens a case for the staff and enters it, in this very transaction."""
        about = f"why={why}" if entry is None else f"why={why} entry={entry}"
        self.record(Kind.INCIDENT_REPORTED, me, about)
        cases.open_(me.subject, why, entry)

    def mail(self, subject: str, title: str, text: str, *, is_old: bool = False) -> int:
        """Queues a mail to a customer, in this very transaction; its number."""
        return mail.queue_to(subject, title, text, is_old=is_old)

    def has_left(self, mail: int) -> bool:
        """Whether the mail of this number has left; what was tidied away had, or never will."""
        return not Mail.objects.filter(pk=mail, sent=None, given_up=None).exists()

    def has_account(self, subject: str) -> bool:
        """Whether this customer has an account."""
        return Account.objects.filter(email=address_of(subject)).exists()

    def remove(self, subject: str) -> None:
        """Ends the account of a customer who was erased: sessions, tokens, ways to sign in."""
        account = Account.objects.filter(email=address_of(subject)).first()
        if account is not None:
            session.end_all(account)
            account.delete()

    def later(self, kind: str, *, after_s: int = 0, **arguments: str | int) -> None:
        """Queues a task, in this very transaction, to be run so many seconds from now."""
        due = clock.now() + timedelta(seconds=after_s)
        tasks.queue(kind, key=None, due=due, **arguments)

    def subjects(self) -> Iterable[str]:
        """The tokens of all customers with an account."""
        rows = Account.objects.filter(realm=Realm.CUSTOMER, is_active=True)
        return (one.subject for one in rows.iterator() if one.subject)

    def find(self, address: str) -> str | None:
        """The token of the customer who has this mail address.

        Raises:
            UnavailableError: The vault does not answer.
        """
        return addresses.find(address)


def _guest(kept: SessionBase) -> Me | None:
    """A guest, until half an hour after she came."""
    said = kept.get(GUEST)
    if not said or clock.now() >= from_ms(said["until"]):
        return None
    came = from_ms(said["until"]) - GUEST_LIFE
    return Me(said["subject"], session="guest", auth_time=came, fact=said["fact"])


def _is_new(request: HttpRequest, account: Account) -> bool:
    seen = dict(account.devices.values_list("digest", "first_seen"))
    first_seen = seen.get(browser.digest(request))
    return address_guard.is_new(first_seen, min(seen.values(), default=None), clock.now())


def _way(row: Authenticator) -> Way:
    is_app = row.type == Authenticator.Type.TOTP
    name = "" if is_app else str(row.data.get("name", ""))
    url = reverse("identity:remove-factor", args=[row.pk])
    return Way("app" if is_app else "passkey", name, row.created_at, row.last_used_at, url)


portal_house: Final = PortalHouse()
