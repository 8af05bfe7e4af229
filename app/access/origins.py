"""Whether a form or socket comes from one of our own pages, or from another site in a user's browser (CSRF)."""

import asyncio
import logging
import re
from contextlib import suppress
from typing import Any

import msgspec
from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from app.bounds import ORIGIN_CHARACTERS, ORIGIN_SECONDS, REFUSED_ORIGINS
from app.errors import StoreUnavailable
from app.store import keys
from app.store.client import store_errors

_HOST = r"(?P<name>\[[0-9a-f:.]+\]|[^\s:/?#@\[\]]+)(?::(?P<port>\d{1,5}))?"
_HOST_HEADER = re.compile(_HOST, re.ASCII)
_ORIGIN_HEADER = re.compile(rf"(?P<scheme>https?)://{_HOST}", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}

log = logging.getLogger(__name__)


class RefusedOrigin(msgspec.Struct, frozen=True):
    """A page's origin, and the different host that its request came to."""

    origin: str
    host: str


def is_same_origin(connection: HTTPConnection[Any]) -> bool | None:
    """Whether one of our own pages sent the request; None: no page did, as with a program."""
    if is_judged_by_browser(connection):
        return connection.headers["sec-fetch-site"] == "same-origin"
    origin = connection.headers.get("origin")
    return None if origin is None else any(_is_same_site(origin, host) for host in _hosts_of(connection))


def is_judged_by_browser(connection: HTTPConnection[Any]) -> bool:
    """Whether the browser itself compared the sites, which no proxy can spoil: over https and on localhost."""
    return connection.headers.get("sec-fetch-site") not in (None, "none")


def refused_origin(connection: HTTPConnection[Any]) -> RefusedOrigin:
    host = ", ".join(_hosts_of(connection))
    return RefusedOrigin(connection.headers.get("origin", "")[:ORIGIN_CHARACTERS], host[:ORIGIN_CHARACTERS])


class RefusedOrigins:
    """Logs each refused page once, however often it tries, and keeps the last one for `deskboard check`."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._logged: set[RefusedOrigin] = set()
        self._unstored: asyncio.Queue[RefusedOrigin] = asyncio.Queue(1)

    def note(self, what: str, connection: HTTPConnection[Any]) -> None:
        """`what`: the thing that was refused, as in `a form`."""
        refused = refused_origin(connection)
        if refused in self._logged or len(self._logged) >= REFUSED_ORIGINS:
            return
        self._logged.add(refused)
        if not refused.origin:
            log.warning("%s was refused: it names no origin, as browsers do; programs give one of API_TOKENS", what)
            return
        if is_judged_by_browser(connection):
            log.warning("%s was refused: its page is of %r, and this host is %r", what, refused.origin, refused.host)
            return
        log.warning(
            "%s was refused: its page is of %r, and this host is %r. If both are this Deskboard, a proxy changes the "
            "name: in nginx, set proxy_set_header Host $http_host;",
            what,
            refused.origin,
            refused.host,
        )
        with suppress(asyncio.QueueFull):
            self._unstored.put_nowait(refused)

    async def run(self) -> None:
        """Store the last one until cancelled."""
        while True:
            refused = await self._unstored.get()
            with suppress(StoreUnavailable), store_errors():
                await self._store.set(keys.REFUSED_ORIGIN, msgspec.json.encode(refused), ex=ORIGIN_SECONDS)


def _hosts_of(connection: HTTPConnection[Any]) -> list[str]:
    """Return the host names that the request was sent to: ours, and that of the first trusted proxy if it is known."""
    names = (connection.headers.get("host"), connection.scope.get("forwarded_host"))
    return [name for name in names if name]


def _is_same_site(origin: str, host: str) -> bool:
    page, ours = _ORIGIN_HEADER.fullmatch(origin.lower()), _HOST_HEADER.fullmatch(host.lower())
    if page is None or ours is None or page["name"] != ours["name"]:
        return False
    if ours["port"] is None:  # proxies drop it, as nginx's $host does
        return True
    # Where a proxy ends TLS, the page's port is 443 while our Host may say 80.
    ports = {int(page["port"] or _DEFAULT_PORTS[page["scheme"]]), int(ours["port"])}
    return len(ports) == 1 or ports == set(_DEFAULT_PORTS.values())
