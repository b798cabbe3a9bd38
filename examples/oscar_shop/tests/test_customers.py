"""People register, sign in and keep their profile, in a shop whose tables hold tokens."""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from django.core import mail

from examples.oscar_shop.tests.conftest import PASSWORD, Person, are_tokens, leaks

REGISTER, LOGIN = "/accounts/register/", "/accounts/login/"


def register(client, person, **more):
    sent = {"email": person.email, "password1": PASSWORD, "password2": PASSWORD}
    fields = {f"registration-{name}": value for name, value in (sent | more).items()}
    return client.post(LOGIN, fields | {"registration_submit": "1"})


def login(client, email, password=PASSWORD):
    sent = {"login-username": email, "login-password": password, "login_submit": "1"}
    return client.post(LOGIN, sent)


def test_a_customer_registers_and_is_signed_in(client, person):
    assert register(client, person).status_code == 302
    assert person.email in client.get("/accounts/profile/").content.decode()
    assert are_tokens("auth_user.email")
    assert leaks(person.mark) == []


def test_the_welcome_mail_goes_to_the_real_address(client, person):
    register(client, person)
    assert [one.to for one in mail.outbox] == [[person.email]]


def test_an_address_that_is_taken_cannot_be_registered(client, member, person):
    answer = register(client, person, email=person.email.upper())
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()
    assert User.objects.count() == 1


def test_a_member_signs_in_however_the_address_is_written(client, member, person):
    assert login(client, person.email.capitalize()).status_code == 302
    assert client.get("/accounts/").status_code == 302 or "_auth_user_id" in client.session


def test_a_wrong_password_or_address_is_refused(client, member, person):
    assert login(client, person.email, "wrong").status_code == 200
    assert login(client, f"x{person.email}").status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_token_is_no_address_to_sign_in_with(client, member):
    token = member._state.shopward["email"].text
    assert login(client, token).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_member_signs_out(browser):
    browser.get("/accounts/logout/")
    browser.post("/accounts/logout/")
    assert "_auth_user_id" not in browser.session


def test_the_profile_shows_name_and_address(browser, person):
    shown = browser.get("/accounts/profile/").content.decode()
    assert person.email in shown
    assert f"{person.first} {person.last}" in shown


def test_a_profile_is_one_call_to_the_vault(browser, calls):
    browser.get("/accounts/profile/")
    assert calls["/v1/reveal/batch"] == 1


def test_a_member_changes_the_name(browser, person):
    form = browser.get("/accounts/profile/edit/").content.decode()
    assert f'value="{person.first}"' in form
    sent = {"first_name": "Augusta", "last_name": f"Byron {person.mark}", "email": person.email}
    assert browser.post("/accounts/profile/edit/", sent).status_code == 302
    assert f"Augusta Byron {person.mark}" in browser.get("/accounts/profile/").content.decode()
    assert leaks(person.mark, "Augusta") == ["auth_user.username"]


def test_a_new_mail_address_is_told_to_the_old_one(browser, person):
    other = Person()
    sent = {"first_name": "A", "last_name": "B", "email": other.email}
    assert browser.post("/accounts/profile/edit/", sent).status_code == 302
    assert [one.to for one in mail.outbox] == [[person.email]]
    assert other.email in browser.get("/accounts/profile/").content.decode()


def test_a_mail_address_of_somebody_else_is_refused(browser, person):
    other = Person()
    User.objects.create_user(other.mark, other.email, PASSWORD)
    sent = {"first_name": "A", "last_name": "B", "email": other.email}
    answer = browser.post("/accounts/profile/edit/", sent)
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_a_new_password_works_and_is_told_by_mail(browser, client, person):
    new = "another-horse-7-staple"
    sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert browser.post("/accounts/change-password/", sent).status_code == 302
    assert mail.outbox[-1].to == [person.email]
    client.logout()
    assert login(client, person.email, new).status_code == 302


def test_a_forgotten_password_is_reset_by_mail(client, member, person):
    assert client.post("/password-reset/", {"email": person.email.upper()}).status_code == 302
    assert mail.outbox[-1].to == [person.email]
    link = re.search(r"/password-reset/confirm/\S+/", mail.outbox[-1].body)[0]
    form = client.get(link, follow=True)
    new = "another-horse-7-staple"
    done = client.post(form.redirect_chain[-1][0], {"new_password1": new, "new_password2": new})
    assert done.status_code == 302
    assert login(client, person.email, new).status_code == 302


def test_a_reset_for_nobody_sends_nothing(client, member, person):
    assert client.post("/password-reset/", {"email": f"x{person.email}"}).status_code == 302
    assert mail.outbox == []


def test_a_member_deletes_the_profile(browser, django_capture_on_commit_callbacks, calls):
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post("/accounts/profile/delete/", {"password": PASSWORD})
    assert answer.status_code == 302
    assert not User.objects.exists()
    assert calls["/v1/erase"] == 1


def test_nobody_registers_while_the_vault_is_away(client, person, away):
    away()
    assert register(client, person).status_code == 503
    assert not User.objects.exists()
