"""The client address of a request, as rate limits count it.

`X-Forwarded-For` is used only if a trusted proxy sent it: any client can write one.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

_CACHE_SIZE = 4096
_OWN_BITS = 64


class Proxies:
    """The trusted proxies; each an address or a network, as in `10.0.0.0/8`."""

    def __init__(self, trusted: Sequence[str] = ()) -> None:
        self._networks = [ip_network(name) for name in trusted]
        # A client sends many requests, and parsing an address takes several microseconds.
        self.trusts = lru_cache(_CACHE_SIZE)(self._trusts)
        self.origin = lru_cache(_CACHE_SIZE)(self._origin)

    def _trusts(self, address: str) -> bool:
        """Tell whether this address is a trusted proxy."""
        read = _read(address)
        return read is not None and any(read in network for network in self._networks)

    def _origin(self, peer: str, forwarded_for: str = "") -> str:
        """Return the address or network that a request from `peer` counts for.

        It is the rightmost address that is not a trusted proxy: the client may have invented those
        left of it. An IPv6 address counts with its whole /64, which one household has.
        """
        origin = peer
        for hop in reversed(forwarded_for.split(",")):
            if not self.trusts(origin) or _read(hop) is None:
                break
            origin = hop
        return _counted(origin)


def peer_of(scope: Mapping[str, Any]) -> str:
    """Return the peer's address of an ASGI scope; empty for a Unix socket."""
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
