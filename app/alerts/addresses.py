"""Which addresses on the network may be sent to: not those of this machine and of the networks that it is in."""

import asyncio
import ipaddress
import socket

from app.errors import DeskboardError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class HostRefused(DeskboardError):
    """The host has no address, or one that may not be sent to. The message says which."""


def is_public(address: Address) -> bool:
    """Whether an address is public. One that wraps an IPv4 address counts as that."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return address.is_global and not address.is_multicast


async def resolve(host: str, port: int, *, allows_private: bool) -> str:
    """Return the one address of a host that is to be connected to. Raises HostRefused.

    It is looked up once: who connects to the name again may be led elsewhere.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostRefused("its host is not known") from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses:
        raise HostRefused("its host has no address")
    if not allows_private and not all(map(is_public, addresses)):
        raise HostRefused("its host is in a private network: see ALERT_PRIVATE_HOSTS")
    return str(addresses[0])
