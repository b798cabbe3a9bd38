"""The staff site's map of URLs; nothing of the other site is in it."""

from __future__ import annotations

from django.urls import include, path

from shopward.console.urls import SHARED, handler400, handler403, handler404, handler500
from shopward.console.views import (
    acts,
    cases,
    customers,
    deciding,
    gallery,
    house,
    ledger,
    overview,
    policy,
)

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", overview.show, name="home"),
    path("customers/", customers.find, name="customers"),
    path("customers/<str:token>/", customers.card, name="customer"),
    path("cases/", cases.listed, name="cases"),
    path("cases/<int:number>/", cases.one, name="case"),
    path("ledger/", ledger.show, name="ledger"),
    path("ledger/checkpoint/", ledger.checkpoint, name="checkpoint"),
    path("ledger/<int:index>/", ledger.entry, name="entry"),
    path("ledger/<int:index>/receipt/", ledger.receipt, name="receipt"),
    path("policy/", policy.show, name="policy"),
    path("policy/compare/", policy.compare, name="compare"),
    path("policy/ask/", policy.simulate, name="simulate"),
    path("found/", deciding.show, name="found"),
    path("found/columns.toml", deciding.columns, name="found-map"),
    path("found/policy/", deciding.policy, name="found-policy"),
    path("found/policy.toml", deciding.policy_file, name="found-policy-file"),
    path("found/<slug:slug>/", deciding.column, name="found-column"),
    path("found/<slug:slug>/undo/", deciding.undo, name="found-undo"),
    path("callers/", house.callers, name="callers"),
    path("callers/<str:caller>/stop/", acts.freeze, name="freeze"),
    path("callers/<str:caller>/go-on/", acts.thaw, name="thaw"),
    path("vault/", house.vault, name="vault"),
    path("vault/begin/<slug:work>/", acts.start, name="begin"),
    path("vault/jobs/<slug:job>/end/", acts.end, name="end-job"),
    path("tasks/", house.work, name="work"),
    path("tasks/<int:task>/retry/", house.retry, name="retry"),
    path("health/", house.health, name="health"),
    path("settings/", house.settings, name="settings"),
    path("components/", gallery.show, name="gallery"),
    path("", include("shopward.identity.web.urls")),
    *SHARED,
]
