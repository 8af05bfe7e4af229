"""Episodes, silences and channels, kept: no episode is opened again, no acknowledgement and no channel forgotten."""

import msgspec
from redis.asyncio import Redis

from app.clock import Clock
from app.keeper import Keeper, One
from app.mirror import Mirror
from app.records import Episode, Silence, StoredChannel

AlertRecord = Episode | Silence | StoredChannel


class AlertKeeper(Keeper[AlertRecord]):
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        types = (Episode, Silence, StoredChannel)
        super().__init__(store, mirror, clock, types, lambda record: (record.version,))

    def _stamped(self, record: One, before: One | None) -> One:
        last = before.version if isinstance(before, AlertRecord) else 0
        return msgspec.structs.replace(record, version=max(self._clock(), last + 1))  # type: ignore[type-var]
