"""Takes one person out of the store, and leaves the sums of boards and days as they are.

Who they are is taken out; what was counted stays, under a number that leads to no one.
"""

import secrets
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from app.access.access_log import AccessEntry
from app.clock import DAY, HOUR, Clock
from app.days.day import Day, DaySums, encode_day, load_day
from app.days.store import date_of
from app.errors import StoreUnavailable
from app.mirror.snapshot import Stored, records_of
from app.personal_data.reading import days_kept, looks_at, posts_about
from app.personal_data.subject import Subject
from app.records import (
    ACCOUNT_KIND,
    EPISODE_KIND,
    MARK_KIND,
    NOT_HERE_KIND,
    OWN_PAGE_KIND,
    RETENTION,
    Absence,
    Account,
    Conversation,
    Episode,
    Kind,
    Mark,
    NotHere,
    OwnPage,
    Person,
    Record,
    Roster,
    Sale,
    operator_key,
    stored_record,
)
from app.roster.store import ReplacedRoster, RosterStore
from app.store import keys
from app.store.scripts import load_change_script, load_script
from app.tally import Sums

REMOVED_NAME = "…"
"""Of an account that was removed, at /people."""
PASSES = 5
"""Posts that come in meanwhile may change records that were done already."""
TAKEN_BACK_KNOWN = HOUR
"""How long the store keeps, under their number, only that what leads said of them is over."""
_LOWEST, _NUMBERS = 10**11, 9 * 10**11
"""Numbers of 12 digits, which iAdvize gives to no one."""

_HERE = Path(__file__).parent
_SWAP = load_script(_HERE / "swap.lua")
_START_OVER = load_change_script(_HERE / "start_over.lua")


class Erasure:
    def __init__(self, store: Redis, subject: Subject, clock: Clock) -> None:
        self._store = store
        self._rosters = RosterStore(store, clock)
        self._subject = subject
        self._clock = clock
        self._number = str(_LOWEST + secrets.randbelow(_NUMBERS))
        """What stands in place of theirs."""
        self.counts: Counter[str] = Counter()
        """Of what was found, by its kind."""

    async def run(self) -> None:
        """Raises RedisError, StoreUnavailable when posts change the same records again and again."""
        await self._erase_from_roster()
        await self._erase_presence()
        for _ in range(PASSES):
            if not await self._erase_from_records():
                break
        else:
            raise StoreUnavailable("posts about them come in all the time: try again when they have left")
        await self._erase_posts()
        await self._erase_from_access_log()
        # After the records: running processes sum days up from them again, as the roster changed.
        for day in days_kept(self._clock()):
            while not await self._erase_work_of(day):
                pass  # it was summed up meanwhile
        # Last: until then running processes show what they read before.
        await self._store.eval(_START_OVER.source, 1, keys.PREFIX, str(self._clock()), str(RETENTION))

    @property
    def _stand_in(self) -> str:
        tenant = self._subject.tenant
        return operator_key(tenant, self._number) if tenant else self._number

    async def _erase_from_roster(self) -> None:
        change = None
        while change is None:  # the roster was changed meanwhile
            stored = await self._rosters.read()
            after = self._without_them(stored.roster)
            if after == stored.roster:
                break
            change = await self._rosters.replace(after, stored)
            self.counts["roster"] = 1
        before = await self._rosters.replaced()
        if before is not None:
            replaced = msgspec.json.encode(ReplacedRoster(before.at, self._without_them(before.roster)))
            await self._store.set(keys.ROSTER_BEFORE, zlib.compress(replaced), keepttl=True)

    def _without_them(self, roster: Roster) -> Roster:
        """Return a roster that does not name them. What they did stays with their team."""
        person = roster.find(self._subject.key)
        people = {key: entry for key, entry in roster.people.items() if key not in self._subject.forms}
        if person is not None and (person.team or person.kind is Kind.BOT):
            people[self._stand_in] = Person("", person.team, person.kind)
        return Roster(people)

    async def _erase_presence(self) -> None:
        key = self._subject.key
        self.counts["presence"] += await self._store.delete(f"{keys.PREFIX}operator:{key}")
        await self._store.zrem(keys.index("operator"), f"operator:{key}")
        for kind in (NOT_HERE_KIND, OWN_PAGE_KIND):
            self.counts["presence"] += await self._take_back(f"{kind}:{key}")
            await self._store.zrem(keys.index(kind), f"{kind}:{key}")
        for day in days_kept(self._clock()):
            self.counts["days"] += await self._store.delete(f"{keys.PRESENCE}{day // DAY}:{key}")
            await self._store.zrem(f"{keys.PRESENT}{day // DAY}", key)

    async def _take_back(self, name: str) -> bool:
        """Take back what a lead said: once deleted, running processes would take it for lost and write it back."""
        said: Any = await self._store.get(keys.PREFIX + name)
        record = stored_record(name, said, (NotHere,)) or stored_record(name, said, (OwnPage,))
        if record is None:
            return False
        at, until = max(self._clock(), record.at + 1), self._clock() + TAKEN_BACK_KNOWN
        after = (
            NotHere(by="", reason=Absence.OTHER, at=at, until=until, is_over=True)
            if isinstance(record, NotHere)
            else OwnPage(link="", by="", at=at, until=until)
        )
        # In no index: only processes that know what was said read it.
        await self._store.set(keys.PREFIX + name, msgspec.json.encode(after), px=TAKEN_BACK_KNOWN)
        return True

    async def _erase_work_of(self, day: int) -> bool:
        """Return False if the day changed meanwhile."""
        name = keys.PEOPLE_SUMS + date_of(day)
        value: Any = await self._store.get(name)
        read = await load_day(value) if value else None
        if read is None or not self._is_in_day(read):
            return True
        is_erased = await self._swap(name, value, encode_day(Day(read.start, read.count, self._renamed(read.sums))))
        self.counts["days"] += is_erased
        return is_erased

    def _is_in_day(self, day: Day) -> bool:
        numbers = (number for quarters in day.sums.values() for sums in quarters.values() for number in sums)
        return any(operator == self._subject.key for _, operator in numbers)

    def _renamed(self, sums: DaySums) -> DaySums:
        def renamed(numbers: Sums) -> Sums:
            own = self._subject.key
            return Sums({(name, self._stand_in if who == own else who): n for (name, who), n in numbers.items()})

        return {
            place: {start: renamed(numbers) for start, numbers in quarters.items()} for place, quarters in sums.items()
        }

    async def _erase_from_records(self) -> int:
        """Return how many records were found that named them."""
        found = 0
        for kind, unnamed in self._unnamed.items():
            async for stored in records_of(self._store, kind):
                after = unnamed(stored)
                if after is not None:
                    found += 1
                    if await self._swap(keys.PREFIX + stored.name, stored.json, msgspec.json.encode(after)):
                        self.counts[kind] += 1
        return found

    @property
    def _unnamed(self) -> dict[str, Callable[[Stored], Record | None]]:
        """By kind: what a record becomes; None: it does not name them."""
        return {
            "conversation": self._unnamed_conversation,
            "sale": self._unnamed_sale,
            MARK_KIND: self._unnamed_mark,
            EPISODE_KIND: self._unnamed_episode,
            ACCOUNT_KIND: self._unnamed_account,
        }

    def _unnamed_conversation(self, stored: Stored) -> Conversation | None:
        record, own = stored.record, self._subject.number
        if not isinstance(record, Conversation):
            return None
        comment = record.comment
        is_named = comment is not None and self._subject.is_named_in(comment.value)
        if comment is not None and is_named:
            record = replace(record, comment=replace(comment, value=self._subject.unnamed(comment.value)))
        if not self._subject.owns(stored.name) or not self._subject.is_in(record):
            return record if is_named else None
        involved = {self._number if number == own else number for number in record.involved}
        close = record.close
        return replace(
            record,
            pushes=tuple(
                replace(push, operator=self._number) if push.operator == own else push for push in record.pushes
            ),
            involved=tuple(sorted(involved, key=lambda number: (len(number), number))),  # as merge.lua has them
            close=replace(close, operator=self._number) if close and close.operator == own else close,
        )

    def _unnamed_sale(self, stored: Stored) -> Sale | None:
        record = stored.record
        if not isinstance(record, Sale) or not self._subject.owns(stored.name) or not self._subject.is_in(record):
            return None
        return replace(record, last=replace(record.last, operator=self._number))

    def _unnamed_mark(self, stored: Stored) -> Mark | None:
        record = stored.record
        if not isinstance(record, Mark) or not self._subject.is_named_in(record.text):
            return None
        return replace(record, text=self._subject.unnamed(record.text))

    def _unnamed_episode(self, stored: Stored) -> Episode | None:
        record = stored.record
        seen = record.acknowledged if isinstance(record, Episode) else None
        if not isinstance(record, Episode) or seen is None or not self._subject.is_named_in(seen.note):
            return None
        return replace(record, acknowledged=replace(seen, note=self._subject.unnamed(seen.note)))

    def _unnamed_account(self, stored: Stored) -> Account | None:
        """A removed account only has to be known as removed."""
        record = stored.record
        if not isinstance(record, Account) or not record.until or not self._subject.is_name(record.name):
            return None
        return replace(record, name=REMOVED_NAME, mail="", changes=record.changes + 1)

    async def _erase_posts(self) -> None:
        found = [post.id async for post in posts_about(self._store, self._subject)]
        if found:
            self.counts["post"] = await self._store.xdel(keys.DELIVERIES, *found)

    async def _erase_from_access_log(self) -> None:
        for member, entry in await looks_at(self._store, self._subject):
            steps = entry.what.split("/")
            path = "/".join(self._stand_in if step in self._subject.forms else step for step in steps)
            after = AccessEntry(
                entry.hour,
                entry.kind,
                self._stand_in if entry.who == self._subject.key else entry.who,
                path if self._subject.is_in_path(entry.what) else entry.what,
            )
            await self._store.zadd(keys.ACCESS_LOG, {msgspec.json.encode(after): entry.hour})
            await self._store.zrem(keys.ACCESS_LOG, member)
            self.counts["look"] += 1

    async def _swap(self, key: str, before: bytes, after: bytes) -> bool:
        """Replace a value, unless it changed since it was read."""
        return bool(await self._store.eval(_SWAP.source, 1, key, before, after))
