"""Who may look: for now a bearer token, or somebody on this very machine."""

import hmac
import ipaddress
import re
from collections.abc import Sequence

from starlette.requests import HTTPConnection

_LOCAL_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII)


def has_token(connection: HTTPConnection, tokens: Sequence[str]) -> bool:
    """Whether the request carries one of API_TOKENS as its bearer token."""
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    # Every token is tried, so that the time taken does not tell which one was near.
    matches = [hmac.compare_digest(given.strip().encode("latin-1"), token.encode()) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)


def may_look(connection: HTTPConnection, tokens: Sequence[str]) -> bool:
    """Whether pages and sockets answer: a token decides where one is given, else the request must be from here."""
    if "authorization" in connection.headers:
        return has_token(connection, tokens)
    return _is_local(connection)


def origin_is_ours(connection: HTTPConnection) -> bool:
    """Whether a socket was opened by our own page, or by no page: browsers always say whose page it was."""
    origin, host = connection.headers.get("origin"), connection.headers.get("host")
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def _is_local(connection: HTTPConnection) -> bool:
    # A proxy on this machine makes strangers look local, a name server of theirs makes their name point here.
    if any(name == "forwarded" or name.startswith("x-forwarded-") for name in connection.headers):
        return False
    peer = connection.client.host if connection.client else ""
    return _is_loopback(peer) and _LOCAL_HOST.fullmatch(connection.headers.get("host", "")) is not None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
