"""Who asks, and how, behind proxies: so many entries from the right of X-Forwarded-* as there are proxies of ours."""

import ipaddress
import logging
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from app.headers import RawHeaders, header_of

FOR, PROTO, HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
ADDRESSES = 1_024
"""That are read once and remembered: iAdvize posts from few."""

log = logging.getLogger(__name__)


class Proxies:
    """An ASGI middleware that puts the client's address and scheme where those of the last proxy were.

    The host that it asked for is put beside, as `forwarded_host`: what a proxy says in Host may be as true.
    """

    def __init__(self, app: ASGIApp, count: int) -> None:
        self._app = app
        self._count = count
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            if self._count:
                self._believe(scope)
            elif not self._warned and header_of(scope["headers"], FOR) is not None:
                self._warned = True
                log.warning(
                    "requests come through a proxy, but TRUSTED_PROXIES is 0: all clients count as one address, and "
                    "https is not noticed. Set it to the number of your proxies (1 behind a PaaS's router)"
                )
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        headers: RawHeaders = scope["headers"]
        if address := forwarded_address(headers, self._count):
            scope["client"] = (address, 0)
        # Some proxies write this header anew instead of adding to it: then the one entry is the last proxy's word.
        scheme = _entry(headers, PROTO, self._count) or _entry(headers, PROTO, 1)
        if scheme in ("http", "https"):
            scope["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme
        if host := _entry(headers, HOST, self._count) or _entry(headers, HOST, 1):
            scope["forwarded_host"] = host


def forwarded_address(headers: RawHeaders, count: int) -> str:
    """Return the client's IP address as so many proxies saw it; empty when they did not, or there are none."""
    return _address(_entry(headers, FOR, count)) if count else ""


def _entry(headers: RawHeaders, name: bytes, count: int) -> str:
    """Return an entry counted from the right; empty when the request did not pass so many proxies."""
    values = [value.decode("latin-1") for found, value in headers if found == name]
    entries = [entry.strip() for value in values for entry in value.split(",")]
    return entries[-count].lower() if len(entries) >= count else ""


@lru_cache(ADDRESSES)
def _address(text: str) -> str:
    """Return the IP address of an entry that may have a port; empty when it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return "" if "%" in text else str(ipaddress.ip_address(text))  # a zone is any text at all
    except ValueError:
        return ""
