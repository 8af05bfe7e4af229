"""Who may look: for now a bearer token, or somebody on this very machine."""

import hmac
import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


def has_token(connection: HTTPConnection, tokens: Sequence[str]) -> bool:
    """Whether the request carries one of API_TOKENS as its bearer token."""
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    # Every token is tried, so that the time taken does not tell which one was near.
    matches = [hmac.compare_digest(given.strip().encode(), token.encode()) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)


def may_look(connection: HTTPConnection, tokens: Sequence[str]) -> bool:
    """Whether pages and sockets answer: a token decides where one is given, else the request must be from here."""
    if "authorization" in connection.headers:
        return has_token(connection, tokens)
    return _is_local(connection)


def origin_is_ours(connection: HTTPConnection) -> bool:
    """Whether a socket was opened by our own page, or by no page: browsers always say whose page it was."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def _is_local(connection: HTTPConnection) -> bool:
    # A proxy on this machine makes strangers look local, a name server of theirs makes their name point here.
    if any(name == "forwarded" or name.startswith("x-forwarded-") for name in connection.headers):
        return False
    host = urlsplit(f"//{connection.headers.get('host', '')}").hostname
    return _is_loopback(connection.client.host if connection.client else None) and (
        host == "localhost" or _is_loopback(host)
    )


def _is_loopback(host: str | None) -> bool:
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
