"""Security headers: what every response says to browsers, unless it says otherwise."""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Only our own files and sockets: no inline script or style, no other host.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not no-referrer: browsers would then send our own forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
TRANSPORT_SECURITY = {"Strict-Transport-Security": "max-age=31536000"}

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?(:[0-9]{1,5})?", re.IGNORECASE)
"""A name or IPv4 address without characters that end a source or directive, or stand for many hosts."""
_HOST_CHARACTERS = 261
"""The longest name in DNS, and a port."""

_STARTS = ("http.response.start", "websocket.http.response.start")


def policy_for(host: str) -> str:
    """Return the policy of a page that was requested from this host.

    In Chromium before 70 and Safari before 16 'self' covers no WebSocket, so the host is named. It comes from the
    request: one that is no plain host is left out, which costs those browsers their socket and widens nothing.
    """
    if len(host) > _HOST_CHARACTERS or not _HOST.fullmatch(host):
        return POLICY
    return f"{POLICY}; connect-src 'self' ws://{host} wss://{host}"


def security_headers(scope: Scope) -> dict[str, str]:
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    hosts = [scope["forwarded_host"]] if "forwarded_host" in scope else hosts
    policy = policy_for(hosts[0]) if len(hosts) == 1 else POLICY
    return (
        HEADERS
        | {"Content-Security-Policy": policy}
        | (TRANSPORT_SECURITY if scope["scheme"] in ("https", "wss") else {})
    )


class SecurityHeaders:
    """An ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = MutableHeaders(scope=message)
                for name, value in security_headers(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
