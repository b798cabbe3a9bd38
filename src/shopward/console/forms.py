"""What staff fill in: whom to look for, what to look at and why."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from shopward.identity.web import shop
from shopward.policy import Policy

FACT = r"^[a-z][a-z0-9_-]*:\S.{0,190}$"
TOKEN: Final = re.compile(r"(cus|tok)_[0-9a-z]{27}|[0-9a-z]{27}@token\.invalid|\+999[0-9]{12}")
"""A customer's own token, or a stand-in for a value. Nothing else may stand in an address."""


def _fact() -> forms.RegexField:
    return forms.RegexField(
        FACT,
        required=False,
        label=_("Fact"),
        help_text=_("What the purpose rests on, such as ticket:77 or order:1042."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class FindForm(forms.Form):
    """Whom to look for. A search by mail or phone is a look of its own."""

    by = forms.ChoiceField(label=_("Find by"))
    value = forms.CharField(
        label=_("Token, mail address or phone number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    purpose = forms.ChoiceField(label=_("What for"), required=False)
    fact = _fact()

    def __init__(self, *given: Any, role: str, language: str, **more: Any) -> None:  # noqa: ANN401 - as Django's
        super().__init__(*given, **more)
        policy = shop.policy()
        unique = (
            [one for one in policy.fields.values() if "unique" in one.indexes] if policy else []
        )
        by = [("token", _("Token")), *((one.name, one.title.say(language)) for one in unique)]
        self.fields["by"].choices = by  # type: ignore[attr-defined]
        self.fields["purpose"].choices = _purposes(policy, role, language)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A mail address that was typed as a token goes nowhere, least of all into an address."""
        said = self.cleaned_data
        if said.get("by") == "token" and not TOKEN.fullmatch(said.get("value", "")):
            self.add_error("value", _("This is no token. Choose what it is under “Find by”."))
        return said


class RevealForm(forms.Form):
    """Which fields, and why."""

    names = forms.MultipleChoiceField(label=_("Fields"), widget=forms.CheckboxSelectMultiple())
    purpose = forms.ChoiceField(label=_("What for"))
    fact = _fact()

    def __init__(self, *given: Any, role: str, language: str, **more: Any) -> None:  # noqa: ANN401 - as Django's
        super().__init__(*given, **more)
        policy = shop.policy()
        self.fields["purpose"].choices = _purposes(policy, role, language)  # type: ignore[attr-defined]
        self.fields["names"].choices = _fields(policy, role, language)  # type: ignore[attr-defined]


class AskForm(forms.Form):
    """A question to the policy: what would it answer?"""

    role = forms.ChoiceField(label=_("Who"))
    purpose = forms.ChoiceField(label=_("What for"))
    names = forms.MultipleChoiceField(label=_("Fields"), widget=forms.CheckboxSelectMultiple())
    subject = forms.CharField(
        label=_("Customer"),
        required=False,
        max_length=254,
        help_text=_("A token or external:<your id>; leave it empty to ask in general."),
    )
    fact = _fact()

    def __init__(self, *given: Any, language: str, **more: Any) -> None:  # noqa: ANN401 - as Django's
        super().__init__(*given, **more)
        policy = shop.policy()
        if policy is None:
            return
        for name, rows in (
            ("role", policy.roles),
            ("purpose", policy.purposes),
            ("names", policy.fields),
        ):
            said = [(one.name, one.title.say(language)) for one in rows.values()]
            self.fields[name].choices = said  # type: ignore[attr-defined]


class CompareForm(forms.Form):
    """A policy file that is held against the one in force."""

    text = forms.CharField(
        label=_("A new policy.toml"),
        max_length=262_144,
        widget=forms.Textarea(attrs={"spellcheck": "false", "rows": 12}),
        help_text=_("Paste the whole file. It is compared, and not kept."),
    )


def _purposes(policy: Policy | None, role: str, language: str) -> list[tuple[str, str]]:
    """The purposes for which this role is given anything, in words."""
    if policy is None:
        return []
    given = {one.purpose for one in policy.allowances if one.role == role}
    return [
        (one.name, one.title.say(language)) for one in policy.purposes.values() if one.name in given
    ]


def _fields(policy: Policy | None, role: str, language: str) -> list[tuple[str, str]]:
    """The fields that this role is given for anything at all."""
    if policy is None:
        return []
    given = {name for one in policy.allowances if one.role == role for name in one.fields}
    return [
        (one.name, one.title.say(language)) for one in policy.fields.values() if one.name in given
    ]
