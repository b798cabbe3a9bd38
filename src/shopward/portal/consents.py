"""What a customer may agree to: each kind of consent that the policy's purposes rest on.

One kind of consent is one type of fact (`fact = "consent"` in the policy). What a customer says on
her own page is the fact `<type>:<her token>`; the vault looks at it in every look, so that a
withdrawal holds for the next one.

The text that she is shown is made from the policy and nothing else. Its SHA-256 stands with her
answer: when the policy changes what it says, the text is another, and its version is higher.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shopward.policy import Policy
from shopward.portal.holdings import who_may
from shopward.portal.said import Said, gettext_noop

ASKED: Final = gettext_noop(
    "{shop} may use your {fields} to {purposes}. Who sees it: {who}. "
    "You can withdraw this at any time, and it holds at once."
)
REFUSED_BY_GPC: Final = ("marketing", "third_party_sharing")
"""Uses that `Sec-GPC: 1` says no to. Source: Global Privacy Control §1: sale, sharing, ads."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of consent.

    Args:
        consent: The type of the fact.
        purposes: What it allows, as titles.
        text: What she is asked to agree to, word for word.
        language: In which language.
        digest: Its SHA-256, hex.
        is_gpc: Whether Global Privacy Control says no to it.
    """

    consent: str
    purposes: tuple[str, ...]
    text: str
    language: str
    digest: str
    is_gpc: bool


def offers(policy: Policy, language: str, translate: Callable[[str], str]) -> list[Offer]:
    """Every kind of consent of the policy, in its order."""
    kinds = dict.fromkeys(one.fact for one in policy.purposes.values() if one.fact)
    return [_offer(policy, kind, language, translate) for kind in kinds if kind in policy.consents]


def fact_of(consent: str, subject: str) -> str:
    """The fact in which her own answer stands."""
    return f"{consent}:{subject}"


def _offer(policy: Policy, consent: str, language: str, translate: Callable[[str], str]) -> Offer:
    resting = [one for one in policy.purposes.values() if one.fact == consent]
    names = {one.name for one in resting}
    rules = [scope.rules for (_, purpose), scope in policy.scopes.items() if purpose in names]
    fields = [name for name in policy.fields if any(name in one for one in rules)]
    purposes = tuple(one.title.say(language) for one in resting)
    who = [role for (role, purpose), _ in policy.scopes.items() if purpose in names]
    said = Said(
        ASKED,
        {
            "shop": policy.shop.name,
            "fields": tuple(policy.fields[name].title.say(language) for name in fields),
            "purposes": purposes,
            "who": tuple(dict.fromkeys(who_may(policy, one, language) for one in who)),
        },
    )
    text = said.say(translate)
    is_gpc = any(one.use.split(".")[0] in REFUSED_BY_GPC for one in resting)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Offer(consent, purposes, text, language, digest, is_gpc)
