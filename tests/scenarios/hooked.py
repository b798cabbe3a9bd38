"""A shop software that delivers webhooks: signed as each format has it, or wrongly."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from tests.scenarios.plane import Answer, DataPlane

CLIENT_SECRET = "shpss_0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Shop:
    """One registered webhook, and how it signs."""

    plane: DataPlane
    name: str
    format: str
    secret: str

    @classmethod
    def register(cls, plane: DataPlane, form: str, name: str | None = None) -> Shop:
        name = name or f"{form}-{time.monotonic_ns()}"
        given = CLIENT_SECRET if form == "shopify" else None
        with plane.operator() as operator:
            made = operator.add_webhook(name, form, "shop-events", secret=given)
        return cls(plane, name, form, given or made.secret or "")

    def body(self, document: object) -> bytes:
        return document if isinstance(document, bytes) else json.dumps(document).encode()

    def signed(self, body: bytes, topic: str = "", *, at: int | None = None) -> dict[str, str]:
        """The headers of a delivery."""
        key = self.secret.encode()
        plain = b64encode(hmac.digest(key, body, hashlib.sha256)).decode()
        if self.format == "woocommerce":
            return {"X-WC-Webhook-Signature": plain, "X-WC-Webhook-Topic": topic}
        if self.format == "shopify":
            return {"X-Shopify-Hmac-Sha256": plain, "X-Shopify-Topic": topic}
        moment = int(time.time()) if at is None else at
        made = hmac.digest(key, b"%d." % moment + body, hashlib.sha256).hex()
        return {"Shopward-Signature": f"t={moment},v1={made}"}

    def send(self, document: object, topic: str = "", **changes: Any) -> Answer:
        """A delivery, signed."""
        body = self.body(document)
        return self.raw(body, self.signed(body, topic, **changes))

    def raw(self, body: bytes, headers: dict[str, str]) -> Answer:
        return self.plane.ask("POST", f"/v1/hooks/{self.name}", body, headers=headers)

    def outcome(self, document: object, topic: str = "") -> str:
        """What became of a delivery that is taken."""
        answer = self.send(document, topic)
        assert answer.status == 200, answer.body
        word: str = answer.json()["outcome"]
        return word


def woo_order(number: str, customer: int, mail: str, status: str, at: str) -> dict[str, Any]:
    """The members that matter of `/wc/v3/orders/<id>`, and some that do not."""
    return {
        "id": int(number),
        "number": number,
        "status": status,
        "currency": "EUR",
        "date_modified_gmt": at,
        "customer_id": customer,
        "billing": {"first_name": "Ada", "email": mail, "phone": ""},
        "line_items": [{"id": 1, "name": "Tea", "quantity": 2}],
    }


def shopify_order(number: str, customer: int | None, mail: str, at: str, **more: Any) -> Any:
    """The members that matter of a Shopify order, and some that do not."""
    return {
        "id": 820982911946154508,
        "order_number": int(number),
        "email": mail,
        "updated_at": at,
        "financial_status": "paid",
        "fulfillment_status": None,
        "cancelled_at": None,
        "closed_at": None,
        "customer": None if customer is None else {"id": customer, "email": mail},
        "note": "leave it at the door",
        **more,
    }
