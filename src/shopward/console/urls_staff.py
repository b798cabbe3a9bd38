"""The staff site's map of URLs; nothing of the other site is in it."""

from __future__ import annotations

from django.urls import include, path

from shopward.console.urls import SHARED, handler400, handler403, handler404, handler500
from shopward.console.views import acts, customers, gallery, house, ledger, overview, policy

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", overview.show, name="home"),
    path("customers/", customers.find, name="customers"),
    path("customers/<str:token>/", customers.card, name="customer"),
    path("ledger/", ledger.show, name="ledger"),
    path("ledger/checkpoint/", ledger.checkpoint, name="checkpoint"),
    path("ledger/<int:index>/", ledger.entry, name="entry"),
    path("ledger/<int:index>/receipt/", ledger.receipt, name="receipt"),
    path("policy/", policy.show, name="policy"),
    path("policy/compare/", policy.compare, name="compare"),
    path("policy/ask/", policy.simulate, name="simulate"),
    path("callers/", house.callers, name="callers"),
    path("callers/<str:caller>/stop/", acts.freeze, name="freeze"),
    path("callers/<str:caller>/go-on/", acts.thaw, name="thaw"),
    path("vault/", house.vault, name="vault"),
    path("vault/begin/<slug:work>/", acts.start, name="begin"),
    path("vault/jobs/<slug:job>/end/", acts.end, name="end-job"),
    path("work/", house.work, name="work"),
    path("work/<int:task>/retry/", house.retry, name="retry"),
    path("health/", house.health, name="health"),
    path("settings/", house.settings, name="settings"),
    path("components/", gallery.show, name="gallery"),
    path("", include("shopward.identity.web.urls")),
    *SHARED,
]
