"""What a store says of itself by INFO: whether it keeps what it is given, and has room for it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.cli.check.finding import Finding, warning, well, wrong
from app.clock import DAY, HOUR, Clock
from app.records import RETENTION
from app.settings import Settings
from app.store import keys
from app.store.client import CONNECTIONS

OLDEST_VERSION = (6, 2)
CLIENTS = 3 * CONNECTIONS
"""Connections that one process may open."""
NEARLY_FULL = 0.95
MEGABYTE = 2**20

Info = Mapping[str, Any]


async def info_findings(store: Redis, info: Info, settings: Settings, clock: Clock) -> list[Finding]:
    """Return what INFO says of whether the store keeps what it is given, and has room for it."""
    since = await store.hget(keys.META, "since")
    return [
        _version(str(info.get("redis_version", "0"))),
        _role(info),
        _eviction(info),
        _persistence(info, await _snapshots(store), settings),
        *_memory(info, clock() - int(since) if since else 0),
        await _connections(store, info),
    ]


def _version(version: str) -> Finding:
    if tuple(int(number) for number in re.findall(r"\d+", version)[:2]) < OLDEST_VERSION:
        return wrong("store version", f"it speaks Redis {version}", "use Redis 6.2 or newer, or Valkey")
    return well("store version", f"it speaks Redis {version}")


def _role(info: Info) -> Finding:
    if info.get("role") == "slave":
        return wrong("store role", "it is a replica, which takes no writes", "set REDIS_URL to the primary")
    return well("store role", "primary")


def _eviction(info: Info) -> Finding:
    policy = info.get("maxmemory_policy", "unknown")
    if policy != "noeviction":
        return wrong(
            "maxmemory-policy",
            f"{policy}: when memory is short the store throws records away, and numbers lie",
            "set it to noeviction (Heroku: heroku redis:maxmemory --policy noeviction)",
        )
    return well("maxmemory-policy", "noeviction")


async def _snapshots(store: Redis) -> bool:
    """Whether the store writes snapshots by itself, as far as it tells."""
    try:
        return bool((await store.config_get("save")).get("save"))
    except RedisError:  # managed ones keep their configuration to themselves
        return False


def _persistence(info: Info, has_snapshots: bool, settings: Settings) -> Finding:
    if int(info.get("aof_enabled", 0)):
        return well("persistence", "append-only file: a crash of its machine loses a second or so, which is sent again")
    if has_snapshots:
        return warning(
            "persistence",
            "snapshots alone: a crash of the store loses what came since the last one",
            "turn on its append-only file (appendonly yes), or take a plan that has it",
        )
    lost = "" if settings.secret_key else ", and every screen has to be paired again as SECRET_KEY is not set"
    return warning(
        "persistence",
        f"none is seen: a restart of the store may lose everything{lost}",
        "turn on its append-only file (appendonly yes), or take a plan that keeps data",
    )


def _memory(info: Info, counting: int) -> Iterator[Finding]:
    """`counting`: for how long the store has taken in events, in ms; 0: it has not begun."""
    used, most = int(info["used_memory"]), int(info.get("maxmemory", 0))
    advice = "take a plan with more memory: when it is full, posts wait in the spool"
    room = f"{_megabytes(used)} used of {_megabytes(most)}" if most else f"{_megabytes(used)} used, no limit is set"
    data = max(0, used - int(info.get("used_memory_startup", 0)))
    if most and used > NEARLY_FULL * most:
        yield wrong("memory", f"{room}: it is full, or soon will be", advice)
        return
    if counting < HOUR:
        yield well("memory", f"{room}; too early to say how it grows")
        return
    days = min(max(counting / DAY, 1 / 24), RETENTION / DAY)
    growth = data / days
    found = f"{room}; about {_megabytes(growth)} of data a day, which lives {RETENTION // DAY} days"
    left = (most - used) / growth if most and growth else None
    in_the_end = used + growth * (RETENTION / DAY - days)
    if left is None or in_the_end < most:
        yield well("memory", found)
    else:
        level = wrong if left < 1 else warning
        yield level("memory", f"{found}: full in about {left:.1f} days", advice)


async def _connections(store: Redis, info: Info) -> Finding:
    most = int(info.get("maxclients", 0))
    if not most:
        try:
            most = int((await store.config_get("maxclients")).get("maxclients") or 0)
        except RedisError:
            return well("connections", f"{info.get('connected_clients', '?')} in use; a process needs up to {CLIENTS}")
    free = most - int(info.get("connected_clients", 0))
    found = f"{free} of {most} are free; a process needs up to {CLIENTS}"
    if free < CLIENTS:
        return warning("connections", found, "take a plan with more, or run fewer processes")
    return well("connections", found)


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:.1f} MB"
