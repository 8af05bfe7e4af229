"""Which screens are there: every process tells the store of those whose sockets it holds."""

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.access.guests import Connection, Guest, Viewer
from app.access.screens import Screens
from app.clock import SECOND, Clock
from app.store import keys
from app.store.connection import asking

SIGHTING_SECONDS = 5
TOGETHER_SECONDS = 0.2
"""After a restart all screens come within seconds: those within this time are told of together."""
ABSENT_AFTER = 3 * SIGHTING_SECONDS * SECOND
"""A process that was killed cannot tell that its screens left."""

_BUILD = re.compile(r"[0-9a-z]{1,40}", re.ASCII)
_RESOLUTION = re.compile(r"[1-9]\d{1,4}x[1-9]\d{1,4}", re.ASCII)

log = logging.getLogger(__name__)


class Sighting(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a screen's page says of itself; empty when it says nothing that can be."""

    at: int = 0
    here: bool = True
    build: str = ""
    resolution: str = ""


class Attendance:
    def __init__(self, store: Redis, screens: Screens, clock: Clock) -> None:
        self._store = store
        self._screens = screens
        self._clock = clock
        self._here: dict[Connection, tuple[str, Sighting]] = {}
        """By socket: a screen may have two for a moment."""
        self._left: dict[str, Sighting] = {}
        self._moved = asyncio.Event()

    @contextmanager
    def noting(self, guest: Guest, socket: Connection) -> Iterator[None]:
        """Note that a guest is here for as long as its socket is open. Only screens are noted."""
        if not isinstance(guest, Viewer):
            yield
            return
        screen, sighting = guest.token.id, _sighting(socket)
        self._here[socket] = (screen, sighting)
        self._moved.set()
        try:
            yield
        finally:
            del self._here[socket]
            if all(screen != other for other, _ in self._here.values()):
                self._left[screen] = msgspec.structs.replace(sighting, here=False)
            self._moved.set()

    def note_visit(self, screen: str, build: str) -> None:
        """Note that a screen loaded its page: one without scripts opens no socket."""
        if all(screen != other for other, _ in self._here.values()):
            self._left[screen] = Sighting(build=build)
            self._moved.set()

    async def run(self) -> None:
        """Tell the store again and again, and at once when a screen comes or goes."""
        while True:
            try:
                async with asyncio.timeout(SIGHTING_SECONDS):
                    await self._moved.wait()
            except TimeoutError:
                pass
            self._moved.clear()
            await self._tell()
            await asyncio.sleep(TOGETHER_SECONDS)

    async def seen(self, screens: Iterable[str]) -> dict[str, Sighting]:
        """Return when and how screens were last seen; those never seen are left out. Raises StoreUnavailable."""
        ids = list(screens)
        with asking():
            values = await self._store.hmget(keys.SEEN, ids) if ids else []
        sightings = {
            id_: msgspec.json.decode(value, type=Sighting) for id_, value in zip(ids, values, strict=True) if value
        }
        return {id_: self._believed(sighting) for id_, sighting in sightings.items()}

    async def forget(self, screen: str) -> None:
        """Raises StoreUnavailable."""
        with asking():
            await self._store.hdel(keys.SEEN, screen)

    def _believed(self, sighting: Sighting) -> Sighting:
        is_here = sighting.here and self._clock() - sighting.at < ABSENT_AFTER
        return msgspec.structs.replace(sighting, here=is_here)

    async def _tell(self) -> None:
        left, self._left = self._left, {}
        now = self._clock()
        fields: dict[Any, Any] = {
            id_: msgspec.json.encode(msgspec.structs.replace(seen, at=now))
            for id_, seen in (left | dict(self._here.values())).items()
            if self._screens.find(id_) is not None
        }
        if not fields:
            return
        try:
            await self._store.hset(keys.SEEN, mapping=fields)
        except (RedisError, OSError) as error:
            self._left = left | self._left
            log.debug("the store was not told which screens are here: %s", error)


def _sighting(socket: Connection) -> Sighting:
    build, resolution = (socket.query_params.get(name, "") for name in ("build", "resolution"))
    return Sighting(
        build=build if _BUILD.fullmatch(build) else "",
        resolution=resolution if _RESOLUTION.fullmatch(resolution) else "",
    )
