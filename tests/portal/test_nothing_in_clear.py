"""After a day on her pages no table of the control plane has a value of the customer."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator

from django.apps import apps
from django.contrib.sessions.models import Session

from shopward import clock
from shopward.portal.web.flows import digests
from shopward.portal.web.models import Choice, Dispute, SentMail, Waved
from tests.portal.conftest import VALUES, Customer, work

PHRASE = "teal canary trombone"
CHANGED = "Canary Street 4711"


def cells() -> Iterator[tuple[str, str]]:
    """Every cell of every table, and sessions unpacked."""
    for model in apps.get_models():
        for row in model._default_manager.values():
            for name, value in row.items():
                yield f"{model._meta.label}.{name}", str(value)
    for session in Session.objects.all():
        data = session.session_data
        text = data.lstrip(".").partition(":")[0]
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacked = zlib.decompress(raw) if data.startswith(".") else raw
        yield "session", unpacked.decode("latin-1")


def test_no_table_has_a_value(robin: Customer) -> None:
    robin.courier_looks()
    robin.post("/account/phrase/", {"phrase": PHRASE})
    robin.post("/account/data/address1/", {"value": CHANGED})
    robin.post("/account/data/country/", {"value": "canary" + "x" * 61})
    robin.post("/verify/", {"pasted": f"mail to {robin.email}\n{PHRASE}"})
    robin.post("/guest/", {"email": robin.email, "order": "1"})
    for path in ("", "activity/", "data/", "my-data.json", "my-data.html"):
        assert robin.get(f"/account/{path}").status_code == 200
    robin.post("/account/nudges/no-passkey/later/")
    digests.send(digests.choice_of(robin.subject), clock.now())
    canaries = [*(one for one in VALUES.values() if len(one) > 2), PHRASE, CHANGED, robin.email]
    before = [place for place, text in cells() if any(one in text for one in canaries)]
    work()
    robin.post("/account/not-me/", {"days": "1"})
    work()
    after = [place for place, text in cells() if any(one in text for one in canaries)]

    assert before == []
    assert after == []
    for model in (Choice, Dispute, SentMail, Waved):
        assert model._default_manager.exists(), model
