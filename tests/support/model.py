"""The floor document worked out the slow way, from the complete list of events: the second opinion tests compare with.

It keeps nothing, sorts everything and knows no records, sums or stores: one short function for each rule.
"""

import math
import statistics
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

CONNECTED = "user.connected"
DISCONNECTED = "user.disconnected"
AVAILABILITY = "user.availability.updated"
VISITOR = "visitor.updated"
PUSHED = "v2.conversation.pushed"
CLOSED = "v2.conversation.closed"
ANSWERED = "satisfaction.answered"
ATTRIBUTED = "transaction.attributed"
OF_A_USER = (CONNECTED, DISCONNECTED, AVAILABILITY, "user.created", "user.updated")
OF_A_CONVERSATION = (PUSHED, CLOSED, ANSWERED)

CSAT = "customerSatisfaction"
NPS = "netPromoterScore"
CUSTOM = "customQuestion"
COMMENT = "satisfactionComment"

ONSITE = ("CHAT", "CALL", "VIDEO")
OFFSITE = ("FACEBOOK", "FACEBOOK_BUSINESS_ON_MESSENGER", "MOBILE_APP", "SMS")
DOCUMENTED = ONSITE + OFFSITE

HOUR = 3_600_000
DAY = 24 * HOUR
QUARTER = HOUR // 4
RETENTION = 9 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PUSHES_KEPT = 50
CONNECTS_KEPT = 50
OLDEST_LISTED = 500
COMMENTS_LISTED = 20
OPERATORS_LISTED = 2_000
CHANNELS_KEPT = 20
CHANNELS_NAMED = 50
SOURCES_NAMED = 100
OTHER = "other"
COMMENT_CHARACTERS = 2000


class Key(NamedTuple):
    """The order of truth: instant, rank, bytes of the eventId."""

    ms: int
    rank: int
    event_id: bytes


@dataclass(frozen=True, slots=True)
class Event:
    key: Key
    type: str
    tenant: str
    body: Mapping[str, Any]

    @property
    def at(self) -> int:
        return self.key.ms

    @property
    def channel(self) -> str:
        return channel_name(self.body["channel"])

    @property
    def operator(self) -> str:
        return self.operator_named(self.body["operatorId"])

    @property
    def operators(self) -> list[str]:
        return [self.operator_named(number) for number in self.body.get("operatorIds") or []]

    @property
    def conversation(self) -> str:
        return f"{self.tenant}-{self.body['conversationId']}"

    def operator_named(self, number: int | str) -> str:
        return f"{self.tenant}-{int(number)}"


# Distinct events, oldest key first.
History = list[Event]
Document = dict[str, Any]


class Span(NamedTuple):
    """From `start`, up to but not including `end`."""

    start: int
    end: int

    def __contains__(self, ms: object) -> bool:
        return isinstance(ms, int) and self.start <= ms < self.end


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What belongs to a board. An empty list lets everything pass."""

    projects: Collection[int] = ()
    channels: Collection[str] = ()
    teams: Collection[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    board: Narrowing
    now: int
    zone: ZoneInfo
    today: Span
    operators: dict[str, History]
    conversations: dict[str, History]
    sales: dict[str, History]
    roster: Mapping[str, Mapping[str, str]]
    unverified_after: int
    gone_after: int
    not_here: Mapping[str, Mapping[str, Any]]

    def age(self, event: Event) -> int:
        return self.now - event.at


def expected_document(
    events: Iterable[Mapping[str, Any]],
    *,
    now: int,
    zone: str = "UTC",
    currency: str = "EUR",
    roster: Mapping[str, Mapping[str, str]] = {},
    unverified_after: int = 14400,
    gone_after: int = 50400,
    board: Narrowing = Narrowing(),
    not_here: Mapping[str, Mapping[str, Any]] = {},
) -> Document:
    """The `floor` document of a board called "all", without `delivery`. `not_here`: what leads said, by operator.

    `now` is in milliseconds since 1970, the two `after` are in seconds. `median_duration_seconds` is the exact median.
    """
    history = remembered(events, now)
    today = day_of(now, ZoneInfo(zone))
    conversations = grouped(history, conversation_taking_in)
    sales = grouped(history, sale_taking_in)
    floor = Floor(
        board=board,
        now=now,
        zone=ZoneInfo(zone),
        today=today,
        operators=grouped(history, operator_taking_in),
        conversations={key: each for key, each in conversations.items() if has_conversation(board, each, roster)},
        sales={key: each for key, each in sales.items() if has_sale(board, each, roster)},
        roster=roster,
        unverified_after=unverified_after * 1000,
        gone_after=gone_after * 1000,
        not_here=not_here,
    )
    document = {
        "board": {
            "id": "all",
            "title": "All projects",
            "time_zone": zone,
            "since": local(today.start, floor.zone).isoformat(),
            "currency": currency,
        }
        | narrowing_part(board),
        "operators": operators_part(floor),
        "teams": teams_part(floor),
        "conversations": conversations_part(floor),
        "satisfaction": satisfaction_part(floor),
        "trend": trend_part(floor),
    }
    if not board.channels:
        document["sales"] = sales_part(floor)
    if adds_anything(floor, span := yesterday_by_the_same_time(floor)):
        document["yesterday"] = yesterday_part(floor, span)
    return document


def expected_owners(events: Iterable[Mapping[str, Any]], *, now: int) -> dict[str, str]:
    """By conversation; empty where it is not known."""
    conversations = grouped(remembered(events, now), conversation_taking_in)
    return {conversation: owner(history) for conversation, history in conversations.items()}


# What belongs to a board


def narrowing_part(board: Narrowing) -> Document:
    lists = {"projects": board.projects, "channels": board.channels, "teams": board.teams}
    return {name: sorted(entries) for name, entries in lists.items() if entries}


def team_of(operator: str, roster: Mapping[str, Mapping[str, str]]) -> str:
    return roster.get(operator, {}).get("team", "")


def has_conversation(board: Narrowing, conversation: History, roster: Mapping[str, Mapping[str, str]]) -> bool:
    """One without an owner is on no board that is narrowed by team."""
    if board.projects and project_of(conversation) not in board.projects:
        return False
    if board.channels and channel_of(conversation) not in board.channels:
        return False
    return not board.teams or bool(owner(conversation) and team_of(owner(conversation), roster) in board.teams)


def has_sale(board: Narrowing, sale: History, roster: Mapping[str, Mapping[str, str]]) -> bool:
    """By the last word on it. Sales name no channel."""
    last = sale[-1]
    if board.channels or (board.projects and int(last.body["projectId"]) not in board.projects):
        return False
    return not board.teams or team_of(last.operator, roster) in board.teams


def has_operator(floor: Floor, operator: str) -> bool:
    if floor.board.teams and team_of(operator, floor.roster) not in floor.board.teams:
        return False
    if not floor.board.projects and not floor.board.channels:
        return True
    yesterday = midnight(local(floor.now, floor.zone).date() - timedelta(days=1), floor.zone)
    everything = floor.conversations.values()
    lately = [push for each in everything for push in pushes(each) if push.at >= yesterday]
    return operator in {push.operator for push in lately} or bool(owned_and_open(floor, operator))


# Events


def remembered(events: Iterable[Mapping[str, Any]], now: int) -> History:
    """The distinct events younger than the retention: so no record made of them is due to be dropped either."""
    distinct = {body["eventId"]: body for body in events}
    young = [event_of(body) for body in distinct.values() if milliseconds(body["createdAt"]) > now - RETENTION]
    return sorted(young, key=lambda event: event.key)


def event_of(body: Mapping[str, Any]) -> Event:
    tenant = f"{body['platform'].lower()}-{int(body['clientId'])}"
    return Event(key_of(body), body["eventType"], tenant, body)


def key_of(body: Mapping[str, Any]) -> Key:
    rank = 0 if body["eventType"] in (DISCONNECTED, PUSHED) else 1
    return Key(milliseconds(body["createdAt"]), rank, body["eventId"].encode())


def milliseconds(text: str) -> int:
    """Since 1970, truncated. Java writes the zone's name after the offset, as in `Z[Etc/UTC]`."""
    return (datetime.fromisoformat(text.partition("[")[0]) - EPOCH) // timedelta(milliseconds=1)


def instant(ms: int) -> str:
    return utc(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def channel_name(text: str) -> str:
    return text.upper().replace("\\", "")


def operator_taking_in(event: Event) -> str | None:
    """A record takes in their own events, the onsite pushes to them, and the closes that name them last."""
    if event.type in OF_A_USER:
        return event.operator_named(event.body["userId"])
    if event.type == VISITOR or (event.type == PUSHED and event.channel in ONSITE):
        return event.operator
    if event.type == CLOSED and event.operators:
        return event.operators[-1]
    return None


def conversation_taking_in(event: Event) -> str | None:
    return event.conversation if event.type in OF_A_CONVERSATION else None


def sale_taking_in(event: Event) -> str | None:
    return f"{event.tenant}-{event.body['transactionId']}" if event.type == ATTRIBUTED else None


def grouped(history: History, record_of: Callable[[Event], str | None]) -> dict[str, History]:
    groups: dict[str, History] = {}
    for event in history:
        record = record_of(event)
        if record is not None:
            groups.setdefault(record, []).append(event)
    return groups


def newest(history: History) -> Event | None:
    return history[-1] if history else None


def is_newer(event: Event | None, other: Event | None) -> bool:
    """An absent one is older than any."""
    return event is not None and (other is None or event.key > other.key)


# Time


def utc(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def local(ms: int, zone: ZoneInfo) -> datetime:
    return utc(ms).astimezone(zone)


def time_of_day(ms: int, zone: ZoneInfo) -> timedelta:
    """What the clock on the wall shows, not what has passed since midnight."""
    return datetime.combine(date.min, local(ms, zone).time()) - datetime.min


def midnight(day: date, zone: ZoneInfo) -> int:
    return (datetime.combine(day, time.min, zone) - EPOCH) // timedelta(milliseconds=1)


def day_of(now: int, zone: ZoneInfo) -> Span:
    day = local(now, zone).date()
    return Span(midnight(day, zone), midnight(day + timedelta(days=1), zone))


def quarters_begun(today: Span, now: int) -> list[Span]:
    return [Span(start, start + QUARTER) for start in range(today.start, now + 1, QUARTER)]


def yesterday_by_the_same_time(floor: Floor) -> Span:
    """Its quarters up to the first one that holds the present local time, or before the first one beyond it."""
    start = end = midnight(local(floor.now, floor.zone).date() - timedelta(days=1), floor.zone)
    present = time_of_day(floor.now, floor.zone)
    while end < floor.today.start:
        begun = time_of_day(end, floor.zone)
        if begun > present:
            break
        end += QUARTER
        if present < begun + timedelta(minutes=15):
            break
    return Span(start, end)


# Figures


def one_decimal(value: Fraction) -> float:
    """Half away from zero. An integer over ten: exact until the last step, and never -0.0."""
    tenths = int(abs(value) * 10 + Fraction(1, 2))
    return (tenths if value > 0 else -tenths) / 10


def ten_thousandths(amount: float | Decimal) -> int:
    return int(Decimal(str(amount)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) * 10_000)


def money(amount: int) -> str:
    """Ten-thousandths with two decimals, or up to four where they are needed."""
    whole, rest = divmod(abs(amount), 10_000)
    decimals = f"{rest:04d}"
    return ("-" if amount < 0 else "") + f"{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def count(moments: Iterable[int], span: Span) -> int:
    return sum(moment in span for moment in moments)


# Operators


def left(record: History) -> Event | None:
    return newest([event for event in record if event.type == DISCONNECTED])


def came(record: History) -> Event | None:
    return newest([event for event in record if is_presence(event) or event.type == PUSHED])


def last_act(record: History) -> Event | None:
    return newest([event for event in record if is_presence(event) or event.type == CLOSED])


def is_presence(event: Event) -> bool:
    if event.type == AVAILABILITY:
        return any(statuses(event).values())
    return event.type in (CONNECTED, VISITOR)


def statuses(event: Event) -> dict[str, bool]:
    """Of a channel that one event names twice, the first mention counts."""
    found: dict[str, bool] = {}
    for mention in event.body["availabilities"]:
        found.setdefault(channel_name(mention["channel"]), mention["status"] == "AVAILABLE")
    return found


def presence(floor: Floor, record: History) -> str:
    came_at, left_at, act = came(record), left(record), last_act(record)
    if came_at is None or not is_newer(came_at, left_at) or floor.age(came_at) >= floor.gone_after:
        return "gone"
    if act is not None and is_newer(act, left_at) and floor.age(act) < floor.unverified_after:
        return "connected"
    return "unverified"


def since(floor: Floor, record: History) -> Event | None:
    if presence(floor, record) != "gone":
        return first_connect(record)
    if not is_newer(came(record), left(record)):
        return left(record)
    return last_act(record) if is_newer(last_act(record), came(record)) else came(record)


def first_connect(record: History) -> Event | None:
    connects = [event for event in record if event.type == CONNECTED and is_newer(event, left(record))]
    kept = connects[-CONNECTS_KEPT:]
    return kept[0] if kept else None


def availability(floor: Floor, record: History) -> dict[str, bool]:
    if presence(floor, record) == "gone":
        return {}
    told: dict[str, tuple[Key, bool]] = {}
    for event in record:
        if event.type == AVAILABILITY and is_newer(event, left(record)):
            told |= {channel: (event.key, status) for channel, status in statuses(event).items()}
    newest_first = sorted(sorted(told), key=lambda channel: told[channel][0], reverse=True)
    return {channel: told[channel][1] for channel in newest_first[:CHANNELS_KEPT]}


def is_bot(floor: Floor, operator: str) -> bool:
    return floor.roster.get(operator, {}).get("kind") == "bot"


def not_here_part(floor: Floor, operator: str, record: History) -> Document:
    """It ends at its end, at an act after it was said, and when they are gone."""
    said = floor.not_here.get(operator)
    if (
        said is None
        or said["is_over"]
        or is_bot(floor, operator)
        or presence(floor, record) == "gone"
        or floor.now >= said["until"]
    ):
        return {}
    act = last_act(record)
    if act is not None and act.at > said["at"]:
        return {}
    return {"not_here": {"by": said["by"], "until": instant(said["until"]), "reason": said["reason"]}}


def owned_and_open(floor: Floor, operator: str) -> list[History]:
    return open_by_owner(floor).get(operator, [])


@lru_cache(maxsize=8)
def open_by_owner(floor: Floor) -> dict[str, list[History]]:
    found: dict[str, list[History]] = {}
    for each in open_ones(floor):
        if not is_unverified(floor, each):
            found.setdefault(owner(each), []).append(each)
    return found


@lru_cache(maxsize=8)
def by_involved(floor: Floor) -> dict[str, list[History]]:
    found: dict[str, list[History]] = {}
    for each in floor.conversations.values():
        for operator in involved(each):
            found.setdefault(operator, []).append(each)
    return found


def is_listed(floor: Floor, operator: str, record: History) -> bool:
    lately = [event for event in (left(record), came(record), last_act(record)) if event and floor.age(event) <= DAY]
    return bool(presence(floor, record) != "gone" or owned_and_open(floor, operator) or lately)


def listed_operators(floor: Floor) -> dict[str, History]:
    """Someone known only by off-site pushes has no record, and is listed for what they own."""
    everyone: dict[str, History] = {owner(each): [] for each in open_ones(floor)}
    everyone.update(floor.operators)
    return {
        operator: record
        for operator, record in everyone.items()
        if has_operator(floor, operator) and is_listed(floor, operator, record)
    }


def operators_part(floor: Floor) -> Document:
    listed = listed_operators(floor)
    shown = {operator: presence(floor, record) for operator, record in listed.items()}
    people = [operator for operator in listed if not is_bot(floor, operator)]
    absent = [operator for operator in people if not_here_part(floor, operator, listed[operator])]
    humans = [shown[operator] for operator in people if operator not in absent]
    connected = [operator for operator in people if shown[operator] == "connected" and operator not in absent]
    said = [list(availability(floor, listed[operator]).values()) for operator in connected]
    return {
        "connected": humans.count("connected"),
        "unverified": humans.count("unverified"),
        "gone": humans.count("gone"),
        "taking": len([states for states in said if any(states)]),
        "not_taking": len([states for states in said if states and not any(states)]),
        "not_here": len(absent),
        "bots": sum(shown[operator] != "gone" for operator in listed if is_bot(floor, operator)),
        "available": available_by_channel(floor, listed),
        "by_id": operators_by_id(floor, listed),
    }


def operators_by_id(floor: Floor, listed: dict[str, History]) -> Document:
    """Of too many: who is there first, then who may be, then who left conversations, then the rest."""
    rows = {operator: operator_row(floor, operator, record) for operator, record in sorted(listed.items())}
    ranks = {"connected": 0, "unverified": 1, "gone": 3}
    ranked = sorted(rows, key=lambda operator: ranks[rows[operator]["presence"]] - in_absence(rows[operator]))
    return {operator: rows[operator] for operator in ranked[:OPERATORS_LISTED]}


def in_absence(row: Document) -> bool:
    return row["presence"] == "gone" and bool(row["open"])


def available_by_channel(floor: Floor, listed: dict[str, History]) -> dict[str, int]:
    counts = counted(
        channel
        for operator, record in listed.items()
        if presence(floor, record) == "connected"
        and not is_bot(floor, operator)
        and not not_here_part(floor, operator, record)
        for channel, available in availability(floor, record).items()
        if available
    )
    return channels_named(counts)


def most_of(counts: Mapping[str, int], most: int) -> set[str]:
    """The names of the largest; of equal ones those that come first. All, when they are not too many."""
    if len(counts) <= most:
        return set(counts)
    return set(sorted(counts.keys() - {OTHER}, key=lambda name: (-counts[name], name))[:most])


def named(counts: Mapping[str, int], names: set[str]) -> dict[str, int]:
    rest = sum(count for name, count in counts.items() if name not in names)
    shown = {name: count for name, count in counts.items() if name in names}
    return shown | {OTHER: rest} if rest else shown


def counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts


def operator_row(floor: Floor, operator: str, record: History) -> Document:
    _, client, number = operator.rsplit("-", 2)
    involving = by_involved(floor).get(operator, [])
    row: Document = {
        "id": int(number),
        "client": int(client),
        "kind": "bot" if is_bot(floor, operator) else "human",
        "presence": presence(floor, record),
        "available": availability(floor, record),
        "open": open_of(floor, operator),
        "received": count(received_at(involving, operator), floor.today),
        "closed": count(closed_at(involving), floor.today),
    }
    row.update({member: text for member in ("name", "team") if (text := floor.roster.get(operator, {}).get(member))})
    if event := since(floor, record):
        row["since"] = instant(event.at)
    if event := last_act(record):
        row["last_act"] = {"at": instant(event.at), "event": event.type}
    if scores := answers(involving, CSAT, floor.today):
        row["csat"] = csat_summary(scores)
    return row | not_here_part(floor, operator, record)


def open_of(floor: Floor, operator: str) -> dict[str, int]:
    return channels_named(counted(channel_of(each) for each in owned_and_open(floor, operator)))


# Teams


def teams_part(floor: Floor) -> Document:
    """What this board narrowed to each team would show; a human or a conversation makes a team."""
    teams = floor.board.teams or {"", *(person.get("team", "") for person in floor.roster.values())}
    return {team: entry for team in teams if (entry := team_entry(narrowed_to(floor, team)))}


def narrowed_to(floor: Floor, team: str) -> Floor:
    board = replace(floor.board, teams=[team])
    return replace(
        floor,
        board=board,
        conversations={
            key: each for key, each in floor.conversations.items() if has_conversation(board, each, floor.roster)
        },
    )


def team_entry(floor: Floor) -> Document | None:
    operators, conversations = operators_part(floor), conversations_part(floor)
    humans = [operator for operator in operators["by_id"] if not is_bot(floor, operator)]
    if not humans and not any(conversations[number] for number in ("open", "started", "closed")):
        return None
    entry: Document = {name: operators[name] for name in ("connected", "taking", "not_taking", "unverified")}
    entry |= {name: conversations[name] for name in ("open", "started", "closed")}
    if oldest := conversations["onsite"].get("oldest_open_at"):
        entry["oldest_open_at"] = oldest
    if scores := answers(floor.conversations.values(), CSAT, floor.today):
        entry["csat"] = csat_summary(scores)
    return entry


# Conversations


def pushes(conversation: History) -> History:
    """Those kept: the first and the newest."""
    everyone = [event for event in conversation if event.type == PUSHED]
    return everyone if len(everyone) <= PUSHES_KEPT else everyone[:1] + everyone[1 - PUSHES_KEPT :]


def newest_close(conversation: History) -> Event | None:
    return newest([event for event in conversation if event.type == CLOSED])


def is_open(conversation: History) -> bool:
    return is_newer(newest(pushes(conversation)), newest_close(conversation))


def open_ones(floor: Floor) -> list[History]:
    return [each for each in floor.conversations.values() if is_open(each)]


def owner(conversation: History) -> str:
    """Of the newest push; without one, the last that the newest close names. Empty: not known."""
    if pushes(conversation):
        return pushes(conversation)[-1].operator
    close = newest_close(conversation)
    return close.operators[-1] if close and close.operators else ""


def received_at(conversations: Iterable[History], operator: str) -> list[int]:
    """Each once: when it was pushed to them for the first time, of the pushes kept."""
    own = [[push.at for push in pushes(each) if push.operator == operator] for each in conversations]
    return [moments[0] for moments in own if moments]


def involved(conversation: History) -> set[str]:
    pushed = {event.operator for event in conversation if event.type == PUSHED}
    named = {operator for event in conversation if event.type == CLOSED for operator in event.operators}
    return pushed | named


def channel_of(conversation: History) -> str:
    event = newest(pushes(conversation)) or newest_close(conversation)
    return event.channel if event else "UNKNOWN"


def is_onsite(conversation: History) -> bool:
    return channel_of(conversation) in ONSITE


def transfers(conversation: History) -> History:
    kept = pushes(conversation)
    return [push for before, push in pairwise(kept) if push.operator != before.operator]


def is_unverified(floor: Floor, conversation: History) -> bool:
    limit = 12 * HOUR if is_onsite(conversation) else 8 * DAY
    return floor.age(pushes(conversation)[-1]) > limit


def opened_at(conversation: History) -> int:
    return pushes(conversation)[0].at


def started_at(conversations: Iterable[History]) -> list[int]:
    return [opened_at(each) for each in conversations if pushes(each)]


def closed_at(conversations: Iterable[History]) -> list[int]:
    return [close.at for each in conversations if not is_open(each) and (close := newest_close(each))]


def transferred_at(conversations: Iterable[History]) -> list[int]:
    return [push.at for each in conversations for push in transfers(each)]


def durations(conversations: Iterable[History], span: Span) -> list[float]:
    """Seconds from the first push to the close, of those closed in this span."""
    closed = [each for each in conversations if pushes(each) and count(closed_at([each]), span)]
    return [(closed_at([each])[0] - opened_at(each)) / 1000 for each in closed]


def conversations_part(floor: Floor) -> Document:
    everything = floor.conversations.values()
    certain = [each for each in open_ones(floor) if not is_unverified(floor, each)]
    return {
        "open": len(certain),
        "unverified": len(open_ones(floor)) - len(certain),
        "open_by_channel": open_by_channel(certain),
        "oldest_by_channel": oldest_by_channel(certain),
        "onsite_durations": len(durations([each for each in everything if is_onsite(each)], floor.today)),
        **open_per_taking(len(certain), floor),
        "onsite": side_of_the_floor(floor, [each for each in everything if is_onsite(each)])
        | {"held_by_humans": sum(is_onsite(each) and not is_bot(floor, owner(each)) for each in certain)},
        "offsite": side_of_the_floor(floor, [each for each in everything if not is_onsite(each)]),
        "started": count(started_at(everything), floor.today),
        "closed": count(closed_at(everything), floor.today),
        "transferred": count(transferred_at(everything), floor.today),
        "by_id": conversations_by_id(floor),
    }


def open_by_channel(certain: list[History]) -> dict[str, int]:
    return dict.fromkeys(DOCUMENTED, 0) | channels_named(counted(channel_of(each) for each in certain))


def oldest_by_channel(certain: list[History]) -> Document:
    oldest: dict[str, int] = {}
    for each in certain:
        oldest[channel_of(each)] = min(opened_at(each), oldest.get(channel_of(each), opened_at(each)))
    return {channel: instant(oldest[channel]) for channel in open_by_channel(certain).keys() & oldest.keys()}


def open_per_taking(count: int, floor: Floor) -> Document:
    taking = operators_part(floor)["taking"]
    if count and not taking:
        return {}
    return {"open_per_taking": math.floor(count / taking * 10 + 0.5) / 10 if count else 0}


def channels_named(counts: Mapping[str, int]) -> dict[str, int]:
    others = {name: count for name, count in counts.items() if name not in DOCUMENTED}
    return named(counts, most_of(others, CHANNELS_NAMED).union(DOCUMENTED))


def side_of_the_floor(floor: Floor, conversations: list[History]) -> Document:
    certain = [each for each in conversations if is_open(each) and not is_unverified(floor, each)]
    side: Document = {"open": len(certain)}
    if certain:
        side["oldest_open_at"] = instant(min(opened_at(each) for each in certain))
    if seconds := durations(conversations, floor.today):
        side["median_duration_seconds"] = statistics.median(seconds)
    return side


def conversations_by_id(floor: Floor) -> Document:
    oldest_first = sorted(open_ones(floor), key=lambda each: pushes(each)[0].key)
    return {each[0].conversation: conversation_row(floor, each) for each in oldest_first[:OLDEST_LISTED]}


def conversation_row(floor: Floor, conversation: History) -> Document:
    row: Document = {
        "channel": channel_of(conversation),
        "project": int(pushes(conversation)[-1].body["projectId"]),
        "operator": owner(conversation),
        "opened_at": instant(opened_at(conversation)),
        "transfers": len(transfers(conversation)),
    }
    if is_unverified(floor, conversation):
        row["unverified"] = True
    return row


# Satisfaction


def last_answer(conversation: History, question: str) -> Event | None:
    return newest([event for event in conversation if is_answer(event, question)])


def is_answer(event: Event, question: str) -> bool:
    return event.type == ANSWERED and event.body.get(question) is not None


def last_answers(conversations: Iterable[History], question: str, span: Span) -> History:
    found = [answer for each in conversations if (answer := last_answer(each, question)) and answer.at in span]
    return sorted(found, key=lambda event: event.key)


def answers(conversations: Iterable[History], question: str, span: Span) -> list[Any]:
    return [event.body[question] for event in last_answers(conversations, question, span)]


def satisfaction_part(floor: Floor) -> Document:
    everything = list(floor.conversations.values())
    custom = answers(everything, CUSTOM, floor.today)
    return {
        "csat": csat(answers(everything, CSAT, floor.today)),
        "nps": nps(answers(everything, NPS, floor.today)),
        "custom_question": {"yes": custom.count(True), "no": custom.count(False)},
        "comments": comments(everything, floor.today),
    }


def csat(scores: Sequence[int]) -> Document:
    part = csat_summary(scores) | {"histogram": {str(score): scores.count(score) for score in range(1, 6)}}
    if scores:
        part["average"] = one_decimal(Fraction(sum(scores), len(scores)))
    return part


def csat_summary(scores: Sequence[int]) -> Document:
    satisfied = sum(score >= 4 for score in scores)
    summary: Document = {"responses": len(scores), "satisfied": satisfied}
    if scores:
        summary["score"] = one_decimal(Fraction(100 * satisfied, len(scores)))
    return summary


def nps(scores: Sequence[int]) -> Document:
    promoters = sum(score >= 9 for score in scores)
    detractors = sum(score <= 6 for score in scores)
    part: Document = {
        "responses": len(scores),
        "promoters": promoters,
        "passives": len(scores) - promoters - detractors,
        "detractors": detractors,
    }
    if scores:
        part["score"] = one_decimal(Fraction(100 * (promoters - detractors), len(scores)))
    return part


def comments(conversations: Iterable[History], today: Span) -> list[Document]:
    """A customer who empties their comment, be it but for blanks, has withdrawn it."""
    by_key = {each[0].conversation: each for each in conversations}
    written = [event for event in last_answers(by_key.values(), COMMENT, today) if event.body[COMMENT].strip()]
    return [comment_row(event, by_key[event.conversation]) for event in reversed(written[-COMMENTS_LISTED:])]


def comment_row(event: Event, conversation: History) -> Document:
    row: Document = {
        "at": instant(event.at),
        "conversation": event.conversation,
        "text": event.body[COMMENT][:COMMENT_CHARACTERS],
        "project": project_of(conversation),
    }
    for name, question in (("csat", CSAT), ("nps", NPS)):
        if last := last_answer(conversation, question):
            row[name] = last.body[question]
    if channel_of(conversation) != "UNKNOWN":
        row["channel"] = channel_of(conversation)
    if owner(conversation):
        row["operator"] = owner(conversation)
    return row


def project_of(conversation: History) -> int:
    answered = newest([event for event in conversation if event.type == ANSWERED])
    event = newest(pushes(conversation)) or newest_close(conversation) or answered
    assert event is not None
    return int(event.body["projectId"])


# Sales


def sales_in(floor: Floor, span: Span) -> list[Event]:
    """The last word on each sale, of those first heard of in this span."""
    return [sale[-1] for sale in floor.sales.values() if sale[0].at in span]


def amount_of(sales: Iterable[Event]) -> str:
    return money(sum(ten_thousandths(sale.body["amount"]) for sale in sales))


def sales_part(floor: Floor) -> Document:
    sales = sales_in(floor, floor.today)
    sources = most_of(counted(sale.body["source"] for sale in sales), SOURCES_NAMED)
    by_source: dict[str, list[Event]] = {}
    for sale in sales:
        source = sale.body["source"]
        by_source.setdefault(source if source in sources else OTHER, []).append(sale)
    return sales_summary(sales) | {"by_source": {source: sales_summary(group) for source, group in by_source.items()}}


def sales_summary(sales: list[Event]) -> Document:
    return {"transactions": len(sales), "amount": amount_of(sales)}


# Trend and yesterday


def trend_part(floor: Floor) -> Document:
    everything = list(floor.conversations.values())
    quarters = quarters_begun(floor.today, floor.now)
    started, closed = started_at(everything), closed_at(everything)
    scores = [answers(everything, CSAT, quarter) for quarter in quarters]
    part = {
        "quarter": [utc(quarter.start).strftime("%Y-%m-%dT%H:%M:%SZ") for quarter in quarters],
        "started": [count(started, quarter) for quarter in quarters],
        "closed": [count(closed, quarter) for quarter in quarters],
        "open": open_at_the_end_of(quarters, everything),
        "responses": [len(each) for each in scores],
        "satisfied": [sum(score >= 4 for score in each) for each in scores],
    }
    if not floor.board.channels:
        part["amount"] = [amount_of(sales_in(floor, quarter)) for quarter in quarters]
    return part


def open_at_the_end_of(quarters: list[Span], conversations: list[History]) -> list[int]:
    """Counted back from now, the last quarter's end, through all that came later, ahead of the clock included."""
    with_push = [each for each in conversations if pushes(each)]
    open_now = sum(is_open(each) for each in with_push)
    started, closed = started_at(with_push), closed_at(with_push)
    ends = [quarter.end for quarter in quarters[:-1]]
    earlier = [open_now - sum(at >= end for at in started) + sum(at >= end for at in closed) for end in ends]
    return [*earlier, open_now]


def adds_anything(floor: Floor, span: Span) -> bool:
    everything = list(floor.conversations.values())
    moments = started_at(everything) + closed_at(everything) + transferred_at(everything)
    answered = [answers(everything, question, span) for question in (CSAT, NPS, CUSTOM)]
    return bool(count(moments, span) or any(answered) or sales_in(floor, span))


def yesterday_part(floor: Floor, span: Span) -> Document:
    everything = list(floor.conversations.values())
    part: Document = {
        "started": count(started_at(everything), span),
        "closed": count(closed_at(everything), span),
        "csat": csat_summary(answers(everything, CSAT, span)),
    }
    if not floor.board.channels:
        part["amount"] = amount_of(sales_in(floor, span))
    return part
