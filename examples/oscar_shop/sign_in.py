"""Customers sign in to the shop through Shopward (OpenID Connect), with Authlib.

What the provider calls a customer, `sub`, is the token that her row in the shop holds already, so
that nothing about her has to be read to know her again: the row is found by its token, or made.

- Code flow with PKCE (S256), `state` and `nonce`; Authlib verifies the ID token's signature, issuer
  and audience. Whom it names is believed only then.
- Where she wanted to go is kept only when it is a page of this shop.
"""

from __future__ import annotations

from authlib.integrations.base_client import OAuthError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from examples.oidc_client.shop import resolve_localhost
from shopward_client.django import page, tokens

WANTED = "sign-in-next"
GIVEN = getattr(settings, "SHOPWARD_SIGN_IN", None)

resolve_localhost()
oauth = OAuth()
if GIVEN:
    oauth.register(
        "shopward",
        client_id=GIVEN["client_id"],
        client_secret=GIVEN["client_secret"],
        server_metadata_url=f"{GIVEN['issuer']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_basic",
            "verify": GIVEN["ca_file"],
        },
    )


@require_safe
def begin(request):
    """Send her to Shopward."""
    request.session[WANTED] = _own(request, request.GET.get("next", ""))
    return oauth.shopward.authorize_redirect(request, _here(request))


@require_safe
def end(request):
    """Take her back, as whom Shopward says she is."""
    try:
        claims = oauth.shopward.authorize_access_token(request)["userinfo"]
    except OAuthError:
        messages.error(request, "You were not signed in. Please try again.")
        return HttpResponseRedirect(reverse("customer:login"))
    wanted = request.session.pop(WANTED, "")
    auth.login(request, member(claims["sub"]), "django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(_own(request, wanted) or reverse("customer:summary"))


def member(token):
    """The row of a customer of the vault, made when she comes for the first time."""
    if tokens.token_in(token) != token:
        raise OAuthError("invalid_token", "the subject is no customer")
    mail = tokens.shaped(token, "mail")
    with page.tokens_only(), transaction.atomic():
        if not User.objects.select_for_update().filter(email=mail).exists():
            made = User(username=token, email=mail)
            made.set_unusable_password()
            made.save_base(raw=True, force_insert=True)  # as `loaddata`: the token is the value
        found = User.objects.values_list("pk", flat=True).get(email=mail)
    return User.objects.get(pk=found)


def offered(_request):
    """Tell templates whether one can sign in like this."""
    return {"sign_in_through_us": bool(GIVEN)}


def _here(request):
    return request.build_absolute_uri(reverse("signed-in"))


def _own(request, place):
    is_ours = url_has_allowed_host_and_scheme(place, {request.get_host()}, request.is_secure())
    return place if is_ours else ""


urlpatterns = [path("sign-in/", begin, name="sign-in"), path("signed-in/", end, name="signed-in")]
