"""Whether anyone would be told of an alarm: the channels of the settings and of the store, and the heartbeat."""

import httpx
from redis.asyncio import Redis

from app.alerts.addresses import HostRefused, resolve
from app.alerts.channel import SETTING, Channel, read_channels
from app.alerts.cipher import AddressCipher
from app.alerts.webhook import DEFAULT_PORTS
from app.cli.check.finding import Finding, warning, well, wrong
from app.mirror.snapshot import records_of
from app.records import CHANNEL_KIND, StoredChannel
from app.settings import Settings


async def alert_findings(settings: Settings) -> list[Finding]:
    channels = read_channels(settings)
    findings = [finding for channel in channels for finding in await _channel_findings(channel, settings)]
    if not channels:
        findings.append(well(SETTING, "not set: alarms are told on screens, and by channels made at /alerts"))
    if settings.heartbeat_url is None:
        findings.append(well("HEARTBEAT_URL", "not set: no one is told when Deskboard itself is down"))
    else:
        findings.append(well("HEARTBEAT_URL", f"set, fetched each minute at {httpx.URL(settings.heartbeat_url).host}"))
    return findings


async def _channel_findings(channel: Channel, settings: Settings) -> list[Finding]:
    subject = f"{SETTING} {channel.name}"
    if not channel.is_webhook:
        return [well(subject, f"sends by {channel.kind}")]
    url = httpx.URL(channel.url)
    try:
        port = url.port or DEFAULT_PORTS[url.scheme]
        await resolve(url.host, port, allows_private=settings.alert_private_hosts)
    except HostRefused as error:
        return [wrong(subject, f"a webhook at {channel.host}: {error}", "set a host that this machine can look up")]
    if channel.is_signed:
        return [well(subject, f"a webhook at {channel.host}, signed")]
    found = f"a webhook at {channel.host}, unsigned: its receiver cannot tell who posts"
    return [warning(subject, found, "give it a secret: whsec_ and the base64 of 24 random bytes")]


async def stored_channel_findings(settings: Settings, store: Redis) -> list[Finding]:
    """Look at the channels that people made. Raises RedisError or OSError."""
    cipher = None if settings.secret_key is None else AddressCipher(settings.secret_key)
    found = [stored.record async for stored in records_of(store, CHANNEL_KIND)]
    channels = [record for record in found if isinstance(record, StoredChannel) and not record.until]
    return [_stored_finding(channel, cipher) for channel in channels]


def _stored_finding(channel: StoredChannel, cipher: AddressCipher | None) -> Finding:
    subject = f"alert channel {channel.name}"
    if cipher is None or cipher.decrypt(channel.encrypted) is None:
        found = "its address was encrypted with another SECRET_KEY, and cannot be read"
        return warning(subject, found, "set that SECRET_KEY again, or enter the address again at /alerts")
    if channel.is_pending:
        return warning(subject, "it is told of nothing until a test message went through", "send one at /alerts")
    return well(subject, f"sends by {channel.kind}")
