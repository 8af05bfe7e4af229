"""Days in the store: their sums are those of a naive model over all events, whatever came late, and they freeze."""

import asyncio
import codecs
import json
import re
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from redis.asyncio import Redis

from app.board.day import day_of
from app.bounds import SOURCES_LISTED
from app.clock import DAY, HOUR, MINUTE, QUARTER, quarter_instant, wall_clock
from app.days.aggregation import digest_of_teams
from app.days.day import Count, Day, Place, decode_day, encode_day, load_day
from app.days.history import PastDay, past_day
from app.days.lines import DayLineError, lines_of, read_lines, write_line
from app.days.store import DayStore, StoredDay, date_of, start_of_utc_day, utc_days
from app.days.upkeep import DayUpkeep
from app.mirror.mirror import Mirror
from app.mirror.snapshot import begin_store
from app.receive.skew import Skew
from app.records import Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from app.store.client import connect
from app.store.lease import Lease
from app.tally import CLOSED, CLOSED_AFTER_PUSH, STARTED, Sums, Window
from tests.support import model
from tests.support.assemble import NOW, Body, definition, new_writer, take
from tests.support.bodies import answered, closed, pushed, sold
from tests.support.floors import floors
from tests.support.model import Narrowing, milliseconds
from tests.support.past_walls import frame_at, put_frames
from tests.support.server import AWAKE_ZONE, BEARER, Peer, command, environment_of, free_port, running
from tests.test_law import CLOCK_CHANGES, ZONES, law, named, narrowed, narrowings, rosters

TODAY = start_of_utc_day(NOW)
SINCE = TODAY - 8 * DAY
"""The oldest day that is not frozen yet at NOW."""


async def new_aggregator(store: Redis, now: int, history_days: int = 400, days: DayStore | None = None) -> DayUpkeep:
    """An aggregator of a process that has read the store at an instant."""
    mirror, clock = Mirror(store, lambda: now), lambda: now
    await mirror.load()
    lease = Lease(store, "deployment", lambda: True)
    return DayUpkeep(days or DayStore(store), mirror, Skew(clock), lease, lambda: (), history_days)


async def aggregate(store: Redis, now: int = NOW) -> dict[int, StoredDay]:
    """Have all days summed up as they are at an instant; return them."""
    aggregator = await new_aggregator(store, now)
    await aggregator.refresh(utc_days(now - 9 * DAY, now + 1))
    return await DayStore(store).read(utc_days(now - 20 * DAY, now + 1))


async def update(store: Redis, now: int) -> dict[int, StoredDay]:
    """Have done what is due by itself at an instant; return the days."""
    aggregator = await new_aggregator(store, now)
    await aggregator.update()
    return await DayStore(store).read(utc_days(now - 20 * DAY, now + 1))


def day_on(stored: Mapping[int, StoredDay], start: int) -> Day:
    return decode_day(stored[start].value)


def total(day: Day) -> Sums:
    found = Sums()
    for quarters in day.sums.values():
        for sums in quarters.values():
            found.update(sums)
    return found


def counts(sums: Sums) -> Counter[tuple[str, str | int]]:
    """Without durations, which are counted in buckets."""
    return +Counter({number: count for number, count in sums.items() if number[0] not in ("duration", "amount")})


def expected_quarter(floor: model.Floor, quarter: model.Span) -> Sums:
    """What the model counts in a quarter-hour."""
    everything = list(floor.conversations.values())
    found = Sums()
    for name, moments in (
        ("started", model.started_at(everything)),
        ("closed", model.closed_at(everything)),
        ("closed after push", model.closed_at([each for each in everything if model.pushes(each)])),
        ("transferred", model.transferred_at(everything)),
    ):
        found[name, ""] = model.count(moments, quarter)
    found.update(("csat", score) for score in model.answers(everything, model.CSAT, quarter))
    found.update(("nps", score) for score in model.answers(everything, model.NPS, quarter))
    found.update(("custom", "yes" if yes else "no") for yes in model.answers(everything, model.CUSTOM, quarter))
    sales = [] if floor.board.channels else model.sales_in(floor, quarter)
    found.update(("sales", sale.body["source"]) for sale in sales)
    return found


def expected_amounts(floor: model.Floor, quarter: model.Span) -> Counter[str]:
    found: Counter[str] = Counter()
    for sale in [] if floor.board.channels else model.sales_in(floor, quarter):
        found[sale.body["source"]] += model.ten_thousandths(sale.body["amount"])
    return found


def assert_is_the_models(day: PastDay, floor: model.Floor) -> None:
    for start in range(*day.window, QUARTER):
        quarter = model.Span(start, start + QUARTER)
        sums = day.quarters.get(start, Sums())
        assert counts(sums) == +expected_quarter(floor, quarter)
        amounts = {source: amount for (name, source), amount in sums.items() if name == "amount" and amount}
        assert amounts == {source: amount for source, amount in expected_amounts(floor, quarter).items() if amount}
        durations = sum(count for (name, _), count in sums.items() if name == "duration")
        assert durations == sums[CLOSED_AFTER_PUSH]


def floor_of(events: Sequence[Body], board: Narrowing, roster: Roster, now: int, zone: str) -> model.Floor:
    """The model's floor without its operators."""
    history = model.remembered(events, now)
    people = named(roster)
    conversations = model.grouped(history, model.conversation_taking_in)
    sales = model.grouped(history, model.sale_taking_in)
    return model.Floor(
        board=board,
        now=now,
        zone=ZoneInfo(zone),
        today=model.day_of(now, ZoneInfo(zone)),
        operators={},
        conversations={key: each for key, each in conversations.items() if model.has_conversation(board, each, people)},
        sales={key: each for key, each in sales.items() if model.has_sale(board, each, people)},
        roster=people,
        unverified_after=0,
        gone_after=0,
        not_here={},
    )


@law(0.3)
@given(data=st.data(), roster=rosters, board=narrowings, zone=st.sampled_from(ZONES), is_new=st.booleans())
async def test_a_day_of_any_board_is_the_sum_of_all_its_events(
    store_url: str, data: st.DataObject, roster: Roster, board: Narrowing, zone: str, is_new: bool
) -> None:
    """Also of late events, moved projects, answers given again, days of clock changes, stores of an older version."""
    now = data.draw(st.sampled_from([NOW, *CLOCK_CHANGES]))
    events = data.draw(floors(now))
    store = connect(store_url)
    await store.flushall()
    if is_new:
        await DayStore(store).begin(0)
    await RosterStore(store).replace(roster)
    half = len(events) // 2
    await take(new_writer(store, lambda: now), events[:half], now)
    await aggregate(store, now)
    await take(new_writer(store, lambda: now), events[half:], now)
    if not is_new:
        await store.delete(keys.SPREAD)
    stored = await aggregate(store, now)
    days = {start: decode_day(day.value) for start, day in stored.items()}
    floor = floor_of(events, board, roster, now, zone)
    for age in range(8):
        window = day_of(now - age * DAY, ZoneInfo(zone))
        utc = utc_days(window.start, min(window.end, now + 1))
        assert_is_the_models(past_day(narrowed("b", board, zone), window, [days.get(start) for start in utc]), floor)
    await store.aclose()


async def counted(store: Redis, start: int, now: int = NOW) -> Sums:
    return total(day_on(await aggregate(store, now), start))


async def test_an_answer_that_is_given_again_leaves_the_day_of_the_first_one(store: Redis) -> None:
    yesterday = TODAY - DAY
    writer = new_writer(store, lambda: NOW)
    await take(writer, [answered("c", yesterday, customerSatisfaction=1)])
    assert (await counted(store, yesterday))["csat", 1] == 1
    await take(writer, [answered("c", TODAY, customerSatisfaction=5)])
    assert total(day_on(stored := await aggregate(store), yesterday)) == {}
    assert total(day_on(stored, TODAY))["csat", 5] == 1


async def test_a_conversation_that_moves_takes_its_earlier_days_along(store: Redis) -> None:
    await DayStore(store).begin(0)
    writer, yesterday = new_writer(store, lambda: NOW), TODAY - DAY
    await take(writer, [pushed("c", 1, yesterday, project=1)])
    await aggregate(store)
    await take(writer, [pushed("c", 1, TODAY, project=2)])
    assert [place.project for place in day_on(await aggregate(store), yesterday).sums] == ["2"]


async def test_a_day_goes_by_the_teams_of_the_moment(store: Redis) -> None:
    await take(new_writer(store, lambda: NOW), [pushed("c", 12, TODAY), sold("s", 5, TODAY), closed("d", [], TODAY)])
    await aggregate(store)
    await RosterStore(store).replace(Roster({"12": Person("", "Lille")}))
    places = day_on(await aggregate(store), TODAY).sums.keys()
    assert {(place.channel, place.team) for place in places} == {("CHAT", "Lille"), ("", "Lille"), ("CHAT", None)}


async def test_a_day_freezes_an_hour_before_its_first_record_may_expire(store: Redis) -> None:
    oldest, last_moment = TODAY - 9 * DAY, TODAY - HOUR
    early = oldest + 9 * HOUR
    await begin_store(store, oldest - DAY)
    await RosterStore(store).replace(Roster({"12": Person("", "Lille")}))
    await take(new_writer(store, lambda: early), [pushed("c", 12, oldest)], early)
    assert (await update(store, last_moment - 1))[oldest].kind == "open"
    await take(new_writer(store, lambda: last_moment), [pushed("d", 12, oldest + HOUR)], last_moment)
    frozen = (await update(store, last_moment))[oldest]
    assert (frozen.kind, total(frozen.decode())[STARTED]) == ("frozen", 2)
    await RosterStore(store).replace(Roster())
    await take(new_writer(store, lambda: last_moment), [pushed("e", 12, oldest + HOUR)], last_moment)
    for now in (last_moment, NOW, NOW + 3 * DAY):
        assert (await update(store, now))[oldest] == frozen


async def test_no_day_freezes_while_the_clock_is_in_doubt(store: Redis) -> None:
    oldest = TODAY - 9 * DAY
    await take(new_writer(store, lambda: oldest), [pushed("c", 12, oldest)], oldest)
    await aggregate(store, oldest)
    aggregator = await new_aggregator(store, TODAY)
    aggregator.skew.own = -HOUR
    await aggregator.update()
    assert (await DayStore(store).read([oldest]))[oldest].kind == "open"
    aggregator.skew.own = 0
    await aggregator.update()
    assert (await DayStore(store).read([oldest]))[oldest].kind == "frozen"


async def test_a_day_whose_records_are_lost_stays_as_it_was(store: Redis) -> None:
    yesterday, writer = TODAY - DAY, new_writer(store, lambda: NOW)
    await take(writer, [pushed("c", 1, yesterday), pushed("d", 1, yesterday)])
    assert (await counted(store, yesterday))[STARTED] == 2
    await take(writer, [closed("c", [1], yesterday)])
    await store.delete(f"{keys.PREFIX}conversation:ha-335-d")
    assert (await counted(store, yesterday))[STARTED] == 2


async def test_more_records_than_fit_a_page_are_summed_up(store: Redis) -> None:
    conversations = [pushed(f"c{number}", 1, TODAY + number // 1_050) for number in range(1_100)]
    await take(new_writer(store, lambda: NOW), conversations)
    assert (await counted(store, TODAY))[STARTED] == 1_100


async def test_an_older_fold_never_wins(store: Redis) -> None:
    now = wall_clock()
    today = start_of_utc_day(now)
    days, count = DayStore(store), Count(since=today - 8 * DAY, until=now)
    older, newer = (
        encode_day(Day(today, count, {Place("ha-1", "1", "CHAT", None): {today: sums}}))
        for sums in (Sums({STARTED: 1}), Sums({STARTED: 2}))
    )
    assert await days.put(today, newer, "open", 7) == "open"
    assert await days.put(today, older, "open", 6) == "newer"
    assert await days.put(today, newer, "frozen", 7) == "open", "by the store's clock it is too early"
    assert await days.put(today - 20 * DAY, newer, "frozen", 7) == "frozen"
    assert await days.put(today - 20 * DAY, newer, "open", 9) == "kept"
    assert (await days.read([today]))[today].value == newer


async def test_a_day_that_changed_while_it_was_summed_up_stays_marked(store: Redis) -> None:
    days, writer = DayStore(store), new_writer(store, lambda: NOW)
    await take(writer, [pushed("c", 1, TODAY)])
    changes = await days.changes([TODAY])
    await take(writer, [pushed("d", 1, TODAY)])
    count = Count(since=changes.since, until=NOW, teams=digest_of_teams(Roster()))
    value = encode_day(Day(TODAY, count, {}))
    await days.put(TODAY, value, "open", changes.change, changes.touched[TODAY])
    assert (await counted(store, TODAY))[STARTED] == 2
    assert (await days.changes([TODAY])).touched == {}


def test_a_file_of_days_may_begin_with_a_mark_as_editors_on_windows_write_it() -> None:
    file = BytesIO(codecs.BOM_UTF8 + b"{}\r\n" + codecs.BOM_UTF8 + b"{}\r\n")
    assert list(lines_of(file, 100)) == [b"{}\r\n", codecs.BOM_UTF8 + b"{}\r\n"]


def test_sources_beyond_the_largest_are_summed_up_as_other() -> None:
    """Each takes room at each place: 3 000 of both once took a gigabyte."""
    made_up = {("sales", f"S{number:03d}"): 1 for number in range(SOURCES_LISTED)}
    amounts = {("amount", source): 5 for _, source in made_up}
    known = {("sales", "Onsite"): 2, ("amount", "Onsite"): 7}
    places = {Place("ha-1", "1", "", None): made_up | amounts, Place("ha-1", "2", "", None): known}
    day = Day(TODAY, Count(since=SINCE, until=NOW), {place: {TODAY: Sums(sums)} for place, sums in places.items()})
    kept = Sums()
    for quarters in decode_day(encode_day(day)).sums.values():
        kept.update(quarters[TODAY])
    assert len([name for name, _ in kept if name == "sales"]) == SOURCES_LISTED + 1
    assert (kept["sales", "Onsite"], kept["sales", "S000"], kept["sales", "other"]) == (2, 1, 1)
    assert (kept["amount", "Onsite"], kept["amount", "other"]) == (7, 5)


KILLED_BEFORE_IT_WRITES_A_DAY = """
import os, signal
from app.cli.main import main
from app.days.store import DayStore

DayStore.put = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
main()
"""


async def test_a_process_that_is_killed_in_the_middle_of_a_fold_loses_nothing(
    tmp_path: Path, store: Redis, store_url: str
) -> None:
    now = wall_clock()
    today = start_of_utc_day(now - HOUR)  # a day that ended just now is not folded yet
    await begin_store(store, today - DAY)
    await take(new_writer(store, lambda: now), [pushed(f"c{n}", 1, today - 1 - n) for n in range(3_000)], now)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED_BEFORE_IT_WRITES_A_DAY, "run"),
        cwd=Path(__file__).parent.parent,
        env=environment_of(tmp_path, {"REDIS_URL": store_url, "PORT": str(free_port())}),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == -signal.SIGKILL
    assert await DayStore(store).read([today - DAY]) == {}, "it was in the middle"
    async with running(store_url, TIME_ZONE="UTC") as site:
        found = (await site.client.get(f"/api/days/all/{date_of(today - DAY)}", headers=BEARER)).json()
    assert found["totals"]["started"] == 3_000
    assert found["quarters"][-1]["started"] == found["totals"]["started"]
    assert total(day_on(await DayStore(store).read([today - DAY]), today - DAY))[STARTED] == 3_000


async def test_a_value_that_nothing_of_ours_wrote_stops_nothing(store: Redis) -> None:
    await take(new_writer(store, lambda: NOW), [pushed("c", 1, TODAY)])
    for value in ("", "open", "open 1 {}", "open x {\n", 'frozen 1 {"since":1,"until":2}\nrubbish'):
        await store.hset(keys.DAYS, date_of(TODAY), value)
        await update(store, NOW)
        assert await load_day(b"{}") is None
    await store.hset(keys.DAYS, date_of(TODAY), "rubbish")
    assert (await counted(store, TODAY))[STARTED] == 1


async def test_days_are_kept_as_long_as_they_should_be(store: Redis) -> None:
    days, value = DayStore(store), encode_day(Day(TODAY, Count(since=SINCE, until=NOW), {}))
    kept, gone = (TODAY - age * DAY for age in (12, 13))
    for start in (kept, gone):
        await days.put(start, value, "frozen", 1)
    aggregator = await new_aggregator(store, NOW, history_days=12)
    await aggregator.update()
    assert list(await days.read([gone, kept])) == [kept]


def test_a_day_is_whole_when_counting_began_before_it() -> None:
    window, count = Window(TODAY - DAY, TODAY), Count(since=TODAY - DAY - 1, until=TODAY, gaps=((TODAY - 9, TODAY),))

    def whole(count: Count) -> bool:
        return past_day(definition(), window, [Day(TODAY - DAY, count, {})]).is_whole

    assert whole(count)
    assert not whole(replace(count, since=TODAY - DAY))
    assert not whole(replace(count, until=TODAY - 1))
    assert not past_day(definition(), window, [None]).is_whole
    assert past_day(definition(), window, [Day(TODAY - DAY, count, {})]).gaps == [(TODAY - 9, TODAY)]


async def test_last_week_stands_beside_today(store: Redis, store_url: str) -> None:
    """Late events too, and what was open as it was shown; it is absent on a board whose day was not counted from its
    beginning."""
    now = wall_clock()
    zone, week_ago = ZoneInfo(AWAKE_ZONE), now - 7 * DAY
    await begin_store(store, now - 8 * DAY)
    day = day_of(week_ago, zone)
    await put_frames(store, "all", [frame_at(at, (at - day.start) // HOUR) for at in range(*day, QUARTER)])
    async with running(store_url) as site, site.socket() as connection:
        peer = Peer(connection)
        await peer.until("last_week.started", 0)
        await site.post_all([pushed("c", 1, week_ago - MINUTE), sold("s", 20.5, week_ago - MINUTE)])
        await site.post_all([closed("c", [1], day.end - 1)])
        await peer.until("last_week.started", 1)
        await peer.until("last_week.amount", "20.50")
        await peer.until("last_week.trend.closed", [0] * 95 + [1])
        last_week = peer.document["last_week"]
        assert last_week["closed"] == 0, "it closed later that day"
        assert sum(last_week["trend"]["started"]) == last_week["trend"]["closed"][-1] == 1
        assert len(last_week["trend"]["quarter"]) == 96
        await peer.until("last_week.trend.open", [1 + quarter // 4 for quarter in range(96)])
        assert last_week["date"] == (datetime.now(zone).date() - timedelta(days=7)).isoformat()
        await store.hset(keys.META, "since", now - 6 * DAY)
        await peer.until("last_week", None)


async def test_days_that_are_exported_and_imported_are_the_same(tmp_path: Path, store: Redis, store_url: str) -> None:
    now = wall_clock()
    today = start_of_utc_day(now)
    old, young = today - 7 * DAY, today - 2 * DAY
    await begin_store(store, old)
    await RosterStore(store).replace(Roster({"12": Person("", "Lille")}))
    events = [
        *(
            pushed("c", 12, old, project=3),
            pushed("c", 7, young),
            closed("c", [7], young + 61_003),
            closed("d", [], old),
        ),
        answered("c", old, customerSatisfaction=5, netPromoterScore=0, customQuestion=False),
        closed("e", [1], old),
        *(sold("s", -20.1234, old, source="Sur site é"), sold("t", 0, old), pushed("e", 12, old + 3)),
    ]
    await take(new_writer(store, wall_clock), events, now)

    async def history(*arguments: str, stdin: str = "") -> tuple[int, str]:
        return await command("history", *arguments, data_dir=tmp_path, stdin=stdin, REDIS_URL=store_url)

    status, exported = await history("export")
    assert (status, len(exported.splitlines())) == (0, 7)
    assert json.loads(exported.splitlines()[0])["day"] == date_of(old)
    status, output = await history("import", "-", stdin=exported)
    assert (status, output.splitlines()[0]) == (1, "days taken: 5 of 7"), "the store has records of two"
    before = await DayStore(store).read(utc_days(old, today))
    assert [before[start].kind for start in (old, young, young + DAY)] == ["open", "open", "imported"]
    assert (await history("import", "--replace", "-", stdin=exported))[0] == 0
    await take(new_writer(store, wall_clock), [pushed("late", 12, young)], now)
    assert await history("export") == (0, exported), "imported days are never summed up"
    await store.flushall()
    assert await history("import", "-", stdin=exported) == (0, "days taken: 7 of 7\n")
    assert await history("export") == (0, exported)
    wrong = exported.splitlines()[0].replace('"day":"', '"day":"9')
    status, output = await history("import", "-", stdin="\n".join([exported.splitlines()[1], wrong, "{}", exported]))
    assert status == 1
    assert "line 2: " in output
    assert "line 3: day is missing; allowed: a date as 2026-11-22" in output
    assert "which an earlier line has" in output


async def test_a_day_of_a_board_is_there_for_programs(store: Redis, store_url: str) -> None:
    now = wall_clock()
    day = start_of_utc_day(now - 3 * DAY)
    date_ = date_of(day)
    await begin_store(store, day - 1)
    async with running(store_url, TIME_ZONE="UTC") as site:
        await site.post_all([pushed("c", 1, day), closed("c", [1], day + QUARTER), sold("s", 20.5, day + DAY - 1)])
        await site.post_all([answered("c", day + QUARTER, customerSatisfaction=4)])

        async def get(path: str) -> httpx.Response:
            return await site.client.get(f"/api/days/{path}", headers=BEARER)

        await put_frames(store, "all", [frame_at(day + MINUTE, 5, connected=3, taking=2)])
        document = (await get(f"all/{date_}")).json()
        first = document["quarters"][0]
        assert {name: first[name] for name in ("open", "connected", "taking")} == {
            "open": 5,
            "connected": 3,
            "taking": 2,
        }
        assert (document["date"], document["time_zone"], document["whole"]) == (date_, "UTC", True)
        assert len(document["quarters"]) == 96
        assert document["quarters"][1] == {
            "at": quarter_instant(day + QUARTER),
            "started": 0,
            "closed": 1,
            "responses": 1,
            "satisfied": 1,
            "amount": "0.00",
        }
        assert document["totals"]["sales"] == {
            "transactions": 1,
            "amount": "20.50",
            "by_source": {"Onsite": {"transactions": 1, "amount": "20.50"}},
        }
        assert document["totals"]["csat"]["score"] == 100.0
        assert (await get(f"all/{date_of(now)}")).json()["whole"] is False
        assert (await get(f"all/{date_of(now - 30 * DAY)}")).status_code == 404
        assert (await get("all/2026-02-30")).status_code == 400
        assert (await get(f"none/{date_}")).status_code == 404
        assert (await site.client.get(f"/api/days/all/{date_}")).status_code == 401


LINE = (
    b'{"day":"2026-11-22","counting_since":"2026-11-22T00:00:00Z","counted_until":"2026-11-22T00:00:00Z",'
    b'"sums":[{"tenant":"ha-335","project":1,"quarters":{"09:15":{%s}}}]}'
)


def test_the_line_that_the_manual_shows_can_be_imported() -> None:
    manual = (Path(__file__).parent.parent / "docs" / "days.md").read_text()
    found = re.search(r"```json\n(.*?)```", manual, re.DOTALL)
    assert found is not None
    line = found[1].replace("\n", " ").encode()
    (day,) = read_lines(iter([line]), milliseconds("2026-12-01T00:00:00Z"))
    assert [json.loads(write_line(day))] == [json.loads(line)]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"hello", "is no JSON object: hello"),
        (b"[]", "the line is wrong; allowed: what `deskboard history export` writes there"),
        (b"{}", "day is missing; allowed: a date as 2026-11-22"),
        (b'{"day":"22.11.2026"}', "day is wrong; allowed: a date as 2026-11-22"),
        (b'{"days":"2026-11-22"}', "days is unknown"),
        (LINE % b'"started":"5"', "sums[0].quarters[...].started is wrong; allowed: a whole number from 1"),
        (LINE % b'"csat":{"6":1}', "a key of sums[0].quarters[...].csat is wrong; allowed: 1 to 5"),
        (LINE % b'"sales":{"":{}}', "sums[0].quarters[...].sales[...].transactions is missing; allowed: a"),
        (LINE.replace(b"09:15", b"09:16") % b"", "a key of sums[0].quarters is wrong; allowed: the beginning"),
    ],
)  # fmt: skip
def test_wrong_line_is_said_in_words(line: bytes, fault: str) -> None:
    with pytest.raises(DayLineError, match=re.escape(f"line 1: {fault}")):
        read_lines(iter([line]), milliseconds("2026-12-01T00:00:00Z"))


def test_a_day_whose_durations_are_not_as_many_as_its_closes_is_no_day() -> None:
    sums = {Place("ha-335", "1", "CHAT", None): {TODAY: Sums({CLOSED: 1, CLOSED_AFTER_PUSH: 1})}}
    with pytest.raises(ValueError, match="0 durations of 1"):
        decode_day(encode_day(Day(TODAY, Count(since=0, until=NOW), sums)))
