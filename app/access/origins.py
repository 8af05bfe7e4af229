"""Whose page sent a form or opened a socket: one of ours, or one of another site in a browser's name (CSRF)."""

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
from app.store.connection import asking

_HOST = r"(?P<name>\[[0-9a-f:.]+\]|[^\s:/?#@\[\]]+)(?::(?P<port>\d{1,5}))?"
_HOST_HEADER = re.compile(_HOST, re.ASCII)
_ORIGIN_HEADER = re.compile(rf"(?P<scheme>https?)://{_HOST}", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}

log = logging.getLogger(__name__)


class MisnamedOrigin(msgspec.Struct, frozen=True):
    """A page that was refused because its origin is not the host that the request came to."""

    origin: str
    host: str


def origin_is_ours(connection: HTTPConnection[Any]) -> bool | None:
    """Whether it was a page of ours that asked; None: no page says that it did, as a program does not."""
    if is_judged_by_browser(connection):
        return connection.headers["sec-fetch-site"] == "same-origin"
    origin = connection.headers.get("origin")
    return None if origin is None else any(_is_same_site(origin, host) for host in _hosts_of(connection))


def is_judged_by_browser(connection: HTTPConnection[Any]) -> bool:
    """Whether the browser says by itself which site asked, which no proxy spoils: over https and on this machine."""
    return connection.headers.get("sec-fetch-site") not in (None, "none")


def misnamed_origin(connection: HTTPConnection[Any]) -> MisnamedOrigin:
    host = ", ".join(_hosts_of(connection))
    return MisnamedOrigin(connection.headers.get("origin", "")[:ORIGIN_CHARACTERS], host[:ORIGIN_CHARACTERS])


class RefusedOrigins:
    """Tells of each page that is refused once, however often it tries, and `deskboard check` of the last one."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._told: set[MisnamedOrigin] = set()
        self._news: asyncio.Queue[MisnamedOrigin] = asyncio.Queue(1)

    def note(self, what: str, connection: HTTPConnection[Any]) -> None:
        """`what`: of the page was refused, as in `a form`."""
        refused = misnamed_origin(connection)
        if refused in self._told or len(self._told) >= REFUSED_ORIGINS:
            return
        self._told.add(refused)
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
            self._news.put_nowait(refused)

    async def run(self) -> None:
        """Keep the last one in the store, for ever."""
        while True:
            refused = await self._news.get()
            with suppress(StoreUnavailable), asking():
                await self._store.set(keys.REFUSED_ORIGIN, msgspec.json.encode(refused), ex=ORIGIN_SECONDS)


def _hosts_of(connection: HTTPConnection[Any]) -> list[str]:
    """Return the names by which the request came: to us, and to the first proxy of ours if it says so."""
    names = (connection.headers.get("host"), connection.scope.get("forwarded_host"))
    return [name for name in names if name]


def _is_same_site(origin: str, host: str) -> bool:
    page, ours = _ORIGIN_HEADER.fullmatch(origin.lower()), _HOST_HEADER.fullmatch(host.lower())
    if page is None or ours is None or page["name"] != ours["name"]:
        return False
    if ours["port"] is None:  # proxies drop it, as nginx's $host does
        return True
    # Where TLS ends before us the page's port is 443, and ours may be told as 80.
    ports = {int(page["port"] or _DEFAULT_PORTS[page["scheme"]]), int(ours["port"])}
    return len(ports) == 1 or ports == set(_DEFAULT_PORTS.values())
