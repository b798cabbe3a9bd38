"""Where a request comes from, as far as it can be believed.

`X-Forwarded-For` is what anybody writes into it: it is read only when the peer itself is one of the
operator's proxies, and then from the right, up to the first address that is none of them.

A network is what one household or attacker has: an IPv4 address, an IPv6 /64.
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN: Final = "unknown"


def client_address(peer: str, forwarded: str, proxies: Collection[Network] = ()) -> Address | None:
    """The address a request is counted under; None when the peer is no address (a Unix socket).

    Args:
        peer: The address of the connection.
        forwarded: The header `X-Forwarded-For`, empty when there is none.
        proxies: The operator's own proxies; none by default.
    """
    nearest = _parse(peer)
    for text in reversed(forwarded.split(",") if forwarded else []):
        if not _is_ours(nearest, proxies):
            return nearest
        nearest = _parse(text.strip())
    return nearest


def network_of(address: Address | None) -> str:
    """The network an address is in, as text; `unknown` for none."""
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_ours(address: Address | None, proxies: Collection[Network]) -> bool:
    return address is not None and any(address in network for network in proxies)
