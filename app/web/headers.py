"""Security headers: what every response says to browsers, unless it says otherwise."""

import re
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.raw_headers import RawHeaders

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
FRAMED = {"Content-Security-Policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")}
"""Of a preview, which a form of ours frames."""
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
    return _headers_for(*_origin_of(scope))


def raw_security_headers(scope: Scope) -> RawHeaders:
    return _raw_headers_for(*_origin_of(scope))


class SecurityHeaders:
    """An ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] in _STARTS:
                given = message.get("headers", ())
                names = {name for name, _ in given}
                ours = raw_security_headers(scope)
                message["headers"] = [*given, *(header for header in ours if header[0] not in names)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _origin_of(scope: Scope) -> tuple[str, bool]:
    """Return the host that was asked for, empty if none can be determined, and whether it was over TLS."""
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    hosts = [scope["forwarded_host"]] if "forwarded_host" in scope else hosts
    host = hosts[0] if len(hosts) == 1 and len(hosts[0]) <= _HOST_CHARACTERS else ""
    return host, scope["scheme"] in ("https", "wss")


def _headers_for(host: str, is_secure: bool) -> dict[str, str]:
    return HEADERS | {"Content-Security-Policy": policy_for(host)} | (TRANSPORT_SECURITY if is_secure else {})


@lru_cache(maxsize=64)
def _raw_headers_for(host: str, is_secure: bool) -> RawHeaders:
    """Every answer has them, and nearly all are for one host."""
    return tuple((name.lower().encode(), value.encode()) for name, value in _headers_for(host, is_secure).items())
