"""The simulated floor: what happens on it, and that it is the same whenever it is generated."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise, takewhile
from typing import Any

import msgspec
import pytest

from app.clock import DAY, HOUR, QUARTER, SECOND, parse_instant
from app.demo.floor import LONGEST_WAY, Floor, Post, SpeedChange
from app.demo.people import BOT_ID, OPERATORS, roster
from app.receive.validation import decode_event
from app.records import DOCUMENTED_CHANNELS, ROSTER_NAME
from tests.support.assemble import board_of, new_writer, stored_records, take

ZONE = "Europe/Paris"
MIDNIGHT = parse_instant("2026-11-23T00:00:00+01:00")
"""Of a Monday."""
AFTERNOON = parse_instant("2026-11-24T15:00:00+01:00")
SEEDS = (1, 2)

Bodies = list[dict[str, Any]]


def posts(
    seed: int,
    since: int = MIDNIGHT,
    until: int = AFTERNOON,
    speeds: Sequence[SpeedChange] = (SpeedChange(MIDNIGHT, 1),),
) -> list[Post]:
    return list(takewhile(lambda post: post.due <= until, Floor(seed, ZONE).posts(speeds, since)))


def bodies(generated: list[Post]) -> Bodies:
    floor = Floor(1, ZONE)
    return [msgspec.json.decode(floor.body(post)) for post in generated]


@cache
def two_days(seed: int) -> list[Post]:
    """Monday, and Tuesday until the afternoon."""
    return posts(seed)


@cache
def bodies_of_two_days(seed: int) -> Bodies:
    return bodies(two_days(seed))


def of_type(generated: Bodies, event_type: str) -> Bodies:
    return [body for body in generated if body["eventType"] == event_type]


def created(body: dict[str, Any]) -> int:
    return parse_instant(body["createdAt"])


def first_pushes(generated: Bodies) -> dict[str, int]:
    """Return when each conversation began."""
    pushes = sorted(of_type(generated, "v2.conversation.pushed"), key=created, reverse=True)
    return {push["conversationId"]: created(push) for push in pushes}


def test_same_seed_makes_the_same_day() -> None:
    generated = two_days(1)
    assert posts(1) == generated
    later = AFTERNOON - 2 * HOUR
    assert posts(1, later) == [post for post in generated if post.due > later]


def test_another_seed_makes_another_day_with_other_ids() -> None:
    assert {post.id for post in two_days(1)}.isdisjoint(post.id for post in two_days(2))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_body_is_valid_and_every_id_names_one_body(seed: int) -> None:
    floor = Floor(seed, ZONE)
    found: dict[str, bytes] = {}
    for post in two_days(seed):
        body = floor.body(post)
        assert found.setdefault(decode_event(body, post.due).id, body) == body


@pytest.mark.parametrize("seed", SEEDS)
def test_posts_come_in_order_of_arrival_after_their_events(seed: int) -> None:
    generated = two_days(seed)
    assert all(before.due <= after.due for before, after in pairwise(generated))
    assert all(created(body) < post.due for post, body in zip(generated, bodies_of_two_days(seed), strict=True))
    assert all(
        parse_instant(body["sentAt"]) <= post.due + SECOND
        for post, body in zip(generated, bodies_of_two_days(seed), strict=True)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_some_posts_are_duplicate_late_or_out_of_order(seed: int) -> None:
    generated = two_days(seed)
    late = [post for post in generated if post.due - post.event.at > 5 * SECOND]
    overtaken = [1 for before, after in pairwise(generated) if before.event.at > after.event.at]
    assert 0.005 < (len(generated) - len({post.id for post in generated})) / len(generated) < 0.02
    assert 0.01 < len(late) / len(generated) < 0.05
    assert len(overtaken) > 10
    assert max(post.due - post.event.at for post in generated) < LONGEST_WAY


@pytest.mark.parametrize("seed", SEEDS)
def test_arrivals_follow_the_hour_of_day_and_the_day_of_the_week(seed: int) -> None:
    week = [SpeedChange(MIDNIGHT - DAY, 1)]
    began = first_pushes(bodies(posts(seed, MIDNIGHT - DAY, MIDNIGHT + DAY, week)))

    def between(start: int, end: int) -> int:
        return sum(MIDNIGHT + start <= at < MIDNIGHT + end for at in began.values())

    assert 0 < between(HOUR, 5 * HOUR) < between(10 * HOUR, 11 * HOUR) / 2
    assert between(0, DAY) > 700
    assert 100 < between(-DAY, 0) < between(0, DAY) / 2, "on Sunday few come"


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_a_board_shows_happens(seed: int) -> None:
    generated = bodies_of_two_days(seed)
    types = {body["eventType"] for body in generated}
    assert types >= {"user.availability.updated", "visitor.updated", "user.updated"}
    assert {body["channel"] for body in of_type(generated, "v2.conversation.pushed")} == set(DOCUMENTED_CHANNELS)
    clicks = {tuple(body)[-3:][0] for body in of_type(generated, "satisfaction.answered")}
    assert clicks == {"customerSatisfaction", "netPromoterScore", "customQuestion", "satisfactionComment"}
    words = {body["satisfactionComment"] for body in generated if "satisfactionComment" in body}
    assert len(words) > 10
    sales = of_type(generated, "transaction.attributed")
    assert {sale["source"] for sale in sales} == {"Onsite", "Offsite"}
    assert any(sale["amount"] < 0 for sale in sales)


@pytest.mark.parametrize("seed", SEEDS)
def test_some_visitors_change_an_answer(seed: int) -> None:
    generated = {body["eventId"]: body for body in bodies_of_two_days(seed)}.values()
    scores: dict[str, set[int]] = {}
    for body in generated:
        if "customerSatisfaction" in body:
            scores.setdefault(body["conversationId"], set()).add(body["customerSatisfaction"])
    assert 0.03 < sum(len(given) > 1 for given in scores.values()) / len(scores) < 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_some_close_the_tab_without_logging_out(seed: int) -> None:
    generated = bodies_of_two_days(seed)
    monday = [body for body in generated if created(body) < MIDNIGHT + DAY]
    came = {body["userId"]: created(body) for body in sorted(of_type(monday, "user.connected"), key=created)}
    left = {body["userId"]: created(body) for body in sorted(of_type(generated, "user.disconnected"), key=created)}
    stayed = [id_ for id_, at in came.items() if left.get(id_, 0) < at]
    assert 0 < len(stayed) < 10


@pytest.mark.parametrize("seed", SEEDS)
def test_some_conversations_are_transferred_and_some_never_close(seed: int) -> None:
    generated = bodies_of_two_days(seed)
    operators: dict[str, set[int]] = {}
    for push in of_type(generated, "v2.conversation.pushed"):
        operators.setdefault(push["conversationId"], set()).add(push["operatorId"])
    by_bot = [taken for taken in operators.values() if BOT_ID in taken]
    assert any(len(taken) == 1 for taken in by_bot)
    assert any(len(taken) > 1 for taken in by_bot)
    assert any(len(taken) > 1 for taken in operators.values() if BOT_ID not in taken)
    closed = {body["conversationId"] for body in of_type(generated, "v2.conversation.closed")}
    yesterday = [id_ for id_, at in first_pushes(generated).items() if at < MIDNIGHT + DAY]
    assert 0 < len([id_ for id_ in yesterday if id_ not in closed]) < 30


@pytest.mark.parametrize("seed", SEEDS)
def test_every_operator_is_on_the_roster(seed: int) -> None:
    people = roster()
    generated = bodies_of_two_days(seed)
    named = {str(body[name]) for body in generated for name in ("userId", "operatorId") if name in body}
    assert named <= people.people.keys()
    assert 35 <= len(OPERATORS) <= 45


async def test_afternoon_figures_are_plausible(store: Any) -> None:
    await take(new_writer(store, lambda: AFTERNOON), bodies_of_two_days(1), AFTERNOON)
    records = await stored_records(store)
    document = board_of({**records, ROSTER_NAME: roster()}, ZONE).document(AFTERNOON).document
    operators, conversations = document["operators"], document["conversations"]
    assert 25 <= operators["connected"] <= 35
    assert 1 <= operators["unverified"] <= 8
    assert operators["bots"] == 1
    assert 20 <= conversations["open"] <= 60
    assert conversations["unverified"] <= 8
    assert 76 <= document["satisfaction"]["csat"]["score"] <= 92
    assert 15 <= document["satisfaction"]["nps"]["score"] <= 58
    assert 1_500 <= float(document["sales"]["amount"]) <= 9_999
    assert 50 < document["yesterday"]["csat"]["responses"] < 250


def test_pace_changes_conversations_but_not_shifts() -> None:
    begun = AFTERNOON - HOUR
    slow, quick = (posts(1, begun, speeds=[SpeedChange(begun, pace)]) for pace in (1, 10))
    ids = [set(first_pushes(bodies(generated))) for generated in (slow, quick)]
    assert 6 < len(ids[1]) / len(ids[0]) < 14
    assert ids[0].isdisjoint(ids[1])
    shifts = [[post for post in generated if post.event.type == "user.connected"] for generated in (slow, quick)]
    assert shifts[0] == shifts[1]


def test_conversations_keep_the_pace_they_began_at() -> None:
    change = AFTERNOON - HOUR + QUARTER // 2
    slow = posts(1, AFTERNOON - 2 * HOUR)
    generated = posts(1, AFTERNOON - 2 * HOUR, speeds=[SpeedChange(MIDNIGHT, 1), SpeedChange(change, 10)])
    assert [post for post in generated if post.due <= change] == [post for post in slow if post.due <= change]
    counts = Counter(post.id for post in generated)
    begun_before = {id_ for id_, at in first_pushes(bodies(slow)).items() if at < change}
    for post in slow:
        if post.event.members.get("conversationId") in begun_before:
            assert post.id in counts
