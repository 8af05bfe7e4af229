"""Reads all that the store keeps of one person."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis

from app.access.access_log import AccessEntry
from app.clock import DAY
from app.days.store import start_of_utc_day
from app.deliveries.delivery import Delivery
from app.merge.spool import bodies_in
from app.mirror.snapshot import records_of
from app.personal_data.subject import Subject, find_subject
from app.records import ACCOUNT_KIND, NOT_HERE_KIND, Account, Conversation, operator_key, tenant_of, thing_of
from app.roster.store import RosterStore
from app.settings import MOST_PEOPLE_DAYS
from app.store import keys

AT_A_TIME = 500


class Post(NamedTuple):
    """One of the last posts."""

    id: bytes
    fields: dict[bytes, bytes]


async def subject_of(store: Redis, asked: str) -> Subject:
    """Return whom `asked` means, as in `335-12`. Raises UnknownPerson, RedisError, StoreUnavailable."""
    return find_subject(asked, await known_operators(store), (await RosterStore(store).read()).roster)


async def known_operators(store: Redis) -> set[str]:
    """Return the keys of all operators of whom an event, or someone, said something."""
    found = set()
    for kind in ("operator", NOT_HERE_KIND):
        names: list[Any] = await store.zrange(keys.index(kind), 0, -1)
        found |= {thing_of(name.decode()) for name in names}
    async for key in store.scan_iter(f"{keys.PRESENT}*", count=AT_A_TIME):
        members: list[Any] = await store.zrange(key, 0, -1)
        found |= {member.decode() for member in members}
    async for stored in records_of(store, "conversation"):
        if isinstance(stored.record, Conversation):
            tenant = tenant_of(thing_of(stored.name))
            found |= {operator_key(tenant, number) for number in stored.record.involved}
    return found


async def posts_about(store: Redis, subject: Subject) -> AsyncIterator[Post]:
    last = "-"
    while True:
        page: Any = await store.xrange(keys.DELIVERIES, last, "+", count=AT_A_TIME)
        if not page:
            return
        for id_, fields in page:
            about = msgspec.json.decode(fields[b"about"], type=Delivery)
            if subject.is_in_body(fields[b"body"]) or subject.is_in_text(f"{about.found} {about.detail}"):
                yield Post(id_, fields)
        last = f"({page[-1][0].decode()}"


def waiting_posts_about(spools: Path, subject: Subject) -> list[tuple[int, bytes]]:
    """Return the receipts and bodies of those posts about them that wait on this machine's disk."""
    waiting = (post for path in sorted(spools.glob("*.db")) for post in bodies_in(path))
    return [(received, body) for received, body in waiting if subject.is_in_body(body)]


async def accounts_named(store: Redis, subject: Subject) -> list[Account]:
    """Return the accounts that have their name: whether they are theirs no one can tell."""
    accounts = [stored.record async for stored in records_of(store, ACCOUNT_KIND)]
    return [each for each in accounts if isinstance(each, Account) and not each.until and subject.is_name(each.name)]


async def looks_at(store: Redis, subject: Subject) -> list[tuple[bytes, AccessEntry]]:
    """Return the entries of the access log that name them."""
    members: list[Any] = await store.zrange(keys.ACCESS_LOG, 0, -1)
    entries = [(member, msgspec.json.decode(member, type=AccessEntry)) for member in members]
    return [(member, entry) for member, entry in entries if names_subject(entry, subject)]


def names_subject(entry: AccessEntry, subject: Subject) -> bool:
    return entry.who == subject.key or subject.is_in_path(entry.what)


def days_kept(now: int) -> Sequence[int]:
    """Return the beginnings of the UTC days of which presence may be kept."""
    today = start_of_utc_day(now)
    return range(today - MOST_PEOPLE_DAYS * DAY, today + 2 * DAY, DAY)
