"""The provider on the public site."""

from __future__ import annotations

from django.urls import path

from shopward.identity.web.oidc import views

app_name = "oidc"
urlpatterns = [
    path(".well-known/openid-configuration", views.configuration, name="configuration"),
    path("oidc/keys/", views.keys, name="keys"),
    path("oidc/authorize/", views.authorize, name="authorize"),
    path("oidc/returned/", views.returned, name="returned"),
    path("oidc/token/", views.token, name="token"),
    path("oidc/userinfo/", views.userinfo, name="userinfo"),
    path("oidc/revoke/", views.revoke, name="revoke"),
    path("oidc/introspect/", views.introspect, name="introspect"),
    path("oidc/sign-out/", views.sign_out, name="sign-out"),
]
