"""Whom a request is counted under."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from shopward.identity.network import client_address, network_of

PROXY = (ip_network("10.0.0.0/24"),)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "counted"),
    [
        ("192.0.2.7", "", (), "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", (), "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", PROXY, "192.0.2.7"),
        ("10.0.0.3", "203.0.113.9", PROXY, "203.0.113.9"),
        ("10.0.0.3", "198.51.100.1, 203.0.113.9", PROXY, "203.0.113.9"),
        ("10.0.0.3", "198.51.100.1, 10.0.0.4", PROXY, "198.51.100.1"),
        ("10.0.0.3", "nonsense", PROXY, "unknown"),
        ("10.0.0.3", "", PROXY, "10.0.0.3"),
        ("", "203.0.113.9", PROXY, "unknown"),
        ("2001:db8:1:2:3:4:5:6", "", (), "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", (), "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", (), "192.0.2.7"),
    ],
)
def test_a_header_counts_only_behind_the_operators_own_proxy(
    peer: str, forwarded: str, proxies: tuple, counted: str
) -> None:
    assert network_of(client_address(peer, forwarded, proxies)) == counted
