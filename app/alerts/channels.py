"""All channels: those of ALERT_CHANNELS, and those that people made, whose addresses are encrypted in the store."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec
from redis.asyncio import Redis

from app.alerts.channel import Channel, mistakes_beside_address, parse_channel, read_channels
from app.alerts.cipher import AddressCipher
from app.alerts.services import FIXED_HOSTS, WEBHOOK
from app.bounds import ALERT_CHANNELS, PERSON_CHARACTERS
from app.clock import DAY, Clock
from app.errors import DeskboardError, InputError, Mistake
from app.limits.hours import limit_hours
from app.mirror.mirror import Mirror
from app.name_text import clean_name, visible
from app.records import CHANNEL_KIND, StoredChannel
from app.repository import VersionedRepository
from app.settings import Settings

IN_THE_CLEAR = ("kind", "host", "is_signed", "boards", "levels", "quiet_hours", "language", "weekly")
"""Members of a channel that the store keeps as they are; its address is encrypted."""
REMOVED_FOR = 30 * DAY
"""How long a removal is remembered, so that an older copy of the store does not revive it."""


class NoSuchChannel(DeskboardError):
    """People made no channel of this name, or it was removed."""


class NoSecretKey(DeskboardError):
    """Channels are made on a page only when SECRET_KEY is set: without it nothing could encrypt their addresses."""


class _Address(msgspec.Struct, frozen=True):
    url: str
    secret: str


class Channels(VersionedRepository[StoredChannel]):
    def __init__(self, store: Redis, mirror: Mirror, settings: Settings, clock: Clock) -> None:
        """Raises SettingsError."""
        super().__init__(store, mirror, clock, StoredChannel)
        self._of_settings = {channel.name: channel for channel in read_channels(settings)}
        self._cipher = None if settings.secret_key is None else AddressCipher(settings.secret_key)
        self._time_zone = settings.time_zone
        """Of quiet hours."""
        self.allows_private = settings.alert_private_hosts
        self._stored: dict[str, Channel] = {}
        """By the names of their records."""
        self.watch(self._take)

    @property
    def can_add(self) -> bool:
        return self._cipher is not None

    def all(self) -> list[Channel]:
        """Return all channels in the order of their names. One of the settings hides one of a page with its name."""
        named = {channel.name: channel for channel in self._stored.values()} | self._of_settings
        return [named[name] for name in sorted(named, key=str.casefold)]

    def find(self, name: str) -> Channel | None:
        return self._of_settings.get(name) or self._stored.get(record_name(name))

    def is_quiet(self, channel: Channel, now: int) -> bool:
        """Whether it is one of a channel's quiet hours."""
        return bool(channel.quiet_hours) and limit_hours(channel.quiet_hours, (), self._time_zone).look(now).counts

    async def add(self, values: Mapping[str, Any], by: str) -> Channel:
        """Make a channel, or enter the address of an unreadable one again. It is pending until `mark_ready`.

        Raises NoSecretKey, InputError, StoreUnavailable.
        """
        cipher = self._cipher
        if cipher is None:
            raise NoSecretKey
        channel = await self._parsed(values)
        encrypted = _encrypted(cipher, channel)
        author = visible(clean_name(by))[:PERSON_CHARACTERS]
        async with self.adding:
            self._check_room(channel.name)
            stored = StoredChannel(
                version=0,
                name=channel.name,
                encrypted=encrypted,
                **_in_the_clear(channel),
                by=author,
                at=self._clock(),
            )
            await self.change(record_name(channel.name), StoredChannel, lambda _: stored)
        return msgspec.structs.replace(channel, by=author)

    async def edit(self, name: str, values: Mapping[str, Any]) -> None:
        """Change a channel that people made. Without an address it keeps its own; with one it is pending.

        Raises NoSecretKey, NoSuchChannel, InputError, StoreUnavailable.
        """
        cipher, known = self._cipher, self._stored.get(record_name(name))
        if cipher is None:
            raise NoSecretKey
        if known is None:
            raise NoSuchChannel(name)
        is_moved = bool(values.get("url"))
        own = {"name": name} if is_moved else {"name": name, "url": known.url, "secret": known.secret}
        channel = await self._parsed({**values, **own})
        moved = {"encrypted": _encrypted(cipher, channel), "is_pending": True} if is_moved else {}
        await self._change(name, **_in_the_clear(channel), **moved)

    async def mark_ready(self, name: str) -> None:
        """A test message went through. Raises NoSuchChannel, StoreUnavailable."""
        await self._change(name, is_pending=False)

    async def remove(self, name: str) -> None:
        """Raises NoSuchChannel, StoreUnavailable."""
        await self._change(name, until=self._clock() + REMOVED_FOR, encrypted="")

    async def _parsed(self, values: Mapping[str, Any]) -> Channel:
        """In a thread: Apprise takes a third of a second to import. Raises InputError."""
        return await asyncio.to_thread(parse_channel, values, on_page=True, allows_private=self.allows_private)

    async def _change(self, name: str, **changes: Any) -> None:
        def changed(stored: StoredChannel | None) -> StoredChannel | None:
            if stored is None or stored.until:
                raise NoSuchChannel(name)
            return msgspec.structs.replace(stored, **changes)

        await self.change(record_name(name), StoredChannel, changed)

    def _check_room(self, name: str) -> None:
        """Raises InputError."""
        found = self.find(name)
        if found is not None and found.state != "unreadable":
            raise InputError([Mistake(rule="repeated", field="name", found=name)])
        if found is None and len(self.all()) >= ALERT_CHANNELS:
            raise InputError([Mistake(rule="many-channels", field="name", allowed=str(ALERT_CHANNELS))])

    def _take(self, name: str, _before: StoredChannel | None, after: StoredChannel | None) -> None:
        if after is not None and not after.until:
            self._stored[name] = self._decrypted(after)
        else:
            self._stored.pop(name, None)

    def _decrypted(self, stored: StoredChannel) -> Channel:
        decrypted = None if self._cipher is None else self._cipher.decrypt(stored.encrypted)
        address = _Address("", "") if decrypted is None else msgspec.json.decode(decrypted, type=_Address)
        return Channel(
            name=stored.name,
            url=address.url,
            secret=address.secret,
            **_in_the_clear(stored),
            origin="page",
            state="unreadable" if decrypted is None else "pending" if stored.is_pending else "ready",
            by=stored.by,
        )


def _encrypted(cipher: AddressCipher, channel: Channel) -> str:
    return cipher.encrypt(msgspec.json.encode(_Address(channel.url, channel.secret)).decode())


def record_name(name: str) -> str:
    """Names may hold any sign, and names of records are to be read in logs."""
    return f"{CHANNEL_KIND}:{sha256(name.encode()).hexdigest()[:16]}"


def mistakes_in_stored(stored: StoredChannel) -> list[Mistake]:
    """Return what is wrong with a channel that a file brings, as far as it can be read without its address."""
    members = msgspec.json.decode(msgspec.json.encode({"name": stored.name, **_in_the_clear(stored)}))
    kinds = (WEBHOOK, *FIXED_HOSTS)
    unknown = Mistake(rule="choice", field="kind", found=stored.kind[:50], allowed=", ".join(kinds))
    return mistakes_beside_address(members) + ([] if stored.kind in kinds else [unknown])


def _in_the_clear(channel: Channel | StoredChannel) -> dict[str, Any]:
    return {name: getattr(channel, name) for name in IN_THE_CLEAR}
