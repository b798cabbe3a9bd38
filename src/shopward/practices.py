"""The map: the eleven practices, their rooms, and what each promises a shop.

Menu, README table, documentation and audit derive from it; nothing else numbers the practices.
`built` is true only once the practice works through the real doors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice.

    Args:
        number: 1 to 11, stable.
        title: Its name for people.
        room: The package under `shopward` that holds it.
        promise: What a shop gets when it works, one sentence.
        built: Whether it works today, whole.
        so_far: What works of one that is not whole, and what comes next; empty for nothing.
    """

    number: int
    title: str
    room: str
    promise: str
    built: bool = False
    so_far: str = ""


PRACTICES: Final = (
    Practice(
        1,
        "TLS certificates",
        "tls",
        "Certificates are issued, renewed and installed without a restart, and watched.",
        so_far="Certificates of this machine's own authority; public ones come next.",
    ),
    Practice(
        2,
        "Strong authentication",
        "identity",
        "Customers and staff sign in with passkeys and codes, and notice what was not them.",
        so_far="Staff and customers sign in, here and at the shop, and prove it by what they have.",
    ),
    Practice(
        3,
        "Update and patch",
        "patching",
        "Every component is known, matched with advisories and mended before its deadline.",
    ),
    Practice(
        4,
        "Secure payment gateway",
        "payments",
        "Card numbers stay out of everything; gateways prove their attestation.",
    ),
    Practice(
        5,
        "Trusted last-mile delivery",
        "delivery",
        "A carrier sees what its parcel needs, only while the parcel is open.",
    ),
    Practice(
        6,
        "Educate employees",
        "awareness",
        "Short lessons and phishing drills, with completion as evidence.",
    ),
    Practice(
        7,
        "Educate customers",
        "portal",
        "Customers see who saw their data, and learn to tell real mail from false.",
        so_far="Customers see who looked, stop it, choose what we may, and erase their data.",
    ),
    Practice(
        8,
        "Regular security audits",
        "audits",
        "Every control is checked on a schedule; findings have a fix, an owner and a date.",
    ),
    Practice(
        9,
        "Encrypt stored data",
        "vault",
        "Each field is sealed under the customer's own key; the shop keeps tokens.",
        built=True,
    ),
    Practice(
        10,
        "Real-time monitoring",
        "monitoring",
        "Events become alerts in seconds, and incidents follow a plan with a clock.",
    ),
    Practice(
        11,
        "Clear privacy policy",
        "privacy",
        "The notice is generated from the policy that is enforced; requests really delete.",
    ),
)
