"""What a page says of its own numbers. That the browser judges the same is proved in tests/browser/test_modules.py."""

import json
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from app.clock import MINUTE, wall_clock
from app.pages.trouble import is_quiet, state_of
from tests.bodies import connected
from tests.running import Peer, running

CASES = json.loads((Path(__file__).parent / "quiet_cases.json").read_text())

AT = "2026-11-22T13:45:00.000Z"
QUIET = {"delivery": {"last_event_at": "2026-11-22T13:30:00.000Z"}, "operators": {"connected": 1}}


def document_of(case: dict[str, Any]) -> dict[str, Any]:
    """Return the document that a case of silence speaks of."""
    sides = {side: {"open": case[side]} for side in ("onsite", "offsite") if side in case}
    operators = {name: case[name] for name in ("connected", "unverified") if name in case}
    delivery = {name: case[name] for name in ("last_event_at",) if name in case}
    return {"operators": operators, "conversations": sides, "delivery": delivery}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_silence_is_trouble_only_where_somebody_is_at_work(case: dict[str, Any]) -> None:
    assert is_quiet(document_of(case), case["at"]) is case["quiet"]


@pytest.mark.parametrize(
    ("document", "store", "state"),
    [
        (None, "away", "live"),
        (None, "up", "live"),
        (QUIET, "away", "store-away"),
        (QUIET, "up", "quiet"),
        (QUIET | {"operators": {"connected": 0}}, "up", "live"),
    ],
)
def test_of_two_troubles_the_nearer_one_is_told(document: dict[str, Any] | None, store: str, state: str) -> None:
    assert state_of(document, AT, store) == state


async def test_a_wall_comes_with_the_silence_that_the_server_knows_of(store: Redis, store_url: str) -> None:
    now = [wall_clock()]
    async with running(store_url, lambda: now[0]) as site:
        await site.log_in()
        await site.post_all([connected(12, now[0])])
        async with site.socket() as connection:
            await Peer(connection).until("operators.connected", 1)
        assert 'state="live"' in (await site.client.get("/wall/all")).text
        now[0] += 15 * MINUTE
        page = (await site.client.get("/wall/all")).text
        assert 'state="quiet"' in page
        assert "No posts from iAdvize" in page
