"""The client's address, scheme and host behind proxies: the n-th entry from the right of X-Forwarded-*, n being the
number of proxies that we trust."""

import ipaddress
import logging
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from app.raw_headers import RawHeaders, header_of

FOR, PROTO, HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
CACHED_ADDRESSES = 1_024
"""Enough for the few addresses that iAdvize posts from."""

log = logging.getLogger(__name__)


class Proxies:
    """An ASGI middleware that replaces the address and scheme of the last proxy by those of the client.

    The host that the client asked for is added as `forwarded_host`: the Host that a proxy sends may be as right.
    """

    def __init__(self, app: ASGIApp, count: int) -> None:
        self._app = app
        self._count = count
        self._has_warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            if self._count:
                self._apply(scope)
            elif not self._has_warned and header_of(scope["headers"], FOR) is not None:
                self._has_warned = True
                log.warning(
                    "requests come through a proxy, but TRUSTED_PROXIES is 0: all clients count as one address, and "
                    "https is not noticed. Set it to the number of your proxies (1 behind a PaaS's router)"
                )
        await self._app(scope, receive, send)

    def _apply(self, scope: Scope) -> None:
        headers: RawHeaders = scope["headers"]
        if address := forwarded_address(headers, self._count):
            scope["client"] = (address, 0)
        # Some proxies replace this header instead of appending to it: its only entry is then the last proxy's.
        scheme = _entry(headers, PROTO, self._count) or _entry(headers, PROTO, 1)
        if scheme in ("http", "https"):
            scope["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme
        if host := _entry(headers, HOST, self._count) or _entry(headers, HOST, 1):
            scope["forwarded_host"] = host


def forwarded_address(headers: RawHeaders, count: int) -> str:
    """Return the client's IP address as seen through `count` proxies; empty when there are fewer, or none."""
    return _address(_entry(headers, FOR, count)) if count else ""


def _entry(headers: RawHeaders, name: bytes, count: int) -> str:
    """Return an entry counted from the right; empty when the request passed fewer proxies."""
    values = [value.decode("latin-1") for found, value in headers if found == name]
    entries = [entry.strip() for value in values for entry in value.split(",")]
    return entries[-count].lower() if len(entries) >= count else ""


@lru_cache(CACHED_ADDRESSES)
def _address(text: str) -> str:
    """Return the IP address of an entry that may have a port; empty when it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:  # which may be any text
            return ""
        address = address.ipv4_mapped or address
    return str(address)
