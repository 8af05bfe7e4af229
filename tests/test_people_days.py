"""When operators were there: kept as a union of events, in any order, and never longer than PEOPLE_DAYS."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.bounds import CHANNELS, SIGNS
from app.clock import DAY, HOUR, MINUTE, QUARTER, SECOND, wall_clock
from app.days.aggregator import Aggregator
from app.days.day import decode_day
from app.days.store import DayStore, date_of
from app.merge.post_store import PostStore
from app.merge.spool import Spool
from app.merge.writer import Writer
from app.mirror.mirror import Mirror
from app.mirror.snapshot import begin_store
from app.people_days.day import people_day
from app.people_days.evidence import Evidence, Kind
from app.people_days.spans import Span, State, spans_of
from app.people_days.store import PeopleStore
from app.records import BoardConfig, Person, Roster
from app.records import Kind as RosterKind
from app.roster.store import RosterStore
from app.store import keys
from app.store.client import connect
from app.tally import Window
from app.view.format import format_in
from app.view.people_page import people_page
from tests.support import model
from tests.support.assemble import LIMITS, NOW, definition, new_writer, take
from tests.support.bodies import (
    answered,
    availability,
    closed,
    connected,
    disconnected,
    pushed,
    sold,
    visitor_updated,
)
from tests.support.floors import floors
from tests.support.server import eventually, running
from tests.test_law import law

TODAY = NOW - NOW % DAY
PEOPLE_DAYS = 9


async def stored(store: Redis) -> dict[bytes, Mapping[bytes, bytes]]:
    """Everything that the store has of presence."""
    found: dict[bytes, Any] = {}
    async for key in store.scan_iter(f"{keys.PRESENCE}*", count=1000):
        found[key] = await store.hgetall(key)
    async for key in store.scan_iter(f"{keys.PRESENT}*", count=1000):
        found[key] = dict.fromkeys(await store.zrange(key, 0, -1), b"")
    return found


async def read(store: Redis, now: int = NOW) -> dict[str, list[Evidence]]:
    days = range(TODAY - 9 * DAY, TODAY + 2 * DAY, DAY)
    return await PeopleStore(store, PEOPLE_DAYS).read(days, now)


# The naive model: all events are looked at for each question.


def expected_evidence(events: Iterable[Mapping[str, Any]], now: int) -> dict[str, list[Evidence]]:
    history = model.grouped(model.remembered(events, now), model.operator_taking_in)
    found = {}
    for operator, record in history.items():
        record = [event for event in record if event.at - event.at % DAY + PEOPLE_DAYS * DAY > now]
        days = {event.at // DAY for event in record}
        evidence = [each for day in days for each in of_a_day([event for event in record if event.at // DAY == day])]
        if evidence:
            found[operator] = sorted(evidence)
    return found


def of_a_day(record: model.History) -> list[Evidence]:
    signs = {
        Evidence(event.at, "connect" if event.type == model.CONNECTED else "disconnect")
        for event in record
        if event.type in (model.CONNECTED, model.DISCONNECTED)
    }
    found = sorted(signs)[-SIGNS:]
    signals: dict[tuple[int, Kind, str], set[int]] = {}
    told = [(event, model.statuses(event)) for event in record if event.type == model.AVAILABILITY]
    channels = sorted({channel for _, statuses in told for channel in statuses}, key=str.encode)[:CHANNELS]
    for event in record:
        kind = kind_of(event)
        if kind is not None:
            signals.setdefault((event.at // QUARTER, kind, ""), set()).add(event.at)
    for event, statuses in told:
        for channel in statuses.keys() & set(channels):
            state: Kind = "available" if statuses[channel] else "unavailable"
            signals.setdefault((event.at // QUARTER, state, channel), set()).add(event.at)
    for (_, kind, channel), instants in signals.items():
        found += [Evidence(at, kind, channel) for at in {min(instants), max(instants)}]
    return found


def kind_of(event: model.Event) -> Kind | None:
    if model.is_presence(event):
        return "act"
    return {model.CLOSED: "close", model.PUSHED: "push"}.get(event.type)  # type: ignore[return-value]


def expected_state(evidence: Iterable[Evidence], now: int) -> State:
    def newest(*kinds: Kind) -> tuple[int, int]:
        keys_ = [key_of(each) for each in evidence if each.at <= now and each.kind in kinds]
        return max(keys_, default=(-DAY, 0))

    left, act = newest("disconnect"), newest("connect", "act", "close")
    came = newest("connect", "act", "push")
    if came <= left or now >= came[0] + LIMITS.gone_after:
        return State("gone")
    if act <= left or now >= act[0] + LIMITS.unverified_after:
        return State("unverified")
    told = [each for each in evidence if each.channel and each.at <= now and key_of(each) > left]
    last = {each.channel: each for each in sorted(told, key=lambda each: (each.at, each.kind == "available"))}
    return State("connected", any(each.kind == "available" for each in last.values()) if last else None)


def key_of(evidence: Evidence) -> tuple[int, int]:
    return evidence.at, 0 if evidence.kind in ("disconnect", "push") else 1


@law(0.4)
@given(events=floors(NOW), data=st.data())
async def test_any_order_any_repeats_and_any_split_make_the_same_presence(
    store: Redis, store_url: str, events: list[dict[str, Any]], data: st.DataObject
) -> None:
    await store.flushall()
    await take(new_writer(store, lambda: NOW), events)
    in_order = await stored(store)
    await store.flushall()
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=20)) if events else []
    posts = data.draw(st.permutations(events + repeats))
    cut = data.draw(st.integers(0, len(posts)))
    other = connect(store_url)
    await asyncio.gather(
        take(new_writer(store, lambda: NOW), posts[:cut]), take(new_writer(other, lambda: NOW), posts[cut:])
    )
    await other.aclose()
    assert await stored(store) == in_order
    found, expected = await read(store), expected_evidence(events, NOW)
    assert found == expected
    window = Window(TODAY - DAY, TODAY + DAY)
    for evidence in found.values():
        assert_are_the_models(spans_of(evidence, window, [], LIMITS), window, evidence)


def assert_are_the_models(spans: Sequence[Span], window: Window, evidence: Sequence[Evidence]) -> None:
    assert [span.start for span in spans] == [window.start, *(span.end for span in spans[:-1])]
    assert spans[-1].end == window.end
    assert all(before.state != after.state for before, after in pairwise(spans))
    moments = {each.at + later for each in evidence for later in (0, LIMITS.unverified_after, LIMITS.gone_after)}
    for at in {at + shift for at in moments for shift in (-1, 0)} | {*range(*window, HOUR)}:
        if at in window:
            (state,) = [span.state for span in spans if span.start <= at < span.end]
            assert state == expected_state(evidence, at), at


async def evidence_of(store: Redis, *events: Any) -> list[Evidence]:
    await take(new_writer(store, lambda: NOW), events)
    return (await read(store))["ha-335-12"]


async def test_of_an_hour_of_work_the_first_and_last_signs_of_each_quarter_are_kept(store: Redis) -> None:
    nine = TODAY + 9 * HOUR
    evidence = await evidence_of(
        store,
        connected(12, nine),
        *(visitor_updated(12, nine + minute * MINUTE) for minute in range(1, 31)),
        *(pushed("c", 12, nine + minute * MINUTE) for minute in (2, 3, 4)),
        closed("c", [7, 12], nine + 20 * MINUTE),
        disconnected(12, nine + 31 * MINUTE),
    )
    assert [((each.at - nine) // MINUTE, each.kind) for each in evidence] == [
        *((0, "act"), (0, "connect"), (2, "push"), (4, "push"), (14, "act")),
        *((15, "act"), (20, "close"), (29, "act"), (30, "act"), (31, "disconnect")),
    ]


async def test_what_no_one_received_is_not_told_as_presence(store: Redis) -> None:
    nine = TODAY + 9 * HOUR
    evidence = await evidence_of(
        store, connected(12, nine), availability(12, nine + MINUTE, CHAT=True), disconnected(12, nine + HOUR)
    )
    gaps = [(nine + 10 * MINUTE, nine + 20 * MINUTE), (nine + 50 * MINUTE, nine + 90 * MINUTE)]
    spans = spans_of(evidence, Window(nine, nine + 2 * HOUR), gaps, LIMITS)
    assert [(span.state, (span.end - span.start) // MINUTE) for span in spans] == [
        (State("connected"), 1),
        (State("connected", True), 9),
        (State("not receiving"), 10),
        (State("connected", True), 30),
        (State("not receiving"), 40),
        (State("gone"), 30),
    ]


async def test_past_the_bounds_the_newest_signs_and_the_first_channels_stay_in_any_order(store: Redis) -> None:
    signs = [connected(12, TODAY + number * MINUTE) for number in range(SIGNS + 5)]
    channels = [availability(12, TODAY + number, **{f"C{number:02}": True}) for number in range(CHANNELS + 5)]
    for events in (signs + channels, channels[::-1] + signs[::-1]):
        await store.flushall()
        found: list[Evidence] = []
        for i in range(0, len(events), 7):
            found = await evidence_of(store, *events[i : i + 7])
        assert [each.at for each in found if each.kind == "connect"] == [
            TODAY + number * MINUTE for number in range(5, SIGNS + 5)
        ]
        kept = sorted({each.channel for each in found if each.channel})
        assert kept == [f"C{number:02}" for number in range(CHANNELS)]


def writer_for(people_days: int, store: Redis) -> Writer:
    spool = Spool(Path("/dev/null/spool"))
    return Writer(PostStore(store, lambda: NOW, people_life=people_days * DAY), spool, lambda: NOW)


async def test_no_presence_outlives_people_days(store: Redis) -> None:
    """Nor once fewer are set."""
    for people_days in (31, 9):
        await store.flushall()
        events = [connected(12, NOW - age * DAY) for age in range(9)] + [disconnected(7, TODAY - 8 * DAY + MINUTE)]
        await take(writer_for(people_days, store), events)
        names = [key async for key in store.scan_iter(f"{keys.PREFIX}presen*")]
        assert len(names) == 9 + 1 + 9
        for key in names:
            day = int(key.decode().split(":")[2]) * DAY
            assert 0 <= day + people_days * DAY - NOW - await store.pttl(key) < MINUTE
    await take(writer_for(31, store), [connected(12, NOW), connected(12, TODAY - 8 * DAY)])
    await DayStore(store, 9 * DAY).forget_people(TODAY + 2 * DAY)
    days = {int(key.decode().split(":")[2]) async for key in store.scan_iter(f"{keys.PREFIX}presen*")}
    assert min(days) == TODAY // DAY - 6
    assert await read(store, TODAY + 30 * DAY) == {}


OPERATOR = 987_654


async def content_of(store: Redis, key: bytes) -> str:
    """All that a key holds, as text; days unpacked."""
    kind = await store.type(key)
    if kind == b"string":
        value: Any = await store.get(key)
        return str(decode_day(value)) if key.startswith(keys.PEOPLE_SUMS.encode()) else str(value)
    if kind == b"hash":
        fields: Any = await store.hgetall(key)
        is_days = key == keys.DAYS.encode()
        return str([decode_day(value.split(b" ", 2)[2]) for value in fields.values()] if is_days else fields)
    if kind == b"zset":
        return str(await store.zrange(key, 0, -1))
    return str(await store.xrange(key))


async def test_whatever_the_store_knows_of_an_operators_work_ends_with_people_days(store: Redis) -> None:
    """Whatever its key: records, evidence, sums, and what is bounded by its length or trimmed with each post."""
    await begin_store(store, TODAY - DAY)
    at, who = NOW - HOUR, OPERATOR
    await take(
        new_writer(store, lambda: NOW),
        [
            *(connected(who, at), availability(who, at, CHAT=True), pushed("c", who, at), visitor_updated(who, at)),
            *(closed("c", [who], at), sold("s", 5, at, operator=who), disconnected(who, at + MINUTE)),
            answered("c", at, customerSatisfaction=5),
        ],
    )
    mirror = Mirror(store, lambda: NOW)
    await mirror.load()
    await Aggregator(DayStore(store, PEOPLE_DAYS * DAY), mirror).refresh([TODAY])
    knowing = [key async for key in store.scan_iter("*") if str(OPERATOR) in f"{key!r}{await content_of(store, key)}"]
    lives = {key.decode().removeprefix(keys.PREFIX): await store.pttl(key) for key in knowing}
    trimmed = {"changes", "deliveries", "index:operator"}
    assert trimmed <= lives.keys()
    assert f"people-sums:{date_of(TODAY)}" in lives
    assert f"presence:{TODAY // DAY}:ha-335-{OPERATOR}" in lives
    assert {name for name, life in lives.items() if not 0 < life <= PEOPLE_DAYS * DAY} <= trimmed


async def test_a_days_people_are_on_its_page_and_in_files(store: Redis, store_url: str) -> None:
    day = wall_clock() - wall_clock() % DAY - 2 * DAY
    nine = day + 9 * HOUR
    await begin_store(store, day - DAY)
    await RosterStore(store).replace(Roster({"12": Person("Ana M.", "Lille"), "7": Person("Bot", kind=RosterKind.BOT)}))
    async with running(store_url, TIME_ZONE="UTC") as site:
        await site.process.board_records.put("paris", BoardConfig(title="Paris", teams=("Paris",)), "test")
        await site.post_all(
            [
                *(connected(12, nine - 20 * SECOND), availability(12, nine, CHAT=True, CALL=True)),
                disconnected(12, nine + HOUR),
                *(pushed("c", 12, nine), closed("c", [12], nine + MINUTE), connected(7, nine)),
                answered("c", nine + MINUTE, customerSatisfaction=4),
            ]
        )
        await site.log_in()

        async def get(path: str) -> str:
            found = await site.client.get(f"/days/{path}", headers={"Accept": "text/html"})
            assert found.status_code == 200, found.text
            return found.text

        page = await get(f"all/{date_of(day)}?lang=en")
        lane = page[page.index("Ana M.") :]
        assert 'aria-label="09:00 to 10:00: Takes chats"' in lane
        assert "08:59 to 09:00" not in lane, "less than a minute is no line wide"
        assert "<li>08:59 connected</li><li>09:00 takes Call, Chat</li><li>10:00 disconnected</li>" in lane
        people = (await get(f"all/{date_of(day)}/people.csv?lang=en")).splitlines()[2:]
        assert people == [
            "ha-335-12,Ana M.,Lille,08:59,10:00,60,60,0,1,1,100.0,1",
            "ha-335-7,Bot,,09:00,09:00,240,0,600,0,0,,0",
        ]
        coverage = (await get(f"all/{date_of(day)}/coverage.csv?lang=en")).splitlines()[2:]
        assert (len(coverage), coverage[36], coverage[40]) == (96, "09:00,1.0,1.0,0.0", "10:00,0.0,0.0,0.0")
        await eventually(lambda: site.client.get("/days/paris"), lambda found: found.status_code == 200)
        assert "No operator of this board gave a sign" in await get(f"paris/{date_of(day)}?lang=en")
        old = await site.client.get(f"/days/all/{date_of(day - 9 * DAY)}/people.csv")
        assert old.status_code == 404


def test_a_lane_has_no_gap_of_hours_that_are_not_drawn() -> None:
    start = NOW - NOW % DAY
    night, nine = (start + 3 * HOUR, start + 3 * HOUR + 10 * MINUTE), start + 9 * HOUR
    gaps = [night, (nine + 5 * MINUTE, nine + 10 * MINUTE)]
    evidence = {"ha-335-12": [Evidence(nine, "connect"), Evidence(nine + HOUR, "disconnect")]}
    day = people_day(definition(), Window(start, start + DAY), start + DAY, evidence, [], gaps, Roster(), LIMITS)
    (lane,) = people_page(day, format_in("en", "UTC")).lanes
    assert [piece.said for piece in lane.pieces] == [
        "09:00 to 09:05: Connected",
        "09:05 to 09:10: Nothing received",
        "09:10 to 10:00: Connected",
    ]


async def test_a_channel_counts_until_they_disconnect_be_it_days_later(store: Redis, store_url: str) -> None:
    day = wall_clock() - wall_clock() % DAY - DAY
    nine, monday = day + 9 * HOUR, day - 4 * DAY
    async with running(store_url, TIME_ZONE="UTC") as site:
        await site.post_all(
            [
                *(availability(12, monday, CHAT=True), connected(12, nine), disconnected(12, nine + HOUR)),
                *(availability(7, monday, CHAT=True), disconnected(7, monday + HOUR)),
                *(connected(7, nine), disconnected(7, nine + HOUR)),
            ]
        )
        await site.log_in()
        people = await site.client.get(f"/days/all/{date_of(day)}/people.csv?lang=en")
        assert people.text.splitlines()[2:] == [
            "ha-335-12,,,09:00,10:00,60,60,0,0,0,,0",
            "ha-335-7,,,09:00,10:00,60,0,0,0,0,,0",
        ]
