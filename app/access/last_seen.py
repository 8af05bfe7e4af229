"""When each screen was last connected: every process reports its own screens to the store."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.access.principals import Connection, Principal, ScreenClient
from app.access.screens import Screens
from app.clock import SECOND, Clock, wait_at_most
from app.store import keys
from app.store.client import store_errors

REPORT_SECONDS = 5
GATHER_SECONDS = 0.2
"""After a restart all screens connect within seconds: those of this time go into one report."""
ABSENT_AFTER = 3 * REPORT_SECONDS * SECOND
"""A process that was killed cannot report that its screens left."""

_BUILD = re.compile(r"[0-9a-z]{1,40}", re.ASCII)
_RESOLUTION = re.compile(r"[1-9]\d{1,4}x[1-9]\d{1,4}", re.ASCII)

log = logging.getLogger(__name__)


Sound = Literal["", "on", "blocked"]
"""Blocked: by the browser, until someone presses a key."""


class Status(msgspec.Struct, frozen=True, omit_defaults=True):
    """`build`, `resolution` and `sound`: of the screen's page as it says itself, empty when unknown."""

    at: int = 0
    is_connected: bool = msgspec.field(default=True, name="here")
    build: str = ""
    resolution: str = ""
    sound: Sound = ""


class SoundReport(msgspec.Struct, frozen=True, tag_field="type", tag="sound"):
    """What the page of a screen sends over its socket."""

    state: Sound


Listen = Callable[[str], None]
"""Is given what a page sends over its socket."""


_DECODE_REPORT = msgspec.json.Decoder(SoundReport).decode


class LastSeen:
    def __init__(self, store: Redis, screens: Screens, clock: Clock) -> None:
        self._store = store
        self._screens = screens
        self._clock = clock
        self._connected: dict[Connection, tuple[str, Status]] = {}
        """By socket: while it reconnects a screen may have two."""
        self._unreported: dict[str, Status] = {}
        """Of screens that left or loaded a page since the last report."""
        self._changed = asyncio.Event()

    @contextmanager
    def connected(self, principal: Principal, socket: Connection) -> Iterator[Listen]:
        """Count a screen as connected while its socket is open. Other principals are not tracked."""
        if not isinstance(principal, ScreenClient):
            yield _ignore
            return
        screen, status = principal.credential.id, _status_of(socket)
        self._connected[socket] = (screen, status)
        self._changed.set()
        try:
            yield lambda text: self._take_report(socket, text)
        finally:
            status = self._connected.pop(socket)[1]
            if not self._is_connected(screen):
                self._unreported[screen] = replace(status, is_connected=False)
            self._changed.set()

    def note_page_load(self, screen: str, build: str) -> None:
        """Note that a screen loaded its page: one without scripts opens no socket."""
        if not self._is_connected(screen):
            self._unreported[screen] = Status(build=build)
            self._changed.set()

    async def run(self) -> None:
        """Report every few seconds, and at once when a screen comes or goes."""
        while True:
            await wait_at_most(REPORT_SECONDS, self._changed)
            self._changed.clear()
            await self._report()
            await asyncio.sleep(GATHER_SECONDS)

    async def statuses(self, screens: Iterable[str]) -> dict[str, Status]:
        """Return the status of screens by id; those never seen are absent. Raises StoreUnavailable."""
        ids = list(screens)
        with store_errors():
            values = await self._store.hmget(keys.SEEN_SCREENS, ids) if ids else []
        found = zip(ids, values, strict=True)
        statuses = {id_: msgspec.json.decode(value, type=Status) for id_, value in found if value}
        return {id_: self._without_killed(status) for id_, status in statuses.items()}

    async def forget(self, screen: str) -> None:
        """Raises StoreUnavailable."""
        with store_errors():
            await self._store.hdel(keys.SEEN_SCREENS, screen)

    def _take_report(self, socket: Connection, text: str) -> None:
        try:
            sound = _DECODE_REPORT(text).state
        except (msgspec.DecodeError, UnicodeEncodeError):
            return  # of a newer page, or not of ours
        screen, status = self._connected[socket]
        if status.sound != sound:
            self._connected[socket] = (screen, replace(status, sound=sound))
            self._changed.set()

    def _is_connected(self, screen: str) -> bool:
        return any(screen == other for other, _ in self._connected.values())

    def _without_killed(self, status: Status) -> Status:
        is_connected = status.is_connected and self._clock() - status.at < ABSENT_AFTER
        return replace(status, is_connected=is_connected)

    async def _report(self) -> None:
        unreported, self._unreported = self._unreported, {}
        now = self._clock()
        fields: dict[Any, Any] = {
            id_: msgspec.json.encode(replace(status, at=now))
            for id_, status in (unreported | dict(self._connected.values())).items()
            if self._screens.find(id_) is not None
        }
        if not fields:
            return
        try:
            await self._store.hset(keys.SEEN_SCREENS, mapping=fields)
        except (RedisError, OSError) as error:
            self._unreported = unreported | self._unreported
            log.debug("the status of screens was not stored: %s", error)


def _ignore(_text: str) -> None: ...


def _status_of(socket: Connection) -> Status:
    build, resolution = (socket.query_params.get(name, "") for name in ("build", "resolution"))
    return Status(
        build=build if _BUILD.fullmatch(build) else "",
        resolution=resolution if _RESOLUTION.fullmatch(resolution) else "",
    )
