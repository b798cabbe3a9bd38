"""What a delivery says, in our words: which facts of which customer, or what a customer asks.

The state of an order is read from the body, never from the topic: only the body is signed. So is
what a customer asks: a body of `customers/data_request` is none of `customers/redact`, whatever the
header says. Members that are not named here are skipped and kept nowhere.

- A version is the body's own time in milliseconds, times eight, plus how far the order is: what was
  sent earlier and comes later, or comes again, changes nothing.

Source: the REST order of WooCommerce (`/wc/v3/orders`), which its webhooks deliver; Shopify's
webhooks `orders/*` and https://shopify.dev/docs/apps/build/privacy-law-compliance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from shopward.api.hook_signature import TOPICS, Format
from shopward.api.problems import malformed
from shopward.clock import to_ms
from shopward.errors import InvalidError
from shopward.vault.requests import ACCESS, ERASURE, SHOP

AHEAD: Final = timedelta(days=1)
"""How far a body's time may be ahead of our clock."""
OPEN, SHIPPED, CLOSED = "open", "shipped", "closed"
_RANK: Final = {OPEN: 0, SHIPPED: 1, CLOSED: 2}
_Text = Annotated[str, msgspec.Meta(max_length=400)]
_Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_OrderId = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[!-~]+\Z")]


class Delivery(Struct, frozen=True):
    """One delivery, understood.

    Attributes:
        topic: A known topic, or `other`.
        customers: References to the customer, the surest first: (external or email, value).
        order: The order's number.
        state: How far it is: open, shipped, closed.
        version: Its version, see above.
        asked: What a customer asks: a type of request.
    """

    topic: str
    customers: tuple[tuple[str, str], ...] = ()
    order: str | None = None
    state: str = OPEN
    version: int = 0
    asked: str | None = None

    def __repr__(self) -> str:
        return f"Delivery({self.topic})"


class _WooBilling(Struct):
    email: _Text = ""


class _WooOrder(Struct):
    id: _Id
    status: _Text
    date_modified_gmt: _Text
    number: _OrderId | None = None
    customer_id: _Id = 0
    billing: _WooBilling = msgspec.field(default_factory=_WooBilling)


class _ShopifyCustomer(Struct):
    id: _Id | None = None
    email: _Text | None = None


class _ShopifyOrder(Struct):
    id: _Id
    updated_at: _Text
    order_number: _Id | None = None
    email: _Text | None = None
    customer: _ShopifyCustomer | None = None
    financial_status: _Text | None = None
    fulfillment_status: _Text | None = None
    cancelled_at: _Text | None = None
    closed_at: _Text | None = None


class _ShopifyPrivacy(Struct):
    shop_domain: _Text
    customer: _ShopifyCustomer | UnsetType = UNSET
    data_request: dict[str, Any] | UnsetType = UNSET
    orders_requested: list[Any] | UnsetType = UNSET
    orders_to_redact: list[Any] | UnsetType = UNSET


class _SignedCustomer(Struct):
    id: _Text | None = None
    email: _Text | None = None


class _Signed(Struct, forbid_unknown_fields=True):
    event: _Text
    at: _Text
    order: _OrderId | None = None
    customer: _SignedCustomer = msgspec.field(default_factory=_SignedCustomer)


_WOO: Final = msgspec.json.Decoder(_WooOrder)
_SHOPIFY: Final = msgspec.json.Decoder(_ShopifyOrder)
_PRIVACY: Final = msgspec.json.Decoder(_ShopifyPrivacy)
_SIGNED: Final = msgspec.json.Decoder(_Signed)
_WOO_OPEN: Final = frozenset({"pending", "on-hold", "processing"})
_SHOPIFY_OVER: Final = frozenset({"refunded", "voided"})
_EVENTS: Final = {
    "order.opened": OPEN,
    "order.paid": OPEN,
    "order.shipped": SHIPPED,
    "order.closed": CLOSED,
}
_ASKED: Final = {
    "customer.data_request": ACCESS,
    "customer.redact": ERASURE,
    "shop.redact": SHOP,
}


def read(form: Format, headers: Mapping[bytes, bytes], body: bytes, now: datetime) -> Delivery:
    """What a delivery says.

    Raises:
        InvalidError: It is not what its topic is made of; names the member, quotes nothing.
    """
    topic = headers.get(TOPICS.get(form, b""), b"").decode("latin-1")
    return _READERS[form](topic, body, now)


def _woocommerce(topic: str, body: bytes, now: datetime) -> Delivery:
    if topic not in {"order.created", "order.updated", "order.restored"}:
        return Delivery("other")
    order: _WooOrder = _decoded(_WOO, body)
    is_open = order.status in _WOO_OPEN or order.status.startswith("checkout-")
    state = OPEN if is_open else CLOSED
    at = _moment(order.date_modified_gmt, "date_modified_gmt")
    return Delivery(
        topic,
        _references(order.customer_id or None, order.billing.email),
        order.number or str(order.id),
        state,
        _version(at, state, now),
    )


def _shopify(topic: str, body: bytes, now: datetime) -> Delivery:
    if topic in _SHOPIFY_PRIVACY:
        return _shopify_privacy(topic, body)
    if topic not in _SHOPIFY_ORDERS:
        return Delivery("other")
    order: _ShopifyOrder = _decoded(_SHOPIFY, body)
    state = _shopify_state(order)
    customer = order.customer or _ShopifyCustomer()
    return Delivery(
        topic,
        _references(customer.id, customer.email or order.email),
        str(order.order_number or order.id),
        state,
        _version(_moment(order.updated_at, "updated_at"), state, now),
    )


def _shopify_state(order: _ShopifyOrder) -> str:
    if order.cancelled_at or order.closed_at or order.financial_status in _SHOPIFY_OVER:
        return CLOSED
    return SHIPPED if order.fulfillment_status in {"fulfilled", "partial"} else OPEN


_SHOPIFY_ORDERS: Final = frozenset(
    f"orders/{what}"
    for what in (
        *("create", "updated", "edited", "paid", "cancelled"),
        *("fulfilled", "partially_fulfilled"),
    )
)
_SHOPIFY_PRIVACY: Final = {
    "customers/data_request": (ACCESS, frozenset({"customer", "data_request"})),
    "customers/redact": (ERASURE, frozenset({"customer", "orders_to_redact"})),
    "shop/redact": (SHOP, frozenset[str]()),
}
"""What is asked, and which of the telling members its body has: these and no other."""


def _shopify_privacy(topic: str, body: bytes) -> Delivery:
    asked, needed = _SHOPIFY_PRIVACY[topic]
    said: _ShopifyPrivacy = _decoded(_PRIVACY, body)
    telling = ("customer", "data_request", "orders_to_redact")
    present = {name for name in telling if getattr(said, name) is not UNSET}
    if present != needed:
        raise InvalidError("The body is not one of this topic.", field="topic")
    customer = said.customer
    if isinstance(customer, UnsetType):
        return Delivery(topic, asked=asked)
    return Delivery(topic, _references(customer.id, customer.email), asked=asked)


def _signed(_topic: str, body: bytes, now: datetime) -> Delivery:
    said: _Signed = _decoded(_SIGNED, body)
    customers = _references(said.customer.id, said.customer.email)
    if said.event in _ASKED:
        asked = _ASKED[said.event]
        return Delivery(said.event, () if asked == SHOP else customers, asked=asked)
    if said.event not in _EVENTS:
        return Delivery("other")
    if said.order is None:
        raise InvalidError("An event of an order names it.", field="order")
    state = _EVENTS[said.event]
    version = _version(_moment(said.at, "at"), state, now)
    return Delivery(said.event, customers, said.order, state, version)


_READERS: Final[Mapping[Format, Callable[[str, bytes, datetime], Delivery]]] = {
    Format.WOOCOMMERCE: _woocommerce,
    Format.SHOPIFY: _shopify,
    Format.SIGNED: _signed,
}


def _references(identifier: object, mail: str | None) -> tuple[tuple[str, str], ...]:
    pairs = (("external", "" if identifier is None else str(identifier)), ("email", mail or ""))
    return tuple((name, value.strip()) for name, value in pairs if value.strip())


def _version(at: datetime, state: str, now: datetime) -> int:
    if at > now + AHEAD:
        raise InvalidError("The time in the body is ahead of ours.", field="at")
    return to_ms(at) * 8 + _RANK[state]


def _moment(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        whole = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        to_ms(whole)
    except (ValueError, OverflowError):
        raise InvalidError("A time in the body cannot be read.", field=field) from None
    return whole


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:  # noqa: ANN401
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise malformed(error) from None
    except UnicodeDecodeError:
        raise malformed(msgspec.DecodeError()) from None
