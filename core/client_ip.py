"""Whose address a request comes from, and as what it is counted.

`X-Forwarded-For` is believed from proxies that were named, and from nobody else: anybody can
write one.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

_REMEMBERED = 4096
_OWN_BITS = 64


class Proxies:
    """The proxies that are believed; each an address or a network, as in `10.0.0.0/8`."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._networks = [ip_network(name) for name in trusted]
        # A household asks again and again, and reading an address takes several microseconds.
        self.trusts = lru_cache(_REMEMBERED)(self._trusts)
        self.origin = lru_cache(_REMEMBERED)(self._origin)

    def _trusts(self, address: str) -> bool:
        """Tell whether what this address forwards is believed."""
        read = _read(address)
        return read is not None and any(read in network for network in self._networks)

    def _origin(self, peer: str, forwarded_for: str = "") -> str:
        """Return what to count a request by that `peer` sent.

        It is the rightmost address that is no trusted proxy's: what stands left of it may be
        invented. An IPv6 address counts with its whole /64, which one household has.
        """
        origin = peer
        for hop in reversed(forwarded_for.split(",")):
            if not self.trusts(origin) or _read(hop) is None:
                break
            origin = hop
        return _counted(origin)


def peer_of(scope: Mapping[str, Any]) -> str:
    """Return who has connected, of an ASGI scope; nothing for a Unix socket."""
    client = scope.get("client")
    return client[0] if client else ""


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _counted(text: str) -> str:
    address = _read(text)
    if isinstance(address, IPv6Address):
        own = int(address) >> _OWN_BITS << _OWN_BITS
        return f"{IPv6Address(own)}/{_OWN_BITS}"
    return str(address or text)
