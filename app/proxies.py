"""Who asks, and how, behind proxies: so many entries from the right of X-Forwarded-* as there are proxies of ours."""

import ipaddress
import logging

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.headers import header_of

log = logging.getLogger(__name__)


class Proxies:
    """An ASGI middleware that puts the client's address and scheme where those of the last proxy were."""

    def __init__(self, app: ASGIApp, count: int) -> None:
        self._app = app
        self._count = count
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            if self._count:
                self._believe(scope, Headers(scope=scope))
            elif not self._warned and header_of(scope, b"x-forwarded-for") is not None:
                self._warned = True
                log.warning(
                    "requests come through a proxy, but TRUSTED_PROXIES is 0: all clients count as one address, and "
                    "https is not noticed. Set it to the number of your proxies (1 behind a PaaS's router)"
                )
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, headers: Headers) -> None:
        address = _address(_entry(headers, "x-forwarded-for", self._count) or "")
        if address:
            scope["client"] = (address, 0)
        # Some proxies write this header anew instead of adding to it: then the one entry is the last proxy's word.
        scheme = _entry(headers, "x-forwarded-proto", self._count) or _entry(headers, "x-forwarded-proto", 1)
        if scheme in ("http", "https"):
            scope["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme


def _entry(headers: Headers, name: str, count: int) -> str | None:
    """Return an entry counted from the right, or None: the request did not pass so many proxies."""
    entries = [entry.strip() for value in headers.getlist(name) for entry in value.split(",")]
    return entries[-count].lower() if len(entries) >= count and entries[-count] else None


def _address(text: str) -> str | None:
    """Return the IP address of an entry that may have a port, or None."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return None if "%" in text else str(ipaddress.ip_address(text))  # a zone is any text at all
    except ValueError:
        return None
