"""Random floors: lists of distinct events that collide in every way the rules speak of.

An event is one draw of bytes, spent a byte or three a choice: that takes a fraction of the time of a draw for each
member, and a byte is easy to shrink. All zeros are the plainest event there is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.support import bodies
from tests.support.bodies import Body

Option = TypeVar("Option")

SECOND = 1000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
QUARTER = HOUR // 4
FARTHEST_BACK = int(8.9 * DAY)
FARTHEST_AHEAD = 59 * 60 * SECOND

SETTING = st.binary(min_size=5, max_size=5)
EVENT = st.binary(min_size=20, max_size=20)

TENANTS: list[Body] = [
    {},
    {"platform": "HA"},
    {"platform": "sd", "clientId": 1},
    {"platform": "HA", "clientId": "335"},
    {"clientId": 1},
]
OPERATORS = [12, 7, 100, 15253, 1, 2]
CROWD = [*OPERATORS, *range(20, 60)]
PROJECTS: list[int | str] = [1, 2, "2", 1549]
CHANNELS = [
    *("CHAT", "CHAT", "CHAT", "CALL", "VIDEO", "FACEBOOK", "FACEBOOK_BUSINESS_ON_MESSENGER", "MOBILE_APP", "SMS"),
    *("chat", "Sms", "MOBILE\\_APP", "facebook\\_business\\_on\\_messenger", "WhatsApp", "WHATS\\APP"),
]
AVAILABILITY_CHANNELS = ["CHAT", "CALL", "chat", "THIRD\\_PARTY", "VIDEO", "Carrier Pigeon"]
CONVERSATIONS = [
    "2d90a8a2-16df-45f5-897e-31adf9aa165d",
    "4c8c7408-f73c-42cd-89e9-afbbee7d9024",
    "2d90a8a2-16df-45f5-897e-31adf9aa165e",
    *(f"0f0bb3af-5035-4ba3-b3fb-ff4879a3a7{number:02x}" for number in range(5)),
]
TRANSACTIONS = ["1d94c3e8-8cbe-4e46-933d-0433ec339f79", "order-1", "order-10", "Order-1"]
AMOUNTS = [10, 300.2, 300.20000000000005, -300.2, 0.1, 0, 0.00005, 0.00015, -0.00005, 12.3456, 999999999.9999, -7.5]
SOURCES = ["Onsite", "Offsite", "onsite", "Sur site é"]
COMMENTS = ["It was very helpful", "", "é\U0001f600" * 1100, "x" * 2001, " "]
ZONES_AHEAD_OF_UTC = [timedelta(hours=hours) for hours in (0, 1, 2, 5.5, -8, -7, 5.75)]
ID_PREFIXES = ["A", "a", "Z", "z", "é", "É", "\uff5e", "\U0001f600", "x" * 150, "x" * 151, "-", "_"]

PUSHES = ["pushed"] * 12
KINDS = [
    *("connected", "connected", "connected", "connected", "disconnected", "disconnected", "disconnected"),
    *("visitor_updated", "availability", "availability", "availability", "created", "updated"),
    *(*PUSHES, "closed", "closed", "closed", "closed", "closed", "closed"),
    *("answered", "answered", "answered", "answered", "answered", "sold", "sold", "sold", "deprecated", "unknown"),
]
# A byte small enough means the same in all three, so that an example found in one can shrink into another.
KINDS_OF_A_CROWD = KINDS + ["pushed"] * (256 - len(KINDS))
KINDS_OF_A_RUSH = KINDS + ["connected"] * (256 - len(KINDS))


@dataclass(slots=True)
class Choices:
    """Drawn bytes, spent by the choices made with them; zeros when they are used up."""

    left: bytes

    def below(self, limit: int) -> int:
        width = 1 if limit <= 256 else 3
        spent, self.left = self.left[:width], self.left[width:]
        return int.from_bytes(spent) % limit

    def pick(self, options: Sequence[Option]) -> Option:
        return options[self.below(len(options))]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the events of one floor have in common, and so collide on."""

    now: int
    midnight: int
    kinds: Sequence[str]
    tenants: Sequence[Body]
    operators: Sequence[int]
    conversations: Sequence[str]


def floors(now: int) -> SearchStrategy[list[dict[str, Any]]]:
    """Lists of bodies with an eventId each, from 8.9 days before `now` (ms since 1970) to 59 minutes after it."""
    mixed, crowded = partial(mixed_floor, now), partial(crowded_floor, now)
    return st.one_of(
        st.builds(mixed, SETTING, st.lists(EVENT, min_size=5, max_size=80)),
        st.builds(mixed, SETTING, st.lists(EVENT, min_size=10, max_size=40)),
        st.builds(mixed, SETTING, st.lists(EVENT, min_size=20, max_size=60)),
        st.builds(mixed, SETTING, st.lists(EVENT, min_size=20, max_size=80)),
        st.builds(crowded, SETTING, st.lists(EVENT, min_size=56, max_size=80)),
    )


def mixed_floor(now: int, drawn: bytes, events: list[bytes]) -> list[Body]:
    choices = Choices(drawn)
    setting = Setting(
        now=now,
        midnight=some_midnight(now, choices),
        kinds=KINDS,
        tenants=some_of(TENANTS, choices),
        operators=some_of(OPERATORS, choices),
        conversations=some_of(CONVERSATIONS, choices),
    )
    return events_of(setting, events)


def crowded_floor(now: int, drawn: bytes, events: list[bytes]) -> list[Body]:
    """So much in one conversation, or of one operator, that a record cannot hold it all."""
    choices = Choices(drawn)
    midnight = some_midnight(now, choices)
    kinds, operators = choices.pick([(KINDS_OF_A_CROWD, CROWD), (KINDS_OF_A_RUSH, OPERATORS[:1])])
    setting = Setting(now, midnight, kinds, TENANTS[:1], operators, CONVERSATIONS[:1])
    return events_of(setting, events)


def some_of(pool: Sequence[Option], choices: Choices) -> Sequence[Option]:
    return pool[: len(pool) - choices.below(len(pool))]


def some_midnight(now: int, choices: Choices) -> int:
    ahead = choices.pick(ZONES_AHEAD_OF_UTC) // timedelta(milliseconds=1)
    return (now + ahead) // DAY * DAY - ahead - choices.below(2) * DAY


def events_of(setting: Setting, events: list[bytes]) -> list[Body]:
    return [event_of(setting, index, drawn) for index, drawn in enumerate(events)]


def event_of(setting: Setting, index: int, drawn: bytes) -> Body:
    choices = Choices(drawn)
    build = BUILDERS[choices.pick(setting.kinds)]
    at = moment(setting, choices)
    more: Body = {"eventId": event_id(choices, index), "createdAt": spelled(at, choices)}
    return build(setting, choices, at, more | choices.pick(setting.tenants))


def event_id(choices: Choices, index: int) -> str:
    """Unique by its index, and mostly the index has no say in the order."""
    style = choices.below(24)
    if style < len(ID_PREFIXES) and style:
        return f"{ID_PREFIXES[style]}{choices.below(16):x}{index:x}"
    return f"{choices.below(256):02x}6cd3c4-2d16-4a77-97c2-{index:012x}"


def spelled(at: int, choices: Choices) -> str:
    """The spellings of an instant that iAdvize is known to use, and a few that RFC 3339 allows."""
    moment = datetime.fromtimestamp(at // SECOND, UTC)
    fraction = f".{at % SECOND:03d}"
    style = choices.below(8)
    if style == 1 and at % SECOND == 0:
        return moment.astimezone(timezone(timedelta(hours=2))).isoformat()
    if style == 2 and at % SECOND == 0:
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    if style == 3:
        return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z[Etc/UTC]"
    if style == 4:
        return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}999Z"
    if style == 5:
        west = moment.astimezone(timezone(-timedelta(hours=3, minutes=30)))
        return f"{west:%Y-%m-%dT%H:%M:%S}{fraction}-03:30"
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def moment(setting: Setting, choices: Choices) -> int:
    """Between the farthest back and the farthest ahead, with many collisions and many at the edge of something."""
    now, whole = setting.now, setting.now // SECOND * SECOND
    style = choices.below(32)
    if style < 10:
        at = choices.pick(
            [whole - HOUR, whole - 3 * HOUR, setting.midnight, whole - 5 * SECOND, whole - 13 * HOUR, now]
        )
    elif style < 14:
        at = setting.midnight + choices.pick([0, -1, 1, -SECOND, SECOND, (choices.below(7200) - 3600) * SECOND])
    elif style < 18:
        at = (now // QUARTER - choices.below(120)) * QUARTER + choices.pick([0, -1, 1, 0])
    elif style < 25:
        at = whole - choices.below(30 * 3600) * SECOND
    elif style < 28:
        at = now - choices.below(2**24) * 30 * HOUR // 2**24
    elif style == 28:
        at = whole - choices.below(FARTHEST_BACK // SECOND) * SECOND
    elif style == 29:
        at = whole - 2 * DAY + choices.below(48 * 3600) * SECOND
    elif style == 30:
        at = now + choices.below(FARTHEST_AHEAD // SECOND) * choices.pick([SECOND, 1])
    else:
        limits = (4 * HOUR, 12 * HOUR, 14 * HOUR, DAY, 2 * DAY, 8 * DAY)
        at = now - choices.pick(limits) + choices.pick([0, -1, 1])
    return max(now - FARTHEST_BACK, min(now + FARTHEST_AHEAD, at))


def operator(setting: Setting, choices: Choices) -> int | str:
    number = choices.pick(setting.operators)
    return str(number) if choices.below(4) == 3 else number


def of_a_user(kind: str, setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    return bodies.body(kind, at, userId=operator(setting, choices), **more)


def availability(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    user = operator(setting, choices)
    mentions = [
        {"channel": choices.pick(AVAILABILITY_CHANNELS), "status": choices.pick(["AVAILABLE", "UNAVAILABLE"])}
        for _ in range(choices.below(4))
    ]
    return bodies.availability(user, at, availabilities=mentions, **more)


def visitor_updated(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    return bodies.visitor_updated(operator(setting, choices), at, **more)


def pushed(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    conversation = choices.pick(setting.conversations)
    return bodies.pushed(
        conversation, operator(setting, choices), at, choices.pick(CHANNELS), choices.pick(PROJECTS), **more
    )


def closed(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    conversation = choices.pick(setting.conversations)
    named = choices.below(6)
    operators = None if named == 4 else [operator(setting, choices) for _ in range((1, 0, 2, 3, 0, 1)[named])]
    return bodies.closed(conversation, operators, at, choices.pick(CHANNELS), choices.pick(PROJECTS), **more)


def answered(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    conversation = choices.pick(setting.conversations)
    questions = choices.pick([(0,), (1,), (2,), (3,), (0,), (0, 1), (0, 1, 2, 3), (0, 3)])
    answers = [
        ("customerSatisfaction", 1 + choices.below(5)),
        ("netPromoterScore", choices.below(11)),
        ("customQuestion", choices.pick([True, False])),
        ("satisfactionComment", choices.pick(COMMENTS)),
    ]
    chosen: Body = dict(answers[question] for question in questions)
    return bodies.answered(conversation, at, projectId=choices.pick(PROJECTS), **chosen, **more)


def sold(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    return bodies.sold(
        choices.pick(TRANSACTIONS),
        choices.pick(AMOUNTS),
        at,
        choices.pick(SOURCES),
        operator(setting, choices),
        choices.pick(setting.conversations),
        choices.pick(PROJECTS),
        **more,
    )


def deprecated(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    kind = choices.pick(["conversation.started", "conversation.closed", "conversation.transferred"])
    members: Body = {"websiteId": 1, "conversationId": 1 + choices.below(3), "channel": "chat"}
    if kind == "conversation.transferred":
        members["transferredConversationId"] = 1 + choices.below(3)
    visitor = "593de0891b628a50b09835dc6c0e92565329c74baa90e"
    return bodies.body(kind, at, operatorId=operator(setting, choices), visitorId=visitor, **members, **more)


def unknown(setting: Setting, choices: Choices, at: int, more: Body) -> Body:
    kind = choices.pick(["user.deleted", "v2.conversation.snoozed", "V2.CONVERSATION.PUSHED"])
    members: Body = {"userId": operator(setting, choices), "conversationId": choices.pick(setting.conversations)}
    return bodies.body(kind, at, channel="CHAT", projectId=1, operatorId=members["userId"], **members, **more)


BUILDERS: dict[str, Callable[[Setting, Choices, int, Body], Body]] = {
    "connected": partial(of_a_user, "user.connected"),
    "disconnected": partial(of_a_user, "user.disconnected"),
    "created": partial(of_a_user, "user.created"),
    "updated": partial(of_a_user, "user.updated"),
    "availability": availability,
    "visitor_updated": visitor_updated,
    "pushed": pushed,
    "closed": closed,
    "answered": answered,
    "sold": sold,
    "deprecated": deprecated,
    "unknown": unknown,
}
