"""Who of the staff may see which page: what the data plane shows follows the policy's verbs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from shopward.identity.web import shop
from shopward.policy import Verb

View = Callable[..., HttpResponse]


def verbs_of(request: HttpRequest) -> frozenset[Verb]:
    """What the person's role may do; nothing when the policy has no such role."""
    policy, account = shop.policy(), request.user
    if policy is None or isinstance(account, AnonymousUser):
        return frozenset()
    role = policy.roles.get(account.role)
    return role.may if role else frozenset()


def oversees(request: HttpRequest) -> bool:
    """Whether the person looks after the house: audits, or manages people."""
    account = request.user
    manages = not isinstance(account, AnonymousUser) and account.manages_people
    return manages or Verb.AUDIT in verbs_of(request)


def for_overseers(view: View) -> View:
    """A page about the house itself."""

    @wraps(view)
    def guarded(request: HttpRequest, **values: int | str) -> HttpResponse:
        if not oversees(request):
            raise PermissionDenied
        return view(request, **values)

    return guarded
