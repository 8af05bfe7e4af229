"""Marks: who makes, changes and removes them, what is refused, and that a store which was emptied gets them back."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from redis.asyncio import Redis

from app.board.day import day_on, local_date
from app.bounds import MARK_CHARACTERS, MARKS_OF_A_DAY
from app.clock import DAY, HOUR, instant, wall_clock
from app.days.marks import Marks
from app.days.store import date_of, start_of_utc_day
from app.errors import InputError
from app.mirror.mirror import Mirror
from app.mirror.snapshot import begin_store
from app.records import MARK_KIND
from app.store import keys
from app.store.client import connect
from app.tally import Window
from tests.support.assemble import NOW
from tests.support.server import BEARER, Site, eventually, running
from tests.test_roster_part import a_lead_of

TEAMS = ("Lille", "Nantes")
TODAY = Window(start_of_utc_day(NOW), start_of_utc_day(NOW) + DAY)


async def marks_at(site: Site, day: str, board: str = "all") -> list[dict[str, str]]:
    response = await site.client.get(f"/api/days/{board}/{day}", headers=BEARER)
    assert response.status_code == 200, response.text
    found: list[dict[str, str]] = response.json()["marks"]
    return found


async def test_a_program_makes_a_mark_that_its_day_lists_and_an_emptied_store_gets_back(
    store: Redis, store_url: str
) -> None:
    yesterday = start_of_utc_day(wall_clock()) - DAY
    await begin_store(store, yesterday - DAY)
    async with running(store_url, TIME_ZONE="UTC") as site, running(store_url, TIME_ZONE="UTC") as other:

        async def mark(body: object) -> httpx.Response:
            return await site.client.post("/api/marks", json=body, headers=BEARER)

        made = await mark({"text": "  mailing\u200b  10:00 ", "at": instant(yesterday + 10 * HOUR)})
        assert made.status_code == 201, made.text
        assert made.headers["location"] == f"/days/all/{date_of(yesterday)}"
        assert {**made.json(), "id": ""} == {
            "id": "",
            "board": "all",
            "at": instant(yesterday + 10 * HOUR),
            "text": "mailing 10:00",
            "author": "program",
        }
        assert (await mark({"text": "now"})).status_code == 201
        assert await marks_at(site, date_of(yesterday)) == [made.json()]
        for body, status, field in [
            ({}, 422, "text"),
            ({"text": "x" * (MARK_CHARACTERS + 1)}, 422, "text"),
            ({"text": "a\u202eb"}, 422, "text"),
            ({"text": 7}, 422, "text"),
            ({"text": "x", "at": "10:00"}, 422, "at"),
            ({"text": "x", "at": "0001-01-01T00:00:00Z"}, 422, "at"),
            ({"text": "x", "at": "0001-01-01T00:00:00+14:00"}, 422, "at"),
            ({"text": "x", "at": "9999-12-31T23:59:59-14:00"}, 422, "at"),
            ({"text": "x", "at": instant(wall_clock() + 2 * DAY)}, 422, "at"),
            ({"text": "x", "board": "none"}, 422, "board"),
            ({"text": "x", "where": "all"}, 422, "where"),
            (["text"], 400, None),
        ]:
            refused = await mark(body)
            assert refused.status_code == status, (body, refused.text)
            assert refused.headers["content-type"] == "application/problem+json"
            problem = refused.json()
            assert problem.get("field") == field
            assert field is None or ("found" in problem and problem["allowed"])
        wrong = await site.client.post(
            "/api/marks", content=b"{", headers=BEARER | {"content-type": "application/json"}
        )
        assert wrong.status_code == 400
        form = await site.client.post("/api/marks", data={"text": "x"}, headers=BEARER)
        assert form.status_code == 415

        await eventually(lambda: marks_at(other, date_of(yesterday)), lambda found: found == [made.json()])
        # Of an emptied store the day is gone until something is posted; its marks come back by themselves.
        await store.flushall()
        names = keys.index(MARK_KIND)
        await eventually(lambda: store.zcard(names), lambda count: count == 2)


async def test_a_day_that_has_not_begun_has_its_marks_and_nothing_else(store: Redis, store_url: str) -> None:
    # West of UTC the day begins within the next UTC day, east of it within this one.
    zones = {"west": "Pacific/Honolulu", "east": "Asia/Tokyo"}
    boards = "".join(f'[[boards]]\nid = "{id_}"\ntitle = "{id_}"\ntime_zone = "{zones[id_]}"\n' for id_ in zones)
    await begin_store(store, start_of_utc_day(wall_clock()) - DAY)
    async with running(store_url, BOARDS=boards) as site:
        await site.log_in()
        for board, zone in zones.items():
            tomorrow = day_on(
                date.fromisoformat(local_date(wall_clock(), ZoneInfo(zone))) + timedelta(days=1), ZoneInfo(zone)
            )
            path = f"/days/{board}/{local_date(tomorrow.start, ZoneInfo(zone))}"
            for address in (path, f"{path}.csv", f"/api{path}"):
                assert (await site.client.get(address)).status_code == 404, address
            soon = {"text": "fair", "at": instant(tomorrow.start), "board": board}
            made = await site.client.post("/api/marks", json=soon, headers=BEARER)
            assert made.headers["location"] == path
            assert "fair" in (await site.client.get(path)).text
            day = (await site.client.get(f"/api{path}")).json()
            assert (day["whole"], day["quarters"], day["marks"]) == (False, [], [made.json()])


async def test_a_lead_of_a_team_marks_their_own_boards_alone(store: Redis, store_url: str) -> None:
    boards = "".join(f'[[boards]]\nid = "{team.lower()}"\ntitle = "{team}"\nteams = ["{team}"]\n' for team in TEAMS)
    async with running(store_url, BOARDS=boards) as site:
        await a_lead_of(site, "Lille")
        for board, status in (("lille", 201), ("nantes", 403), ("all", 403), ("none", 422)):
            mark = {"text": "mailing", "board": board}
            answer = await site.client.post("/api/marks", json=mark, headers={"origin": site.url})
            assert answer.status_code == status, (board, answer.text)


async def test_a_mark_is_changed_and_removed_by_those_who_saw_its_last_version(store: Redis, store_url: str) -> None:
    reader = connect(store_url)
    now = [NOW]
    mirror = Mirror(reader, lambda: now[0])
    marks = Marks(store, mirror, lambda: now[0], 400)
    id_, _ = await marks.add("all", NOW, "mailing", "Ana", lambda _: TODAY)
    await mirror.load()
    [placed] = marks.within(TODAY, {"all"})
    assert (placed.id, placed.mark.text, marks.within(TODAY, {"lille"})) == (id_, "mailing", [])
    await marks.edit("all", id_, placed.mark.at, NOW + HOUR, "second mailing", "Ben")
    for stale in (placed.mark.at, 0):
        with pytest.raises(InputError):
            await marks.edit("all", id_, stale, NOW, "third", "Ana")
        with pytest.raises(InputError):
            await marks.remove("all", id_, stale, "Ana")
    await mirror.load()
    [changed] = marks.within(TODAY, {"all"})
    for attempt in (
        marks.remove("lille", id_, changed.mark.at, "Ana"),
        marks.edit("lille", id_, changed.mark.at, NOW, "x", "Ana"),
    ):
        with pytest.raises(InputError):
            await attempt  # who leads another board alone sends its id
    assert (changed.mark.text, changed.mark.author, changed.mark.moment) == ("second mailing", "Ben", NOW + HOUR)
    await marks.remove("all", id_, changed.mark.at, "Ana")
    await mirror.load()
    assert marks.within(TODAY, {"all"}) == []
    with pytest.raises(InputError):
        await marks.edit("all", id_, changed.mark.at, NOW, "back", "Ana")
    now[0] += 31 * DAY
    await mirror.load()
    assert marks.records == {}, "a mark that was removed is forgotten after a while"
    await reader.aclose()


async def test_marks_of_a_day_and_of_all_are_bounded(
    store: Redis, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = connect(store_url)
    mirror = Mirror(reader, lambda: NOW)
    marks = Marks(store, mirror, lambda: NOW, 400)

    async def add(board: str) -> Any:
        added = await marks.add(board, NOW, "x", "Ana", lambda _: TODAY)
        await mirror.load()
        return added

    for _ in range(MARKS_OF_A_DAY):
        await add("all")
    with pytest.raises(InputError, match="many-of-day"):
        await add("all")
    await add("lille")
    monkeypatch.setattr("app.days.marks.MARKS", MARKS_OF_A_DAY + 1)
    with pytest.raises(InputError, match="many"):
        await add("lille")
    await reader.aclose()
