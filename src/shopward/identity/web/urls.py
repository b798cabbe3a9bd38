"""The room's pages on the staff's site. No page of allauth is among them."""

from __future__ import annotations

from django.urls import path

from shopward.identity.web.views import join, me, people, sign_in

app_name = "identity"
urlpatterns = [
    path("sign-in/", sign_in.begin, name="sign-in"),
    path("sign-in/passkey/", sign_in.passkey, name="sign-in-passkey"),
    path("sign-in/second/", sign_in.second, name="second"),
    path("sign-in/recovery-code/", sign_in.second_recovery, name="second-recovery"),
    path("sign-out/", sign_in.out, name="sign-out"),
    path("prove/", sign_in.again, name="prove"),
    path("join/", join.answer, name="join"),
    path("join/<str:token>/", join.arrive, name="arrive"),
    path("account/", me.overview, name="factors"),
    path("account/passkey/", me.add_passkey, name="add-passkey"),
    path("account/app/", me.add_app, name="add-app"),
    path("account/factors/<int:row_id>/remove/", me.remove, name="remove-factor"),
    path("account/recovery-codes/", me.recovery_codes, name="recovery-codes"),
    path("account/password/", me.password, name="password"),
    path("account/sessions/<int:row_id>/end/", me.end_session, name="end-session"),
    path("account/sessions/end-others/", me.end_others, name="end-others"),
    path("account/stop-recovery/", me.stop_recovery, name="stop-recovery"),
    path("people/", people.overview, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/invitations/<str:digest>/withdraw/", people.withdraw, name="withdraw"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/left/", people.let_go, name="let-go"),
    path("people/<uuid:person_id>/returned/", people.bring_back, name="bring-back"),
    path("people/<uuid:person_id>/recover/", people.ask_recovery, name="ask-recovery"),
    path("recovery/<int:case_id>/agree/", people.agree, name="agree"),
    path("recovery/<int:case_id>/send/", people.send_link, name="send-link"),
    path("recovery/<int:case_id>/cancel/", people.cancel, name="cancel-recovery"),
    path("not-me/<str:token>/", people.not_me, name="not-me"),
]
