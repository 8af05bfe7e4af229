"""Pages of days: their numbers are those of the API, what is compared is compared fairly, what is missing is said."""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from app.board.day import day_on
from app.board.day_document import DayTotals, ShownCounts, day_document, day_totals
from app.board.report import DAYS_LISTED, Period, last_week, report_on
from app.bounds import LONGEST_HISTORY_DAYS
from app.clock import DAY, HOUR, MINUTE, QUARTER, instant, wall_clock
from app.days.day import Count, Day, Place, encode_day
from app.days.history import past_day
from app.days.marks import PlacedMark
from app.days.period import Periods, SplitDay, split_day
from app.days.store import DayStore, start_of_utc_day
from app.mirror.snapshot import begin_store
from app.records import Episode, Mark, Person, Roster
from app.roster.store import RosterStore
from app.store import keys
from app.tally import CLOSED, CLOSED_AFTER_PUSH, STARTED, Sums, Window
from app.view.day_page import Compared, csv_lines, day_page
from app.view.format import Format
from app.view.report_page import report_page
from app.words.words import words_in
from tests.support.assemble import NOW, definition
from tests.support.bodies import answered, closed, pushed, sold
from tests.support.server import BEARER, Site, running
from tests.test_days import new_aggregator

UTC, PARIS = ZoneInfo("UTC"), ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 9)
FOR_YEARS = str(LONGEST_HISTORY_DAYS)
"""Else days of certain dates are forgotten before long."""


def split(day: date, started: int, csat: tuple[int, int] = (0, 0), team: str | None = "Lille") -> SplitDay:
    """A whole day: conversations at noon, and satisfied among all answers."""
    window = day_on(day, UTC)
    good, answers = csat
    sums = Sums({STARTED: started, CLOSED: started, CLOSED_AFTER_PUSH: started, ("csat", 5): good})
    sums["csat", 1] = answers - good
    count = Count(since=window.start - 1, until=window.end)
    place = Place("ha-335", "1", "CHAT", team)
    return split_day(definition(), window, [Day(window.start, count, {place: {window.start + 12 * HOUR: +sums}})])


def by_window(days: Iterable[SplitDay]) -> dict[Window, SplitDay]:
    return {each.window: each for each in days}


def test_a_period_is_compared_with_the_weekdays_before_it() -> None:
    week = Period(MONDAY, MONDAY + timedelta(days=6))
    assert week.before == Period(MONDAY - timedelta(days=7), MONDAY - timedelta(days=1))
    assert Period(MONDAY, MONDAY + timedelta(days=2)).before.first == MONDAY - timedelta(days=7)
    month = Period(date(2026, 10, 1), date(2026, 10, 31))
    assert (len(month.before.dates), month.before.first.weekday()) == (31, month.first.weekday())
    assert month.before.last < month.first
    assert last_week(date(2026, 11, 30)) == Period(date(2026, 11, 23), date(2026, 11, 29)), "on a Monday"
    assert last_week(date(2026, 11, 29)) == Period(date(2026, 11, 16), date(2026, 11, 22)), "on a Sunday"


def test_days_that_were_not_whole_are_shown_but_not_compared() -> None:
    week = Period(MONDAY, MONDAY + timedelta(days=6))
    days = [split(day, 100, (80, 100)) for day in week.dates[:5]] + [
        split(day, 100, (40, 100)) for day in week.before.dates
    ]
    report = report_on(week, UTC, by_window(days), has_sales=True)
    assert [pair.is_compared for pair in report.days] == [True] * 5 + [False] * 2
    assert (report.whole.totals["started"], report.whole.now["started"], report.whole.before["started"]) == (500,) * 3
    assert report.whole.changed == {"csat"}
    assert report.teams["Lille"].changed == report.channels["CHAT"].changed == {"csat"}
    assert report.busiest is not None
    assert (report.busiest.at, report.busiest.started) == (report.days[0].window.start + 12 * HOUR, 100)
    shown = report_page(report, NOW, Format(words_in("en"), "UTC"), "EUR")
    assert [card.change for card in shown.cards] == ["no clear change"] * 2 + ["", "▲ 40.0 points", "", ""]
    assert shown.sentences[:2] == [
        "500 conversations were started: no clear change.",
        "CSAT was 80.0\u202f%, of 500 answers: ▲ 40.0 points.",
    ]
    [notice] = shown.notices
    assert notice.startswith("5 days are compared. Left out, ")
    assert notice.endswith(" were not counted as a whole: Sat 14 Nov, Sun 15 Nov")
    assert [line.note for line in shown.days] == [""] * 5 + ["not kept"] * 2
    nothing = report_page(report_on(week, UTC, {}, has_sales=False), NOW, Format(words_in("fr"), "UTC"), "EUR")
    assert not nothing.has_changes
    assert nothing.compared == ""


def test_a_long_period_is_listed_by_weeks_that_add_up_to_it() -> None:
    period = Period(MONDAY - timedelta(days=3), MONDAY - timedelta(days=3) + timedelta(days=DAYS_LISTED))
    report = report_on(period, UTC, by_window(split(day, 3) for day in period.dates), has_sales=True)
    assert [len(unit.days) for unit in report.units] == [3, 7, 7]
    assert sum(unit.totals["started"] for unit in report.units if unit.totals) == report.whole.totals["started"] == 51


def test_a_day_shows_what_was_open_gaps_marks_and_alarms_where_they_were() -> None:
    day = date(2026, 11, 20)
    window = day_on(day, UTC)
    at = {hour: window.start + hour * HOUR for hour in range(24)}
    count = Count(since=0, until=NOW, gaps=((at[10] + 30 * MINUTE, at[10] + 35 * MINUTE),))
    past = past_day(definition(), window, [Day(window.start, count, {})])
    shown: dict[int, ShownCounts] = {at[10]: {"open": 4, "connected": 3, "taking": 2}}
    mark = Mark(board="all", moment=at[10], text="x" * 60, author="Ana", at=NOW, until=NOW)
    document = day_document(past, UTC, NOW, shown, [PlacedMark("a", mark)], has_sales=False)
    began, ended = at[11] + 5 * MINUTE, at[11] + 45 * MINUTE
    alarm = Episode(
        version=1, figure="open", board="all", level="alarm", worst_level="alarm", began=began, since=began, ended=ended
    )
    others = [replace(alarm, worst_level="watch"), replace(alarm, began=at[0] - HOUR, ended=at[0])]
    form = Format(words_in("en"), "UTC")
    page = day_page(document, window, 0, NOW, None, [*others, alarm], form, "EUR")
    assert [row.key for _, row in page.picture.rows] == ["open", "connected", "started", "closed", "csat"]
    assert page.picture.hours[0]["text"] == "10:00", "the first hour with anything in it"
    assert [gap.x for gap in page.picture.gaps] == [6.25]
    [flag] = page.picture.flags
    assert (flag.x, flag.letter, flag.text) == (0.0, "A", "x" * 27 + "…")
    [shown_alarm] = page.alarms
    assert (shown_alarm.begin, shown_alarm.end, shown_alarm.duration) == ("11:05", "11:45", "40 min")
    rows = {row.time: row for row in page.table}
    assert (rows["10:00"].cells["open"], rows["10:00"].letters, rows["10:00"].is_seen) == ("4", "A", True)
    assert (rows["10:15"].cells["open"], rows["10:15"].is_seen) == ("–", False)
    assert [row.time for row in page.table if row.is_in_gap] == ["10:30"]
    assert [hit for hit, _ in page.picture.hits] == [row.id for row in page.table]


@pytest.mark.parametrize(
    ("day", "at_three_then", "at_three"),
    [(date(2026, 3, 29), 12, 8), (date(2026, 4, 5), 8, 12), (date(2026, 10, 25), 12, 16), (date(2026, 11, 1), 16, 12)],
)
def test_the_week_before_is_drawn_by_its_local_times_also_when_clocks_change(
    day: date, at_three_then: int, at_three: int
) -> None:
    """Quarter-hours are told by their numbers since midnight."""
    window, window_then = day_on(day, PARIS), day_on(day - timedelta(days=7), PARIS)
    started = [0.0] * ((window_then.end - window_then.start) // QUARTER)
    started[at_three_then] = 1
    document = day_document(past_day(definition(), window, []), PARIS, NOW, {}, [], has_sales=False)
    then = Compared(document["totals"], window_then, {"started": started})
    picture = day_page(document, window, 0, NOW, then, [], Format(words_in("en"), PARIS.key), "EUR").picture
    [path] = [row.paths["then"] for _, row in picture.rows if row.key == "started"]
    assert picture.hits[0][0] == f"q{at_three}", "the axis begins there"
    assert path.startswith("M0 100V75.0H31.2V100.0")


def totals_of(**counts: int) -> DayTotals:
    """`started=3`, `csat_5=1`, `amount_Onsite=100`."""
    sums = Sums()
    for name, count in counts.items():
        kind, _, sort = name.partition("_")
        sums[kind, int(sort) if sort.isdigit() else sort] = count
    return day_totals(sums, has_sales=True)


def test_a_day_says_by_how_much_it_is_more_or_less_than_the_week_before() -> None:
    """In per cent, in points where it is a share, by the number itself of few; and nothing of what neither had."""
    then = totals_of(
        started=100, closed=12, csat_5=16, csat_1=4, nps_9=5, nps_0=5, sales_Onsite=4, amount_Onsite=4_000_000
    )
    now = totals_of(started=120, closed=9, csat_5=14, csat_1=6, nps_9=10, sales_Onsite=4, amount_Onsite=4_000_000)
    day = day_on(MONDAY, UTC)
    document = day_document(past_day(definition(), day, []), UTC, NOW, {}, [], has_sales=True) | {"totals": now}
    compared = Compared(then, day_on(MONDAY - timedelta(days=7), UTC), {})
    changes = {
        language: {card.key: card.change for card in page.cards}
        for language in ("en", "fr")
        for page in [day_page(document, day, 0, NOW, compared, [], Format(words_in(language), "UTC"), "EUR")]
    }
    assert changes["en"] == {
        "started": "▲ 20\u202f%",
        "closed": "▼ 3",
        "transferred": "",
        "csat": "▼ 10.0 points",
        "nps": "▲ 100.0 points",
        "amount": "no change",
    }
    assert (changes["fr"]["started"], changes["fr"]["csat"]) == ("▲ 20\u202f%", "▼ 10,0 points")


def test_a_days_file_rounds_shares_half_away_from_zero_as_its_page_does() -> None:
    document = day_document(past_day(definition(), day_on(MONDAY, UTC), []), UTC, NOW, {}, [], has_sales=True)
    document["quarters"][0] |= {"responses": 16, "satisfied": 1}
    _, lines = csv_lines(document, Format(words_in("en"), "UTC"))
    assert lines[0][3] == "6.3"


def figures(page: str) -> dict[str, str]:
    """The cards of a page, by their labels."""
    found = re.findall(r'<dt>([^<]+)</dt>\s*<dd class="value"[^>]*>([^<]+)</dd>', page)
    return {unescape(label): unescape(value) for label, value in found}


def file_of(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


async def post_days(site: Site, store: Redis, today: int) -> None:
    """Ten days, each with a conversation more than the one before."""
    await RosterStore(store).replace(Roster({"12": Person("Ana", "Lille"), "13": Person("Ben", "Berlin")}))
    for age in range(10, 0, -1):
        noon = today - age * DAY + 12 * HOUR
        names = [f"c{age}-{number}" for number in range(11 - age)]
        bodies = [pushed(name, 12 + number % 2, noon + number) for number, name in enumerate(names)]
        bodies += [closed(name, [12], noon + QUARTER) for name in names]
        bodies += [answered(names[0], noon + HOUR, customerSatisfaction=4), sold(f"s{age}", 10.5, noon + HOUR)]
        await site.post_all(body for body in bodies if age < 9)
    await site.document()  # by then this process has the roster, too


async def test_pages_files_and_the_api_have_the_same_sums(store: Redis, store_url: str) -> None:
    today = start_of_utc_day(wall_clock())
    noon = today + 12 * HOUR  # in the last hour of today the first day of these freezes, before all of it is posted
    await begin_store(store, today - 8 * DAY - 1)
    async with running(store_url, lambda: noon, TIME_ZONE="UTC") as site:
        await site.log_in()
        await post_days(site, store, today)
        days = [today - age * DAY for age in (3, 2, 1)]
        names = [instant(day)[:10] for day in days]
        documents = [(await site.client.get(f"/api/days/all/{name}")).json() for name in names]
        totals = [each["totals"] for each in documents]
        assert [each["started"] for each in totals] == [8, 9, 10]

        page = (await site.client.get(f"/days/all/{names[2]}?lang=en")).text
        assert figures(page) == {
            "Started": "10",
            "Closed": "10",
            "Transferred": "0",
            "CSAT": "1 of 1",
            "NPS": "–",
            "Sales, €": "10.50",
        }
        assert "3 a week before" in page, "last week's same weekday"
        table = re.findall(r'<th scope="row">([\d:]+)</th>\s*<td[^>]*>(\d+)</td><td[^>]*>(\d+)</td>', page)
        assert sum(int(started) for _, started, _ in table) == 10
        assert {time: (started, over) for time, started, over in table if started != "0" or over != "0"} == {
            "12:00": ("10", "0"),
            "12:15": ("0", "10"),
        }
        lines = file_of((await site.client.get(f"/days/all/{names[2]}.csv?lang=en")).text)
        assert lines[0] == ["All projects", names[2], "UTC"]
        assert lines[1] == ["From", "Started", "Closed", "CSAT", "Answers", "Sales"]
        assert len(lines) == 2 + 96
        for quarter, line in zip(documents[2]["quarters"], lines[2:], strict=True):
            assert line[1:3] == [str(quarter["started"]), str(quarter["closed"])]
            assert (line[4], line[5]) == (str(quarter["responses"]), quarter["amount"])

        period = f"from={names[0]}&to={names[2]}"
        page = (await site.client.get(f"/days/all?{period}&lang=en")).text
        assert figures(page)["Started"] == str(sum(each["started"] for each in totals)) == "27"
        assert figures(page)["Sales, €"] == "31.50"
        lines = file_of((await site.client.get(f"/days/all.csv?{period}&lang=fr")).text, ";")
        assert [line[:3] for line in lines[2:5]] == [
            ["jour", name, str(each["started"])] for name, each in zip(names, totals, strict=True)
        ]
        assert lines[4][8] == "10,50", "as a spreadsheet in France reads it"
        assert {line[1]: int(line[2]) for line in lines if line[0] == "équipe"} == {"Lille": 14, "Berlin": 13}
        assert {line[1]: int(line[2]) for line in lines if line[0] == "canal"} == {"Chat": 27}
        (chat,) = (line for line in lines if line[0] == "canal")
        assert {chat[place] for place, head in enumerate(lines[1]) if head.startswith("Ventes")} == {""}

        await check_addresses(site, names[2])
        await check_words_of_what_is_missing(site, store, today)


async def check_addresses(site: Site, day: str) -> None:
    async def get(path: str) -> tuple[int, str]:
        response = await site.client.get(path)
        return response.status_code, response.headers.get("location", "")

    usual = (await site.client.get("/days/all")).text
    assert f'action="/days/all/{day}#marks"' in usual, "yesterday, while nothing began today"
    assert await get(f"/days?board=all&date={day}") == (303, f"/days/all/{day}")
    assert await get("/days?board=all&from=2026-11-01&to=2026-11-02&x=1") == (
        303,
        "/days/all?from=2026-11-01&to=2026-11-02",
    )
    assert (await get("/days/all?week=last"))[0] == (await get("/days/all?week=2026-W48"))[0] == 200
    for path in (
        "week=2026-W60",
        "week=next",
        "from=2026-11-02&to=2026-11-01",
        "from=2026-01-01&to=2026-12-31",
        "from=x",
    ):
        assert (await get(f"/days/all?{path}"))[0] == 400, path
    assert (await get("/days/all/2020-01-01"))[0] == (await get("/days/all/2020-01-01.csv"))[0] == 404
    assert (await get("/days/all/2026-02-30"))[0] == 400
    assert (await get(f"/days/none/{day}"))[0] == (await get("/days/none?week=last"))[0] == 404
    for wrong in ("2026-02-30", "9999-12-31"):
        refused = await site.client.get(f"/api/days/all/{wrong}", headers=BEARER)
        allowed = "2000-01-01 to 2099-12-31"
        assert (refused.status_code, refused.json()["field"], refused.json()["allowed"]) == (400, "date", allowed)
        assert refused.json()["detail"] == f"'{wrong}' is no date from 2000-01-01 to 2099-12-31: write it like those."
    unknown = await site.client.get(f"/api/days/none/{day}", headers=BEARER)
    assert unknown.status_code == 404
    assert "boards: all" in unknown.json()["detail"]


async def check_words_of_what_is_missing(site: Site, store: Redis, today: int) -> None:
    yesterday = instant(today - DAY)[:10]
    await store.hset(keys.META, "since", str(today - DAY + 10 * HOUR + 32 * MINUTE))
    page = (await site.client.get(f"/days/all/{yesterday}?lang=en")).text
    assert "Counting began at 10:32: what came before is missing." in page
    french = (await site.client.get(f"/days/all/{instant(today)[:10]}?lang=fr")).text
    assert "la journée n’est pas terminée" in french


def hidden_fields(page: str) -> dict[str, str]:
    """Those of the only mark on a page."""
    return dict(re.findall(r'<input type="hidden" name="(id|version)" value="([^"]+)"', page))


async def test_a_mark_is_made_changed_and_removed_on_its_day(store: Redis, store_url: str) -> None:
    today = start_of_utc_day(wall_clock())
    day = instant(today - DAY)[:10]
    await begin_store(store, today - 2 * DAY)
    async with running(store_url, TIME_ZONE="UTC") as site:
        await site.log_in()
        await site.post_all([pushed("c", 12, today - DAY + 12 * HOUR)])

        async def send(**fields: str) -> tuple[int, str]:
            response = await site.client.post(f"/days/all/{day}?lang=en", data=fields)
            return response.status_code, response.text

        async def page() -> str:
            return (await site.client.get(f"/days/all/{day}?lang=en")).text

        assert (await send(action="add", time="10:00", text="<mailing>"))[0] == 303
        assert "&lt;mailing&gt;" in await page()
        status, text = await send(action="add", time="25:00", text="")
        assert status == 422
        assert "write one like 10:00" in text
        assert (await send(action="add", time="11:00", text=""))[0] == 422
        known = hidden_fields(await page())
        assert (await send(action="change", time="10:15", text="second mailing", **known))[0] == 303
        status, text = await send(action="remove", **known)
        assert status == 422
        assert "changed or removed this mark meanwhile" in text
        assert "second mailing" in text
        assert (await send(action="remove", **hidden_fields(text)))[0] == 303
        assert "second mailing" not in await page()


async def test_the_hour_that_clocks_show_twice_is_told_apart(store: Redis, store_url: str) -> None:
    begin = 1_792_879_200_000  # 25 October 2026 in Paris
    async with running(store_url, TIME_ZONE="Europe/Paris", HISTORY_DAYS=FOR_YEARS) as site:
        await site.log_in()
        for day in (begin - 22 * HOUR, begin + 2 * HOUR):
            await put_imported(store, day, 1)
        lines = file_of((await site.client.get("/days/all/2026-10-25.csv?lang=en")).text)
        times = [line[0] for line in lines[2:]]
        assert len(set(times)) == len(times) == 100
        assert times[8] == "2026-10-25 02:00 +02:00"
        assert times[11:13] == ["2026-10-25 02:45 +02:00", "2026-10-25 02:00 +01:00"]
        assert times[7] == "2026-10-25 01:45"
        page = (await site.client.get("/days/all/2026-10-25?lang=en")).text
        assert '<th scope="row">02:15 +01:00</th>' in page

        said = {"text": "mailing", "at": "2026-10-25T01:30:20Z"}
        assert (await site.client.post("/api/marks", json=said, headers=BEARER)).status_code == 201
        page = (await site.client.get("/days/all/2026-10-25?lang=en")).text
        form = {"action": "change", "time": "02:30", "text": "second mailing", **hidden_fields(page)}
        assert (await site.client.post("/days/all/2026-10-25", data=form)).status_code == 303
        (mark,) = (await site.client.get("/api/days/all/2026-10-25")).json()["marks"]
        assert (mark["text"], mark["at"]) == ("second mailing", "2026-10-25T01:30:20.000Z")


@pytest.mark.parametrize(
    ("text", "at"), [("9:30", "09:30:00"), ("10.30", "10:30:00"), ("10h30", "10:30:00"), ("10:30:20", "10:30:20")]
)
async def test_a_time_of_a_mark_is_read_as_people_write_it(store: Redis, store_url: str, text: str, at: str) -> None:
    today = start_of_utc_day(wall_clock())
    day = instant(today - DAY)[:10]
    await begin_store(store, today - 2 * DAY)
    async with running(store_url, TIME_ZONE="UTC") as site:
        await site.log_in()
        await site.post_all([pushed("c", 12, today - DAY + 12 * HOUR)])
        mark = {"action": "add", "text": "mailing", "time": text}
        assert (await site.client.post(f"/days/all/{day}", data=mark)).status_code == 303
        assert (await site.client.post(f"/days/all/{day}", data={**mark, "time": "10:3"})).status_code == 422
        (made,) = (await site.client.get(f"/api/days/all/{day}")).json()["marks"]
        assert made["at"] == f"{day}T{at}.000Z"


async def put_imported(store: Redis, start: int, started: int) -> None:
    """A day on which so many conversations start at 1 o'clock, and as many at 23."""
    sums = {start + hour * HOUR: Sums({STARTED: started}) for hour in (1, 23)}
    day = Day(start, Count(since=start - DAY, until=start + DAY), {Place("ha-335", "1", "CHAT", "Lille"): sums})
    await DayStore(store).put(start, encode_day(day), "imported", 0, is_forced=True)


async def test_a_day_of_another_store_is_read_as_it_was_imported(store: Redis, store_url: str) -> None:
    """A day that lies in two UTC days has the sums of both; one that is imported again, the new ones."""
    starts = [start_of_utc_day(NOW) - age * DAY for age in (30, 29)]
    for start in starts:
        await put_imported(store, start, 1)
    async with running(store_url, TIME_ZONE="Europe/Paris", HISTORY_DAYS=FOR_YEARS) as site:
        await site.log_in()
        name = instant(starts[1])[:10]

        async def started() -> set[str]:
            """By the day's page, by its report, and by programs."""
            document = json.loads((await site.client.get(f"/api/days/all/{name}")).content)
            pages = [await site.client.get(f"/days/all{query}lang=en") for query in (f"/{name}?", f"?from={name}&")]
            return {str(document["totals"]["started"]), *(figures(page.text)["Started"] for page in pages)}

        assert await started() == {"2"}, "from 23:00 of the day before to 22:59"
        await put_imported(store, starts[1], 7)
        assert await started() == {"8"}


async def test_of_days_that_reports_read_no_more_are_kept_than_there_is_room_for(store: Redis) -> None:
    starts = [start_of_utc_day(NOW) - age * DAY for age in (30, 29, 28)]
    for number, start in enumerate(starts, 1):
        await put_imported(store, start, number)
    periods = Periods(await new_aggregator(store, NOW), most=10)  # one has five numbers
    for _ in range(2):
        found = await periods.read(definition(), [Window(start, start + DAY) for start in starts], NOW)
        assert [split.sums[STARTED] for split in found.values()] == [2, 4, 6]
        assert periods.size <= 10
