"""The room's pages on the public site."""

from __future__ import annotations

from django.urls import path, re_path

from shopward.portal.web.views import (
    account,
    activity,
    change,
    consents,
    data,
    embed,
    erasure,
    guest,
    not_me,
)
from shopward.portal.web.views import open as for_all

app_name = "portal"
urlpatterns = [
    path("account/", account.home, name="home"),
    path("account/digest/", account.choose_digest, name="digest"),
    path("account/phrase/", account.choose_phrase, name="phrase"),
    path("account/nudges/<str:nudge>/later/", account.wave, name="wave"),
    path("account/activity/", activity.show, name="activity"),
    path("account/activity/<int:index>/", activity.one, name="entry"),
    path("account/activity/<int:index>/receipt.json", activity.receipt, name="receipt"),
    path("account/activity/<int:index>/question/", activity.question, name="question"),
    path("account/asked/", activity.asked, name="asked"),
    path("account/data/", data.show, name="data"),
    path("account/data/<str:name>/", data.correct, name="correct"),
    path("account/data/<str:name>/confirm/", change.confirm, name="change"),
    re_path(r"^account/my-data\.(?P<kind>json|html)$", data.download, name="download"),
    path("account/consents/", consents.show, name="consents"),
    path("account/consents/<str:consent>/", consents.choose, name="consent"),
    path("account/erase/", erasure.from_page, name="erase"),
    path("account/erase/undo/", erasure.undo_from_page, name="erase-undo"),
    path("erase/<str:token>/", erasure.confirm, name="erase-confirm"),
    path("erasure/<str:token>/", erasure.show, name="erasure"),
    re_path(
        r"^erasure/(?P<token>[^/]+)/certificate\.(?P<kind>json|pdf)$",
        erasure.certificate,
        name="certificate",
    ),
    path("account/not-me/", not_me.from_page, name="not-me"),
    path("account/unlock/", not_me.unlock, name="unlock"),
    path("not-me/<str:token>/", not_me.from_mail, name="not-me-link"),
    path("undo/<str:token>/", not_me.undo, name="undo"),
    path("embed/security/", embed.security, name="embed"),
    path("embed/security.js", embed.script, name="embed-script"),
    path("guest/", guest.begin, name="guest"),
    path("guest/<str:token>/", guest.arrive, name="guest-link"),
    path("guides/", for_all.guides, name="guides"),
    path("guides/<slug:slug>/", for_all.guide, name="guide"),
    path("verify/", for_all.verify, name="verify"),
]
