"""The law: any permutation of any multiset of events, split over any number of writers, ends in the same floor."""

import asyncio
import copy
from collections.abc import Mapping
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.board.definition import BoardDefinition
from app.clock import HOUR
from app.mirror.mirror import Mirror
from app.publish.patch import difference
from app.records import (
    BEGINNING_NAME,
    NOT_HERE_KIND,
    ROSTER_NAME,
    Absence,
    Conversation,
    Kind,
    NotHere,
    Person,
    Record,
    Roster,
    operator_key,
    tenant_of,
    thing_of,
)
from app.roster.store import RosterStore
from app.store.client import connect
from tests.support.assemble import (
    NOW,
    assert_same_figures,
    board_of,
    definition,
    figures_of,
    new_boards,
    new_writer,
    publisher_of,
    stored_records,
    take,
    watching,
)
from tests.support.floors import CROWD, floors
from tests.support.model import Narrowing, expected_document, expected_owners, milliseconds
from tests.support.patches import apply_patch

ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata", "America/Los_Angeles")

# Around the changes of the clock in Paris and Los Angeles: the day itself, the day after, the hour that is doubled.
CLOCK_CHANGES = [
    milliseconds(text)
    for text in (
        "2026-03-08T09:50:00Z",
        "2026-03-08T10:20:00Z",
        "2026-03-09T09:40:00Z",
        "2026-03-29T00:59:59Z",
        "2026-03-29T01:10:00Z",
        "2026-03-30T00:35:00Z",
        "2026-10-25T00:20:00Z",
        "2026-10-25T01:20:00Z",
        "2026-10-25T22:50:00Z",
        "2026-10-26T01:50:00Z",
        "2026-11-01T08:20:00Z",
        "2026-11-01T09:20:00Z",
        "2026-11-02T09:50:00Z",
        "2026-10-25T18:29:00Z",
    )
]


def law(share: float = 1) -> settings:
    """Try this share of the examples of the profile: `make chaos` has twenty times those of `make test`."""
    examples = round(share * settings().max_examples)
    return settings(
        max_examples=examples, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    )


TEAMS = ("Lille", "Paris", "")
OPERATORS = [f"{tenant}-{number}" for tenant in ("ha-335", "ha-1", "sd-1") for number in CROWD]
people = st.builds(Person, st.sampled_from(("", "Ana M.")), st.sampled_from(TEAMS), st.sampled_from(Kind))
rosters = st.builds(
    Roster,
    st.dictionaries(st.sampled_from([*OPERATORS, *(key.partition("-")[2] for key in OPERATORS), "12", "7"]), people),
)
absences = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.builds(
        NotHere,
        by=st.just("Ana Leek"),
        reason=st.sampled_from(Absence),
        at=st.integers(NOW - 5 * HOUR, NOW),
        until=st.integers(NOW - 1, NOW + HOUR),
        is_over=st.booleans(),
    ),
)
narrowings = st.builds(
    Narrowing,
    projects=st.frozensets(st.sampled_from((1, 2, 1549)), max_size=2),
    channels=st.frozensets(st.sampled_from(("CHAT", "CALL", "MOBILE_APP", "WHATSAPP", "UNKNOWN")), max_size=2),
    teams=st.frozensets(st.sampled_from(TEAMS), max_size=2),
)


def named(roster: Roster) -> dict[str, dict[str, str]]:
    """A roster as the model has it: each operator under their own key, the most precise entry counting."""
    found = {}
    for key in OPERATORS:
        _, client, number = key.split("-")
        entries = [roster.people[entry] for entry in (key, f"{client}-{number}", number) if entry in roster.people]
        if entries:
            found[key] = {"name": entries[0].name, "team": entries[0].team, "kind": entries[0].kind.value}
    return found


def narrowed(id_: str, narrowing: Narrowing, zone: str = "UTC") -> BoardDefinition:
    projects = map(str, narrowing.projects)
    return definition(id_, projects, channels=narrowing.channels, teams=narrowing.teams, zone=zone)


@law()
@given(events=floors(NOW), data=st.data(), zone=st.sampled_from(ZONES))
async def test_order_repeats_and_writers_change_nothing(
    store: Redis, store_url: str, events: list[dict[str, Any]], data: st.DataObject, zone: str
) -> None:
    await store.flushall()
    await take(new_writer(store, lambda: NOW), events)
    in_order = await stored_records(store)

    await store.flushall()
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=20)) if events else []
    posts = data.draw(st.permutations(events + repeats))
    cut = data.draw(st.integers(0, len(posts)))
    other_store = connect(store_url)
    one, other = new_writer(store, lambda: NOW), new_writer(other_store, lambda: NOW)
    await asyncio.gather(take(one, posts[:cut]), take(other, posts[cut:]))
    await other_store.aclose()
    assert await stored_records(store) == in_order

    document = board_of(in_order, zone).document(NOW).document
    assert_same_figures(document, expected_document(events, now=NOW, zone=zone))
    assert owners_of(in_order) == expected_owners(events, now=NOW)


def owners_of(records: Mapping[str, Record]) -> dict[str, str]:
    owners = {thing_of(name): each.owner for name, each in records.items() if isinstance(each, Conversation)}
    return {thing: operator_key(tenant_of(thing), owner) if owner else "" for thing, owner in owners.items()}


@law(0.5)
@given(events=floors(NOW), roster=rosters, absences=absences, narrowing=narrowings, zone=st.sampled_from(ZONES))
async def test_a_board_counts_what_belongs_to_it_and_nothing_else(
    store: Redis,
    events: list[dict[str, Any]],
    roster: Roster,
    absences: dict[str, NotHere],
    narrowing: Narrowing,
    zone: str,
) -> None:
    await store.flushall()
    await take(new_writer(store, lambda: NOW), events)
    said = {f"{NOT_HERE_KIND}:{operator}": absence for operator, absence in absences.items()}
    records = await stored_records(store) | {ROSTER_NAME: roster} | said
    document = board_of(records, narrowed=narrowed("all", narrowing, zone)).document(NOW).document
    not_here = {operator: msgspec.to_builtins(absence) for operator, absence in absences.items()}
    expected = expected_document(events, now=NOW, zone=zone, roster=named(roster), board=narrowing, not_here=not_here)
    assert_same_figures(document, expected)


@law(0.2)
@given(events=floors(NOW), some=st.lists(rosters, min_size=1, max_size=4), data=st.data())
async def test_boards_follow_every_change_of_roster_and_floor(
    store: Redis, events: list[dict[str, Any]], some: list[Roster], data: st.DataObject
) -> None:
    await store.flushall()
    mirror, boards = new_boards(store)
    await mirror.load()
    chosen = [Narrowing(), *data.draw(st.lists(narrowings, min_size=2, max_size=4))]
    publishers = [await publisher_of(boards, narrowed(f"board-{n}", each)) for n, each in enumerate(chosen)]
    parts = [await publisher_of(boards, definition(f"team-{n}", teams=[team])) for n, team in enumerate(TEAMS)]
    boards.publish()
    steps: list[Roster | list[dict[str, Any]]] = data.draw(st.permutations([*some, *batches(events, 5)]))
    for step in steps:
        if isinstance(step, Roster):
            await RosterStore(store, lambda: NOW).replace(step)
        else:
            await take(new_writer(store, lambda: NOW), step)
        await mirror.catch_up()
        if data.draw(st.booleans()):
            await boards.follow_roster()
        data.draw(st.sampled_from(publishers)).publish()
        assert_add_up(*(dict[str, Any](each.document()) for each in (publishers[0], *parts)))
    await boards.follow_roster()
    last = named(next(step for step in reversed(steps) if isinstance(step, Roster)))
    for publisher, narrowing in zip(publishers, chosen, strict=True):
        expected = expected_document(events, now=NOW, roster=last, board=narrowing)
        expected["board"] |= {"id": publisher.definition.id}
        assert_same_figures(publisher.document(), expected)


def batches(events: list[dict[str, Any]], count: int) -> list[list[dict[str, Any]]]:
    return [events[number::count] for number in range(count)]


@law(0.3)
@given(events=floors(NOW), roster=rosters)
async def test_the_boards_of_all_teams_add_up_to_the_whole(
    store: Redis, events: list[dict[str, Any]], roster: Roster
) -> None:
    await store.flushall()
    await take(new_writer(store, lambda: NOW), events)
    records = await stored_records(store) | {ROSTER_NAME: roster}
    boards = definition(), *(definition(teams=[team]) for team in TEAMS)
    assert_add_up(*(dict[str, Any](board_of(records, narrowed=board).document(NOW).document) for board in boards))


def assert_add_up(whole: Mapping[str, Any], *parts: Mapping[str, Any]) -> None:
    for number in ("open", "unverified", "started", "transferred"):
        assert whole["conversations"][number] == sum(part["conversations"][number] for part in parts)
    for number in ("connected", "unverified", "gone", "taking", "not_taking", "not_here", "bots"):
        assert whole["operators"][number] == sum(part["operators"][number] for part in parts)
    assert whole["sales"]["transactions"] == sum(part["sales"]["transactions"] for part in parts)
    listed = [operator for part in parts for operator in part["operators"]["by_id"]]
    assert sorted(listed) == sorted(whole["operators"]["by_id"])


@law(0.4)
@given(events=floors(NOW), data=st.data())
async def test_a_mirror_that_followed_equals_one_that_looked_midway(
    store: Redis, store_url: str, events: list[dict[str, Any]], data: st.DataObject
) -> None:
    await store.flushall()
    posts = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(posts)))
    writer = new_writer(store, lambda: NOW)
    from_the_start, midway, at_the_end = (Mirror(store, lambda: NOW) for _ in range(3))
    boards = [watching(mirror) for mirror in (from_the_start, midway, at_the_end)]

    await from_the_start.load()
    await take(writer, posts[:cut])
    await midway.load()
    await take(writer, posts[cut:])
    for mirror in (from_the_start, midway):
        await mirror.catch_up()
    await at_the_end.load()

    followed, looked, late = (figures_of(board.document(NOW).document) for board in boards)
    assert followed == looked == late
    for mirror in (from_the_start, midway):
        assert {name: mirror.records[name] for name in at_the_end.records} == {
            **at_the_end.records,
            BEGINNING_NAME: mirror.records[BEGINNING_NAME],
        }


@law(0.5)
@given(now=st.sampled_from(CLOCK_CHANGES), zone=st.sampled_from(ZONES), data=st.data())
async def test_days_of_a_clock_change_are_right_everywhere(
    store: Redis, now: int, zone: str, data: st.DataObject
) -> None:
    await store.flushall()
    events = data.draw(floors(now))
    await take(new_writer(store, lambda: now), events, now)
    document = board_of(await stored_records(store), zone).document(now).document
    assert_same_figures(document, expected_document(events, now=now, zone=zone))
    assert min(document["trend"]["open"]) >= 0


@law(0.4)
@given(events=floors(NOW), steps=st.lists(st.integers(0, 5 * HOUR), min_size=1, max_size=6))
async def test_every_patch_gives_the_next_document_as_events_and_time_come(
    store: Redis, events: list[dict[str, Any]], steps: list[int]
) -> None:
    await store.flushall()
    mirror = Mirror(store, lambda: NOW)
    floor = watching(mirror, "Europe/Paris")
    await mirror.load()
    now, held = NOW, dict[str, Any]()
    for number, step in enumerate(steps):
        await take(new_writer(store, lambda: NOW), events[number :: len(steps)])
        await mirror.catch_up()
        now += step
        document = floor.document(now).document
        before = copy.deepcopy(held)
        patch = difference(held, document)
        assert held == before
        held = apply_patch(held, patch)
        assert held == document
        assert_no_null(document)
        fresh = board_of(mirror.records, "Europe/Paris").document(now).document
        assert figures_of(document) == figures_of(fresh)


def assert_no_null(value: object) -> None:
    assert value is not None
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        assert_no_null(inner)
