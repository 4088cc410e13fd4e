"""Whose address counts: what a trusted proxy says, and nothing that a stranger writes."""

import pytest

from core.addresses import Proxies

BEHIND_TWO = Proxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize("forwarded_for", ["", "203.0.113.7", "203.0.113.7, 127.0.0.1"])
def test_nobody_is_believed_unless_named(forwarded_for: str):
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
def test_where_a_proxy_says_nothing_useful_the_proxy_itself_counts(rubbish: str):
    assert BEHIND_TWO.origin("127.0.0.1", rubbish) == "127.0.0.1"


def test_a_household_s_ipv6_addresses_count_as_one():
    first = Proxies().origin("2001:db8:1:2::1")
    assert first == Proxies().origin("2001:db8:1:2:ffff:ffff:ffff:ffff") == "2001:db8:1:2::/64"
    assert first != Proxies().origin("2001:db8:1:3::1")
    assert Proxies().origin("fe80::1%eth0") == "fe80::/64"


def test_an_ipv4_address_counts_the_same_in_ipv6_s_writing():
    assert Proxies().origin("::ffff:203.0.113.7") == Proxies().origin("203.0.113.7")


def test_a_server_on_a_unix_socket_has_callers_without_an_address():
    assert Proxies().origin("") == ""
    assert not BEHIND_TWO.trusts("")
