"""What people type: parsed and bounded, nothing else. Rules and verbs are elsewhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shopward.identity.password import MAX_CODE_POINTS
from shopward.identity.web import shop
from shopward.identity.web.passkeys import CREDENTIAL_BYTES

_CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}
_NEW = {"autocomplete": "new-password"}


def _password(label: Any, complete: str) -> forms.CharField:  # noqa: ANN401 - a lazy text
    widget = forms.PasswordInput(attrs={"autocomplete": complete})
    longest = MAX_CODE_POINTS * 4  # a letter has at most four marks, before it is composed
    return forms.CharField(label=label, strip=False, max_length=longest, widget=widget)


class SignInForm(forms.Form):
    """Address and password; the browser offers passkeys in the first field."""

    email = forms.CharField(
        label=_("Mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username webauthn", "autofocus": True}),
    )
    password = _password(_("Password"), "current-password")


class AddressForm(forms.Form):
    """A customer's address, to sign up or to set a new password."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class MailedCodeForm(forms.Form):
    """The eight digits of a mail."""

    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=20,
        widget=forms.TextInput(attrs={**_CODE, "autofocus": True}),
    )


class TextedCodeForm(MailedCodeForm):
    """The eight digits of a text message."""

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - as Django's
        super().__init__(*given, **more)
        self.fields["code"].label = _("Code from the text message")


class PasswordForm(forms.Form):
    """The password once more."""

    password = _password(_("Password"), "current-password")


class CodeForm(forms.Form):
    """A code of the app."""

    code = forms.CharField(
        label=_("Code of your app"), max_length=20, widget=forms.TextInput(attrs=_CODE)
    )


class RecoveryCodeForm(forms.Form):
    """One of the ten codes on paper."""

    code = forms.CharField(
        label=_("Recovery code"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )


class CredentialForm(forms.Form):
    """What the browser's passkey answered, as JSON."""

    credential = forms.CharField(max_length=CREDENTIAL_BYTES, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Its name"), max_length=60, required=False)


class PersonForm(forms.Form):
    """The first administrator says who he is."""

    email = forms.EmailField(
        label=_("Your mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class NewPasswordForm(forms.Form):
    """A new password, typed once: the browser shows it on request."""

    password = _password(_("New password"), "new-password")


class PasswordAndAppForm(NewPasswordForm):
    """A new password and the app's first code."""

    code = forms.CharField(
        label=_("First code of your app"), max_length=20, widget=forms.TextInput(attrs=_CODE)
    )


class PlaceForm(forms.Form):
    """A role of the policy, and whether somebody manages people."""

    role = forms.ChoiceField(label=_("Role in the policy"), required=False)
    manages_people = forms.BooleanField(label=_("Manages people"), required=False)

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - as Django's
        super().__init__(*given, **more)
        none = ("", _("none: sees no customer's data"))
        self.fields["role"].choices = [none, *shop.roles(get_language() or "en")]  # type: ignore[attr-defined]  # a choice field


class InvitationForm(PlaceForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("Mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=200)
    field_order = ("email", "name", "role", "manages_people")


class ReasonForm(forms.Form):
    """Why a recovery is asked for, and how the person was recognised."""

    reason = forms.CharField(
        label=_("What was lost, and how did you make sure who asks?"), max_length=200
    )
