"""Takes the picture that the room's checks are answered from."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from allauth.usersessions.models import UserSession

from shopward.identity.checks import Member, Staff
from shopward.identity.hashing import is_outdated
from shopward.identity.web import codes, passwords
from shopward.identity.web.keys import house
from shopward.identity.web.models import Account, Realm


def staff(now: datetime) -> Staff:
    """The accounts of the staff and the files beside them."""
    factors = codes.strong_factors_of_all()
    sessions = Counter(UserSession.objects.values_list("user_id", flat=True))
    members = tuple(
        Member(
            id=str(one.pk),
            is_active=one.is_active,
            manages_people=one.manages_people,
            strong_factors=factors[one.pk],
            has_outdated_hash=passwords.has_password(one) and is_outdated(one.password),
            sessions=sessions[one.pk],
            seen=one.last_login or one.created,
        )
        for one in Account.objects.filter(realm=Realm.STAFF)
    )
    identity = house().identity
    return Staff(now, members, identity.secret, identity.breached_passwords)
