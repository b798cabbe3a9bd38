"""`python -m tests.browser.enter CONFIG SUBJECT FACTOR…`: a session, as sign-in begins one.

Prints the cookie's value. It opens the control plane's own database, while its pages run.
"""

from __future__ import annotations

import sys
from pathlib import Path

from shopward import settings
from shopward.console import server

if __name__ == "__main__":
    server.prepare(settings.load(Path(sys.argv[1])))

    from shopward.identity.assurance import Factor
    from shopward.identity.web.models import Account, Realm
    from tests.visitor import Visitor

    email = f"{sys.argv[2]}@customer.invalid"
    account, _ = Account.objects.get_or_create(realm=Realm.CUSTOMER, email=email)
    visitor = Visitor("public")
    visitor.be(account, *(Factor(one) for one in sys.argv[3:]))
    sys.stdout.write(visitor.cookies[visitor.site.cookie].value)
