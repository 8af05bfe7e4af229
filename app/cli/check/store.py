"""What can be said of a store: whether it is there, keeps what it is given, and has room for it."""

import ipaddress
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from app.access.origins import RefusedOrigin
from app.access.pairing import rehearse_pairing
from app.access.rate_limits import RateLimits
from app.cli.check.finding import Finding, Level, warning, well, wrong
from app.clock import DAY, HOUR, SECOND, Clock
from app.merge.script import rehearse
from app.records import RETENTION, ClockSkew
from app.settings import Settings
from app.store import keys
from app.store.address import StoreAddress, parse_address
from app.store.client import CONNECTIONS, connect, describe
from app.store.schema import SCHEMA, other_schema

OLDEST_VERSION = (6, 2)
SLOW_MS = 50
CLIENTS = 3 * CONNECTIONS
"""Connections that one process may open."""
CLOCK_WARNING, CLOCK_WRONG = 2 * SECOND, 60 * SECOND
NEARLY_FULL = 0.95
MEGABYTE = 2**20

Info = Mapping[str, Any]


async def store_findings(settings: Settings, url: str, clock: Clock) -> list[Finding]:
    """Look at the store behind a URL, which is told without its password."""
    store, address = connect(url, settings.redis_tls_verify), parse_address(url)
    place = str(address) if settings.redis_url is not None else "the embedded one"
    findings: list[Finding] = []
    try:
        async for finding in _look(store, settings, address, place, clock):
            findings.append(finding)  # noqa: PERF401 what was found before it broke off is told too
    except (RedisError, OSError) as error:
        findings.append(wrong("store", f"{place}: {_harmless(describe(error), address)}", advice(error)))
    finally:
        await store.aclose()
    return findings


async def _look(
    store: Redis, settings: Settings, address: StoreAddress, place: str, clock: Clock
) -> AsyncIterator[Finding]:
    await store.ping()  # this one opens the connection, which over TLS takes several times as long
    began = time.monotonic()
    await store.ping()
    took = (time.monotonic() - began) * 1000
    writes = await _writes(store, clock)
    yield writes
    if writes.level is Level.WELL:
        yield await _merges(store, clock)
        yield await _attempts(store)
        yield await _pairing(store, clock)
    info = await _info(store)
    version = str(info.get("valkey_version") or info.get("redis_version") or "unknown")
    yield _reached(place, version, took)
    if settings.redis_url is not None:
        yield _tls(address, settings.redis_tls_verify)
    if info:
        if address.kind == "cluster":
            yield _cluster(info)
        for finding in await _told_by_info(store, info, settings, clock):
            yield finding
    else:
        yield warning(
            "store info",
            "its user may not ask INFO: version, role, eviction, persistence, memory and connections are not known",
            "allow its user INFO, at least while you check",
        )
    schema = await store.hget(keys.META, "schema")
    yield _schema(schema)
    yield _origins(await store.get(keys.REFUSED_ORIGIN))
    yield await _clocks(store, clock)
    async for finding in _skews(store):
        yield finding


async def _info(store: Redis) -> Info:
    """Return what the store says of itself; nothing where it keeps that to itself."""
    try:
        info: Info = await store.info()
    except ResponseError:
        return {}
    return info


async def _told_by_info(store: Redis, info: Info, settings: Settings, clock: Clock) -> list[Finding]:
    since = await store.hget(keys.META, "since")
    return [
        _version(str(info.get("redis_version", "0"))),
        _role(info),
        _eviction(info),
        _persistence(info, await _snapshots(store), settings),
        *_memory(info, clock() - int(since) if since else 0),
        await _connections(store, info),
    ]


def _reached(place: str, version: str, took_ms: float) -> Finding:
    found = f"{place}, version {version}, answers in {took_ms:.0f} ms"
    if took_ms > SLOW_MS:
        return warning("store", found, "put it near this program: every post waits for it")
    return well("store", found)


def _version(version: str) -> Finding:
    if tuple(int(number) for number in re.findall(r"\d+", version)[:2]) < OLDEST_VERSION:
        return wrong("store version", f"it speaks Redis {version}", "use Redis 6.2 or newer, or Valkey")
    return well("store version", f"it speaks Redis {version}")


def _tls(address: StoreAddress, verify: str) -> Finding:
    if address.tls:
        if verify == "full":
            return well("store TLS", "on, its certificate is verified")
        return well("store TLS", "on, its certificate is not verified (REDIS_TLS_VERIFY=none)")
    if all(_is_near(node.host) for node in address.nodes):
        return well("store TLS", "off, and the store is on this machine or a private network")
    return warning("store TLS", "off: anyone on the way can read along", "use a rediss:// address")


def _cluster(info: Info) -> Finding:
    if not int(info.get("cluster_enabled", 0)):
        return wrong(
            "store cluster",
            "it is a server of its own: with several such, each would hold a part of the numbers",
            "set REDIS_URL to one of them, as redis://host, or to sentinels, as redis+sentinel://host1,host2,host3/name",
        )
    return well("store cluster", "it is a node of a cluster")


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".internal", ".local"))


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


def _schema(schema: bytes | str | None) -> Finding:
    found = schema.decode(errors="replace") if isinstance(schema, bytes) else schema
    if found not in (None, str(SCHEMA)):
        return wrong("records", other_schema(found), "run the version that wrote them, or give this one its own store")
    return well("records", f"schema {SCHEMA}" if found else "none yet")


def _origins(refused: bytes | str | None) -> Finding:
    if refused is None:
        return well("host name", "no page was refused for its name in the last 24 hours")
    page = msgspec.json.decode(refused, type=RefusedOrigin)
    return warning(
        "host name",
        f"a form or socket was refused: its page is of {page.origin!r}, and the request came to {page.host!r}",
        "if both are this Deskboard, have your proxy pass the name on; in nginx: proxy_set_header Host $http_host;",
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


async def _clocks(store: Redis, clock: Clock) -> Finding:
    try:
        seconds, microseconds = await store.time()
    except ResponseError as error:
        return wrong("clock", describe(error), advice(error))
    ahead = clock() - (seconds * 1000 + microseconds // 1000)
    apart = abs(ahead)
    found = f"this machine's is {apart / 1000:.1f} s {'ahead of' if ahead > 0 else 'behind'} the store's"
    if apart >= CLOCK_WRONG:
        return wrong("clock", found, "set both by NTP: events and days are told by this machine's clock")
    if apart >= CLOCK_WARNING:
        return warning("clock", found, "set both by NTP")
    return well("clock", found)


async def _skews(store: Redis) -> AsyncIterator[Finding]:
    """Yield what running processes have learned of their clocks from the posts that came in lately."""
    names: list[Any] = await store.zrange(keys.index("clock"), 0, -1)
    records = await store.mget([keys.PREFIX.encode() + name for name in names]) if names else []
    skews = [msgspec.json.decode(record, type=ClockSkew).skew for record in records if record is not None]
    for skew in sorted({round(skew / SECOND) for skew in skews} - {0}):
        found = f"by the times at which iAdvize sent its posts, that of the machine that takes them is {_far(skew)}"
        yield wrong("clock", found, "set it by NTP: days, ages and gaps are wrong, and events may be answered 503")


def _far(seconds: int) -> str:
    minutes, left = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min {left} s {'ahead' if seconds > 0 else 'behind'}"


async def _writes(store: Redis, clock: Clock) -> Finding:
    try:
        await store.set(keys.PROBE, clock(), px=60 * SECOND)
    except ResponseError as error:
        return wrong("store writes", describe(error), advice(error))
    return well("store writes", "it takes them")


async def _merges(store: Redis, clock: Clock) -> Finding:
    """Merge posts that are not real, as the server does."""
    try:
        await rehearse(store.execute_command, clock())
    except ResponseError as error:
        return wrong("store merges", f"posts cannot be merged: {describe(error)}", advice(error))
    return well("store merges", "posts can be merged")


async def _attempts(store: Redis) -> Finding:
    try:
        await RateLimits(store).rehearse()
    except ResponseError as error:
        found = f"attempts to log in are counted by each process alone: {describe(error)}"
        return wrong("store limits", found, advice(error))
    return well("store limits", "attempts to log in can be counted")


async def _pairing(store: Redis, clock: Clock) -> Finding:
    try:
        await rehearse_pairing(store, clock())
    except ResponseError as error:
        return wrong("store screens", f"no screen can be paired: {describe(error)}", advice(error))
    return well("store screens", "screens can be paired")


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:.1f} MB"


def advice(error: Exception) -> str:
    """Return what to do about an error of the store."""
    # redis-py takes the code off the words of some errors, and may wrap others.
    code = getattr(error, "status_code", None)
    said = f"{type(error).__name__} {type(error.__cause__).__name__} {code or ''} {error}"
    return next((todo for pattern, todo in _ADVICE if pattern.search(said)), _REACH_IT)


_REACH_IT = "see that it runs, that REDIS_URL is right, and that this machine may reach it"
_ADVICE = [
    (re.compile(pattern), todo)
    for pattern, todo in (
        (
            "no sentinel names.*(Authentication required|username-password|invalid password)",
            "end REDIS_URL with ?sentinel_password=... (and &sentinel_username=...), which are those of the sentinels",
        ),
        ("AuthenticationError|WRONGPASS|NOAUTH", "set REDIS_URL with the right name and password"),
        (
            r"NOPERM|NoPermission|can't run this command|can't access|no permissions",
            f"allow its user the commands that docs/hosting.md lists, on the keys {keys.PREFIX}*",
        ),
        ("No such master", "end REDIS_URL with the name that the sentinels' configuration gives the primary"),
        (
            r"AskError|\bASK\b|TryAgain|TRYAGAIN",
            "its slot is being moved to another node of the cluster: wait, or end that with redis-cli --cluster fix",
        ),
        ("CLUSTERDOWN|ClusterDown", "its cluster lacks a node: bring it back, or end its failover"),
        (
            "MOVED|MovedError|says that its keys are at",
            "this machine must reach all nodes of the cluster by the addresses that they announce",
        ),
        ("no sentinel names", "see that the sentinels run, and that this machine may reach them"),
        ("unknown command", "set REDIS_URL to a Redis that has this command: no Sentinel, and not renamed away"),
        ("DB index is out of range|Invalid Database", "end REDIS_URL with a number of a database that it has, as /0"),
        (r"\bOOM\b|OutOfMemory", "make room in it: raise its maxmemory, or take a plan with more memory"),
        ("READONLY|ReadOnly", "set REDIS_URL to the primary: this is a replica"),
        ("NOREPLICAS", "bring its replicas back, or set min-replicas-to-write to what there are"),
        ("MISCONF", "repair its snapshots: its log says why they fail, and often its disk is full"),
        (r"\bBUSY\b", "end the script that another program runs on it: SCRIPT KILL"),
        ("LOADING|BusyLoading", "wait until it has loaded its data"),
        (
            "ostname mismatch|IP address mismatch|doesn't match",
            "name it in REDIS_URL as its certificate does, not by another name or address",
        ),
        ("certificate has expired|not yet valid", "renew its certificate, and see that this machine's clock is right"),
        (
            "CERTIFICATE_VERIFY_FAILED",
            "set REDIS_TLS_VERIFY=none, if that Redis has signed its certificate itself, as Heroku's",
        ),
        ("closed by server", "set REDIS_URL to its rediss:// address, if it wants TLS"),
        ("WRONG_VERSION_NUMBER|wrong version number", "set REDIS_URL to its redis:// address: it speaks no TLS there"),
        ("Name or service not known|nodename nor servname|name resolution", "correct the host name in REDIS_URL"),
    )
]


def _harmless(text: str, address: StoreAddress) -> str:
    for secret in address.secrets:
        text = text.replace(secret, "***")
    return text
