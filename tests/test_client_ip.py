"""Which client address counts: headers of a trusted proxy, and of no other client."""

import pytest

from core.client_ip import Proxies

BEHIND_TWO = Proxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize("forwarded_for", ["", "203.0.113.7", "203.0.113.7, 127.0.0.1"])
def test_only_a_configured_proxy_is_trusted(forwarded_for: str):
    assert Proxies().origin("198.51.100.1", forwarded_for) == "198.51.100.1"
    assert BEHIND_TWO.origin("198.51.100.1", forwarded_for) == "198.51.100.1"


@pytest.mark.parametrize(
    ("forwarded_for", "origin"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("invented, 192.0.2.1,203.0.113.7", "203.0.113.7"),
        ("192.0.2.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("203.0.113.7,10.1.2.3 , 10.9.9.9", "203.0.113.7"),
        ("10.1.2.3, 10.9.9.9", "10.1.2.3"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, ::ffff:10.1.2.3", "203.0.113.7"),
        ("203.0.113.7, fd12::1", "203.0.113.7"),
    ],
)
def test_the_rightmost_address_that_is_no_proxy_counts(forwarded_for: str, origin: str):
    assert BEHIND_TWO.origin("127.0.0.1", forwarded_for) == origin


@pytest.mark.parametrize(
    "rubbish", ["", "unknown", ",", "203.0.113.7, _hidden", "1.2.3.4:567", "x"]
)
def test_the_proxy_s_address_counts_when_its_header_is_useless(rubbish: str):
    assert BEHIND_TWO.origin("127.0.0.1", rubbish) == "127.0.0.1"


def test_addresses_of_one_ipv6_network_count_as_one():
    first = Proxies().origin("2001:db8:1:2::1")
    assert first == Proxies().origin("2001:db8:1:2:ffff:ffff:ffff:ffff") == "2001:db8:1:2::/64"
    assert first != Proxies().origin("2001:db8:1:3::1")
    assert Proxies().origin("fe80::1%eth0") == "fe80::/64"


def test_an_ipv4_mapped_ipv6_address_counts_as_ipv4():
    assert Proxies().origin("::ffff:203.0.113.7") == Proxies().origin("203.0.113.7")


def test_a_client_on_a_unix_socket_has_no_address():
    assert Proxies().origin("") == ""
    assert not BEHIND_TWO.trusts("")
