"""Of records that several processes change each knows the newest."""

from typing import Any

from app.keeper import Keeper
from app.mirror import Mirror
from app.records import PrivacyRecord
from app.store.client import connect
from tests.support.assemble import NOW

NAME = "privacy:deployment"


def chosen(author: str, at: int) -> Any:
    return lambda _before: PrivacyRecord(author=author, at=at)


class Overtaken(Keeper[PrivacyRecord]):
    """Learns that it was stored only after another process changed it again, and the mirror brought that."""

    other: Keeper[PrivacyRecord]

    async def _put(self, name: str, record: PrivacyRecord, expected: bytes) -> bool:
        is_put = await super()._put(name, record, expected)
        await self.other.change(name, PrivacyRecord, chosen("Camille Martin", NOW + 1))
        await self._mirror.catch_up()
        return is_put


async def test_a_change_that_was_overtaken_meanwhile_is_not_taken_for_the_newest(store: Any, store_url: str) -> None:
    reader = connect(store_url)
    mirror, types = Mirror(reader, lambda: NOW), (PrivacyRecord,)
    keeper = Overtaken(store, mirror, lambda: NOW, types, lambda record: (record.at,))
    keeper.other = Keeper(store, Mirror(reader, lambda: NOW), lambda: NOW, types, lambda record: (record.at,))
    await mirror.load()
    await keeper.change(NAME, PrivacyRecord, chosen("Tomas R.", NOW))
    known = keeper.find(NAME, PrivacyRecord)
    assert known is not None
    assert known.author == "Camille Martin"
    await reader.aclose()
