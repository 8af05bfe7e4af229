"""Conversations: how many begin in each hour, who takes them, how long they last and what follows."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from app.clock import HOUR, MINUTE, QUARTER, SECOND
from app.demo.event import DemoEvent, Members, Story, id_of
from app.demo.people import BOT_ID, OPERATORS, Operator
from app.demo.shifts import ShiftPlan
from app.demo.surveys import answers, sales
from app.records import ONSITE

ARRIVALS = (4, 3, 2, 2, 2, 4, 9, 24, 48, 72, 86, 88, 74, 76, 86, 88, 84, 76, 62, 52, 40, 28, 16, 8)
"""Conversations an hour, by hour of day."""
DAYS = (1.12, 1.0, 1.0, 0.98, 1.0, 0.6, 0.35)
"""Factor of each weekday, from Monday to Sunday."""

CHANNELS = {
    "CHAT": 54,
    "CALL": 15,
    "VIDEO": 3,
    "FACEBOOK": 4,
    "FACEBOOK_BUSINESS_ON_MESSENGER": 9,
    "MOBILE_APP": 8,
    "SMS": 7,
}
MEDIAN_MINUTES = {"CHAT": 8.0, "CALL": 5.0, "VIDEO": 11.0}
MEDIAN_MINUTES_OFFSITE = 36.0
LONGEST_ONSITE, LONGEST_OFFSITE = 90 * MINUTE, 60 * HOUR
MOST_CONTACTS = 4

BOT_FIRST, BOT_ALONE = 0.3, 0.45
TRANSFERRED, COMES_BACK, OTHER_TAKER, VISITOR_UPDATED = 0.09, 0.3, 0.15, 0.25
NEVER_CLOSED, NEVER_CLOSED_OFFSITE = 0.003, 0.012


class Conversation(msgspec.Struct, frozen=True):
    """Members that the bodies of all its events share."""

    id: str
    visitor: str
    channel: str
    project: int

    @property
    def members(self) -> Members:
        return {
            "projectId": self.project,
            "conversationId": self.id,
            "channel": self.channel,
            "visitorId": self.visitor,
        }


def conversations(seed: int, zone: ZoneInfo, plan: ShiftPlan, quarter: int, pace: int) -> Iterator[tuple[int, Story]]:
    """Yield the conversations that begin in a UTC quarter-hour, each with its start.

    At pace 2 twice as many begin and each takes half as long, so as many are open.
    """
    key = f"conversation {seed} {zone.key} {quarter} {pace}"
    chance = Random(key)
    local = datetime.fromtimestamp(quarter // SECOND, zone)
    hourly = ARRIVALS[local.hour] * DAYS[local.weekday()] * pace
    at, number = quarter + chance.expovariate(hourly / HOUR), 0
    while at < quarter + QUARTER:
        own_key = f"{key} {number}"
        yield int(at), Story(own_key, list(_life(own_key, chance, plan, int(at), pace)))
        at, number = at + chance.expovariate(hourly / HOUR), number + 1


def _life(key: str, chance: Random, plan: ShiftPlan, at: int, pace: int) -> Iterator[DemoEvent]:
    channel = chance.choices(tuple(CHANNELS), tuple(CHANNELS.values()))[0]
    project = chance.choice(OPERATORS).project
    conversation = Conversation(str(id_of(key)), str(id_of(key, "visitor")), channel, project)
    if channel in ONSITE:
        return _onsite(chance, plan, conversation, at, pace)
    return _offsite(chance, plan, conversation, at, pace)


def _onsite(chance: Random, plan: ShiftPlan, conversation: Conversation, at: int, pace: int) -> Iterator[DemoEvent]:
    involved: list[int] = []
    if conversation.channel == "CHAT" and (chance.random() < BOT_FIRST or not plan.at_desk(at, "CHAT")):
        yield _pushed(at, conversation, BOT_ID)
        involved.append(BOT_ID)
        spoken = int(chance.uniform(40 * SECOND, 150 * SECOND)) // pace
        if chance.random() < BOT_ALONE or not plan.at_desk(at + spoken, "CHAT"):
            closed_at = at + spoken + 5 * MINUTE // pace  # a bot's conversation closes after 5 silent minutes
            yield _closed(closed_at, conversation, involved)
            yield from answers(chance, closed_at, conversation.members, pace)
            return
        at += spoken
    end = at + _duration(chance, MEDIAN_MINUTES[conversation.channel], 0.6, LONGEST_ONSITE) // pace
    operator = _taker(chance, plan, conversation.channel, at, end)
    if operator is None:
        return  # unanswered
    yield _pushed(at, conversation, operator.id)
    involved.append(operator.id)
    if chance.random() < TRANSFERRED:
        transferred_at = at + int((end - at) * chance.uniform(0.2, 0.6))
        other = _taker(chance, plan, conversation.channel, transferred_at, end)
        if other is not None and other.id != operator.id:
            yield _pushed(transferred_at, conversation, other.id)
            involved.append(other.id)
    yield from _follow_up(chance, conversation, at, end, involved, pace, NEVER_CLOSED)


def _offsite(chance: Random, plan: ShiftPlan, conversation: Conversation, at: int, pace: int) -> Iterator[DemoEvent]:
    """Pushed again whenever the visitor writes again: to the same operator if present, else to another."""
    end = at + _duration(chance, MEDIAN_MINUTES_OFFSITE, 1.2, LONGEST_OFFSITE) // pace
    contacts = 1
    while contacts < MOST_CONTACTS and chance.random() < COMES_BACK:
        contacts += 1
    involved: list[int] = []
    operator = None
    for pushed_at in (at, *sorted(chance.randrange(at, end) for _ in range(contacts - 1))):
        if operator is None or chance.random() < OTHER_TAKER or operator not in plan.at_desk(pushed_at, "THIRD_PARTY"):
            operator = _taker(chance, plan, "THIRD_PARTY", pushed_at, pushed_at)
        if operator is not None:
            yield _pushed(pushed_at, conversation, operator.id)
            involved = [id_ for id_ in involved if id_ != operator.id] + [operator.id]
    if involved:
        closer = _taker(chance, plan, "THIRD_PARTY", end, end)
        involved += [closer.id] if closer is not None and closer.id not in involved else []
        yield from _follow_up(chance, conversation, at, end, involved, pace, NEVER_CLOSED_OFFSITE)


def _follow_up(
    chance: Random, conversation: Conversation, at: int, end: int, involved: list[int], pace: int, never: float
) -> Iterator[DemoEvent]:
    operator = involved[-1]
    if chance.random() < VISITOR_UPDATED:
        visitor = f"{conversation.visitor.replace('-', '')}{operator:013d}"  # 45 characters, as in old ids
        members = {"operatorId": operator, "visitorId": visitor}
        yield DemoEvent(chance.randrange(at, end), "visitor.updated", members)
    if chance.random() < never:
        return
    yield _closed(end, conversation, involved)
    yield from chain(
        answers(chance, end, conversation.members, pace),
        sales(chance, at, end, conversation.members, operator, pace),
    )


def _taker(chance: Random, plan: ShiftPlan, channel: str, at: int, end: int) -> Operator | None:
    """Prefer an operator who is there until the end."""
    there = plan.at_desk(at, channel, end) or plan.at_desk(at, channel)
    return chance.choice(there) if there else None


def _duration(chance: Random, median_minutes: float, spread: float, longest: int) -> int:
    return int(min(longest, max(30 * SECOND, median_minutes * MINUTE * chance.lognormvariate(0, spread))))


def _pushed(at: int, conversation: Conversation, operator: int) -> DemoEvent:
    return DemoEvent(at, "v2.conversation.pushed", {**conversation.members, "operatorId": operator})


def _closed(at: int, conversation: Conversation, involved: list[int]) -> DemoEvent:
    return DemoEvent(at, "v2.conversation.closed", {**conversation.members, "operatorIds": list(involved)})
