"""What must outlast the store, told to a store that loses it again at the wrong moment."""

from typing import Any

import msgspec
import pytest

from app.access.standing import Standing
from app.mirror import Mirror
from app.records import KEYS_NAME, Keys
from app.store import keys
from app.store.put import put_record
from tests.house import NOW

OLDER, NEWER = (Keys("a secret", f"generation {number}", number, NOW) for number in range(2))


@pytest.mark.parametrize("has_heard", [True, False])
async def test_what_is_lost_while_the_store_is_told_of_it_is_told_again(
    store: Any, monkeypatch: pytest.MonkeyPatch, has_heard: bool
) -> None:
    """Whether the mirror had heard of it or not."""
    mirror = Mirror(store, lambda: NOW)
    known = Standing(store, mirror, lambda: NOW, None)
    await store.set(keys.PREFIX + KEYS_NAME, msgspec.json.encode(OLDER))
    await mirror.load()

    async def put_back_older_after(*arguments: Any, **more: Any) -> int | None:
        change = await put_record(*arguments, **more)
        if has_heard:
            await mirror.catch_up()
        await store.set(keys.PREFIX + KEYS_NAME, msgspec.json.encode(OLDER))
        await mirror.load()
        return change

    known.remember(KEYS_NAME, NEWER)
    monkeypatch.setattr("app.access.standing.put_record", put_back_older_after)
    await known.put_missing()
    monkeypatch.undo()
    await known.put_missing()
    assert msgspec.json.decode(await store.get(keys.PREFIX + KEYS_NAME), type=Keys) == NEWER
