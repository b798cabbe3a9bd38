"""The room's pages on the public site, for customers; names and views are shared with staff's."""

from __future__ import annotations

from django.urls import path

from shopward.identity.web.views import me, people, phone, sign_in, sign_up

app_name = "identity"
urlpatterns = [
    path("sign-in/", sign_in.begin, name="sign-in"),
    path("sign-in/passkey/", sign_in.passkey, name="sign-in-passkey"),
    path("sign-in/second/", sign_in.second, name="second"),
    path("sign-in/second/send/", sign_in.send_second, name="send-second"),
    path("sign-in/recovery-code/", sign_in.second_recovery, name="second-recovery"),
    path("sign-out/", sign_in.out, name="sign-out"),
    path("sign-up/", sign_up.begin, name="sign-up"),
    path("sign-up/code/", sign_up.code, name="sign-up-code"),
    path("sign-up/password/", sign_up.first_password, name="first-password"),
    path("forgotten/", sign_up.forgotten, name="forgotten"),
    path("forgotten/code/", sign_up.reset_code, name="reset-code"),
    path("forgotten/password/", sign_up.reset_password, name="reset-password"),
    path("lost/", sign_up.lost, name="lost"),
    path("lost/code/", sign_up.lost_code, name="lost-code"),
    path("lost/stop/<str:token>/", people.not_me, name="stop-lost"),
    path("prove/", sign_in.again, name="prove"),
    path("account/ways/", me.overview, name="factors"),
    path("account/passkey/", me.add_passkey, name="add-passkey"),
    path("account/app/", me.add_app, name="add-app"),
    path("account/ways/<int:row_id>/remove/", me.remove, name="remove-factor"),
    path("account/recovery-codes/", me.recovery_codes, name="recovery-codes"),
    path("account/password/", me.password, name="password"),
    path("account/mail-code/", me.mail_step, name="mail-step"),
    path("account/text-code/", phone.step, name="sms-step"),
    path("account/text-code/confirm/", phone.code, name="sms-code"),
    path("text-message/", phone.sent, name="sms-sent"),
    path("account/devices/", me.devices, name="devices"),
    path("account/devices/<int:row_id>/end/", me.end_session, name="end-session"),
    path("account/devices/end-others/", me.end_others, name="end-others"),
    path("account/stop-recovery/", me.stop_recovery, name="stop-recovery"),
]
