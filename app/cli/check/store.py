"""What can be said of a store: whether it is there, what it does when it is tried, and which clock it goes by."""

import ipaddress
import time
from collections.abc import AsyncIterator

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from app.access.origins import RefusedOrigin
from app.access.pairing import rehearse_pairing
from app.access.rate_limits import RateLimits
from app.cli.check.advice import advice
from app.cli.check.finding import Finding, Level, warning, well, wrong
from app.cli.check.store_info import Info, info_findings
from app.clock import SECOND, Clock
from app.merge.script import rehearse
from app.mirror.snapshot import records_of, rehearse_reading
from app.records import ClockSkew
from app.settings import Settings
from app.store import keys
from app.store.address import StoreAddress, parse_address
from app.store.client import connect, describe
from app.store.schema import SCHEMA, other_schema

SLOW_MS = 50
CLOCK_WARNING, CLOCK_WRONG = 2 * SECOND, 60 * SECOND


async def store_findings(settings: Settings, url: str, clock: Clock) -> list[Finding]:
    """Look at the store behind a URL, which is reported without its password."""
    store, address = connect(url, settings.redis_tls_verify), parse_address(url)
    place = str(address) if settings.redis_url is not None else "the embedded one"
    findings: list[Finding] = []
    try:
        async for finding in _look(store, settings, address, place, clock):
            findings.append(finding)  # noqa: PERF401 what was found before it broke off is reported too
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
    yield await _reads(store)
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
        for finding in await info_findings(store, info, settings, clock):
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


def _reached(place: str, version: str, took_ms: float) -> Finding:
    found = f"{place}, version {version}, answers in {took_ms:.0f} ms"
    if took_ms > SLOW_MS:
        return warning("store", found, "put it near this program: every post waits for it")
    return well("store", found)


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


async def _clocks(store: Redis, clock: Clock) -> Finding:
    asked = clock()
    try:
        seconds, microseconds = await store.time()
    except ResponseError as error:
        return wrong("clock", describe(error), advice(error))
    theirs = seconds * 1000 + microseconds // 1000
    ahead = max(asked - theirs, 0) or min(clock() - theirs, 0)  # it read its own clock some time between
    apart = abs(ahead)
    found = f"this machine's is {apart / 1000:.1f} s {'ahead of' if ahead > 0 else 'behind'} the store's"
    if apart >= CLOCK_WRONG:
        return wrong("clock", found, "set both by NTP: events and days are told by this machine's clock")
    if apart >= CLOCK_WARNING:
        return warning("clock", found, "set both by NTP")
    return well("clock", found)


async def _skews(store: Redis) -> AsyncIterator[Finding]:
    """Yield what running processes have learned of their clocks from the posts that came in lately."""
    found = [stored.record async for stored in records_of(store, "clock")]
    skews = [record.skew for record in found if isinstance(record, ClockSkew)]
    for skew in sorted({round(skew / SECOND) for skew in skews} - {0}):
        said = f"by the times at which iAdvize sent its posts, that of the machine that takes them is {_far(skew)}"
        yield wrong("clock", said, "set it by NTP: days, ages and gaps are wrong, and events may be answered 503")


def _far(seconds: int) -> str:
    minutes, left = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min {left} s {'ahead' if seconds > 0 else 'behind'}"


async def _reads(store: Redis) -> Finding:
    try:
        await rehearse_reading(store)
    except ResponseError as error:
        return wrong("store reads", f"no page has numbers: {describe(error)}", advice(error))
    return well("store reads", "it can be read")


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


def _harmless(text: str, address: StoreAddress) -> str:
    for secret in address.secrets:
        text = text.replace(secret, "***")
    return text
