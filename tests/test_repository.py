"""Of records that several processes change each knows the newest."""

from typing import Any

from app.mirror.mirror import Mirror
from app.records import PrivacyRecord
from app.repository import Repository
from app.store.client import connect
from tests.support.assemble import NOW

NAME = "privacy:deployment"


def chosen(author: str, at: int) -> Any:
    return lambda _before: PrivacyRecord(author=author, at=at)


class Overtaken(Repository[PrivacyRecord]):
    """Learns that it was stored only after another process changed it again, and the mirror brought that."""

    other: Repository[PrivacyRecord]

    async def _put(self, name: str, record: PrivacyRecord, expected: bytes) -> int | None:
        number = await super()._put(name, record, expected)
        await self.other.change(name, PrivacyRecord, chosen("Camille Martin", NOW + 1))
        await self._mirror.catch_up()
        return number


async def test_a_change_that_was_overtaken_meanwhile_is_not_taken_for_the_newest(store: Any, store_url: str) -> None:
    reader = connect(store_url)
    mirror, types = Mirror(reader, lambda: NOW), (PrivacyRecord,)
    repository = Overtaken(store, mirror, lambda: NOW, types, lambda record: (record.at,))
    repository.other = Repository(store, Mirror(reader, lambda: NOW), lambda: NOW, types, lambda record: (record.at,))
    await mirror.load()
    change = await repository.change(NAME, PrivacyRecord, chosen("Tomas R.", NOW))
    assert change.number == 1
    assert (await repository.change(NAME, PrivacyRecord, lambda _before: None)).number is None
    known = repository.get(NAME, PrivacyRecord)
    assert known is not None
    assert known.author == "Camille Martin"
    await reader.aclose()
