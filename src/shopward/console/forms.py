"""What staff fill in: whom to look for, what to look at and why."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shopward.console.models import Decision
from shopward.identity.web import shop
from shopward.policy import Policy
from shopward.policy.taxonomy import CATEGORIES
from shopward.sources.found import CLASSES, PURPOSES, Row

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


class DecideForm(forms.Form):
    """What becomes of a column that was found."""

    choice = forms.ChoiceField(choices=Decision.Choice.choices, widget=forms.HiddenInput())
    field = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,63}$",
        label=_("Field of the policy"),
        required=False,
        error_messages={"invalid": _("Write small letters, digits and _ alone.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One that is there, or a new name. Columns of one table need different ones."),
    )
    category = forms.ChoiceField(label=_("What it is"), required=False)
    retention = forms.ChoiceField(label=_("Kept as, days"), required=False)
    purpose = forms.ChoiceField(label=_("What for"), required=False)
    token = forms.ChoiceField(
        label=_("What stands in the column"),
        required=False,
        choices=[
            ("opaque", _("a token (31 characters)")),
            ("mail", _("shaped like a mail address (48)")),
            ("phone", _("shaped like a phone number (16)")),
        ],
    )
    reason = forms.CharField(label=_("Why it stays"), required=False, max_length=200)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        row: Row,
        decision: Decision | None,
        others: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(data, initial=_proposed(row, decision))
        self._row, self._others = row, others
        policy = shop.policy()
        said = get_language() or "en"
        retentions = {name: f"{title}, {days}" for name, (title, days, _starts) in CLASSES.items()}
        purposes = {name: title for name, (title, *_more) in PURPOSES.items()}
        if policy is not None:
            retentions |= {
                one.name: f"{one.title.say(said)}, {one.keep_days}"
                for one in policy.classes.values()
            }
            purposes |= {one.name: one.title.say(said) for one in policy.purposes.values()}
        for name, known in (
            ("category", {one: one for one in sorted(CATEGORIES)}),
            ("retention", retentions),
            ("purpose", purposes),
        ):
            self.fields[name].choices = list(known.items())  # type: ignore[attr-defined]

    @property
    def of_the_vault(self) -> list[forms.BoundField]:
        """The fields that are asked for a column that is kept."""
        return [self[name] for name in ("field", "category", "retention", "purpose", "token")]

    def clean(self) -> dict[str, Any]:
        """A column that is kept has everything; one that stays has a reason."""
        said = self.cleaned_data
        if said.get("choice") == Decision.Choice.KEEP:
            for one in self.of_the_vault:
                if not said.get(one.name) and one.name not in self.errors:
                    self.add_error(one.name, _("Say this."))
            if self._row.proposed is None:
                self.add_error(None, _("No token can stand in this column."))
            if said.get("field") in self._others:
                self.add_error("field", _("Another column of this table has this field."))
        else:
            said |= dict.fromkeys(("field", "category", "retention", "purpose", "token"), "")
            said["reason"] = said.get("reason") or self._row.advice or self._row.title
        return said


def _proposed(row: Row, decision: Decision | None) -> dict[str, str]:
    """What the form begins with: what was decided, else what is proposed."""
    if decision is not None and decision.choice == Decision.Choice.KEEP:
        names = ("field", "category", "retention", "purpose", "token")
        return {name: getattr(decision, name) for name in names}
    made = {"reason": decision.reason if decision else ""}
    if row.proposed is not None:
        made |= {
            "field": row.proposed.field,
            "category": row.proposed.category,
            "retention": row.proposed.retention,
            "purpose": row.proposed.purposes[0],
            "token": row.proposed.token,
        }
    return made


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
