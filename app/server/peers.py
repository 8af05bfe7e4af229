"""Everybody who is connected to this process, and how many may be."""

import asyncio
import logging
import resource
from contextlib import suppress

from uvicorn.server import ServerState

from app import bounds
from app.server.direct_post import DirectRoute

log = logging.getLogger(__name__)


class Peers(ServerState):
    """uvicorn's state of a server, which the protocols of all connections share."""

    def __init__(self, most_connections: int = bounds.CONNECTIONS, most_sockets: int = bounds.SOCKETS) -> None:
        super().__init__()
        self.most_connections = most_connections
        self.most_sockets = most_sockets
        self.sockets: set[asyncio.Protocol] = set()
        """Of the connections, those that are sockets."""
        self.turned_away: set[asyncio.Protocol] = set()
        """Those who are no connection, and are still being told why."""
        self.direct: DirectRoute | None = None


def allow_open_files() -> None:
    """Raise the soft limit of open files as far as we need it and may: what lies beyond, some systems forbid."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = bounds.CONNECTIONS + bounds.RESERVED_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if (room := room_for_connections()) < bounds.CONNECTIONS:
        log.warning("at most %d connections: the limit of open files allows no more", room)


def room_for_connections() -> int:
    """Return how many connections the open files allow."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return bounds.CONNECTIONS
    return max(1, min(bounds.CONNECTIONS, files - bounds.RESERVED_FILES))
