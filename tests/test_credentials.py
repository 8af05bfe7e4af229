"""Credentials survive a store that loses them at the worst moment."""

from typing import Any

import msgspec
import pytest

from app.access.credentials import Credentials
from app.mirror.mirror import Mirror
from app.records import KEYS_NAME, Keys
from app.store import keys
from app.store.put import put_record
from tests.support.assemble import NOW

OLDER, NEWER = (Keys("a secret", f"generation {number}", number, NOW) for number in range(2))


@pytest.mark.parametrize("is_mirrored", [True, False])
async def test_record_lost_while_being_stored_is_stored_again(
    store: Any, monkeypatch: pytest.MonkeyPatch, is_mirrored: bool
) -> None:
    mirror = Mirror(store, lambda: NOW)
    credentials = Credentials(store, mirror, lambda: NOW, None)
    await store.set(keys.PREFIX + KEYS_NAME, msgspec.json.encode(OLDER))
    await mirror.load()

    async def put_back_older_after(*arguments: Any, **more: Any) -> int | None:
        change = await put_record(*arguments, **more)
        if is_mirrored:
            await mirror.catch_up()
        await store.set(keys.PREFIX + KEYS_NAME, msgspec.json.encode(OLDER))
        await mirror.load()
        return change

    credentials.remember(KEYS_NAME, NEWER)
    monkeypatch.setattr("app.repository.put_record", put_back_older_after)
    await credentials.put_missing()
    monkeypatch.undo()
    await credentials.put_missing()
    assert msgspec.json.decode(await store.get(keys.PREFIX + KEYS_NAME), type=Keys) == NEWER
