"""What a change costs on its way from a record to the frames that tell it, on floors of several sizes."""

import random
from collections.abc import Callable, Mapping
from functools import partial
from time import process_time_ns

from msgspec.structs import replace

from app.board.board import Board
from app.board.definition import BoardDefinition, PresenceLimits
from app.clock import HOUR, MINUTE, wall_clock
from app.publish.audience import VIEWS, Audience, new_renderer
from app.publish.feed import Feed
from app.records import Act, Availability, Close, Comment, Conversation, Moment, Operator, Push, Record, Score
from app.view.facts import FactFinder
from app.words.words import LANGUAGES
from bench.rounds import Effort, Figures, take_turns
from bench.table import Goal, Table

FLOORS = ((10, 10_000), (200, 10_000), (2_000, 10_000), (200, 1_000), (200, 100_000))
"""Operators, and conversations of the day."""
OPEN_EACH = 2
HOURS = 10
COMMENTED_EVERY = 10
CHANGES = 200
"""Of each kind, in one turn."""
MOST_TIMES = 2
"""What a change may cost on the largest floor against the smallest: to copy an object is quick, not free."""


class Floor:
    """A board with its feeds, and the records behind it."""

    def __init__(self, operators: int, conversations: int, *, pages: bool = False) -> None:
        """`pages`: it is looked at in pages, in every view and language, and not by programs."""
        limits = PresenceLimits(4 * HOUR, 14 * HOUR)
        definition = BoardDefinition(id="all", title="All", time_zone="UTC", currency="EUR")
        self._board = Board(definition, limits)
        finder, languages = FactFinder(definition.time_zone), LANGUAGES if pages else ("",)
        audiences = [Audience("all", view, language=language) for view in VIEWS for language in languages]
        self._feeds = [Feed(new_renderer(audience, definition, finder)) for audience in audiences]
        self._records: dict[str, Record] = {}
        self._chance = random.Random(335)
        self._operators = operators
        self._conversations = conversations
        self.now = wall_clock()
        for operator in range(operators):
            self._put(f"operator:ha-335-{operator}", self._operator(self.now - self._chance.randrange(HOURS * HOUR)))
        for number in range(conversations):
            conversation = self._conversation(self.now - HOURS * HOUR * (conversations - number) // conversations)
            is_open = number >= conversations - OPEN_EACH * operators
            self._put(_name(number), conversation if is_open else self._answered(self._closed(conversation), number))
        self._open = list(range(max(0, conversations - OPEN_EACH * operators), conversations))
        self.publish()

    def nothing(self) -> None:
        """Only time passes."""

    def act(self) -> None:
        self._put(f"operator:ha-335-{self._chance.randrange(self._operators)}", self._operator(self.now))

    def push(self) -> None:
        self._put(_name(self._conversations), self._conversation(self.now))
        self._open.append(self._conversations)
        self._conversations += 1

    def close(self) -> None:
        number = self._open.pop(self._chance.randrange(len(self._open)))
        self._put(_name(number), self._closed(self._records[_name(number)]))

    def answer(self) -> None:
        number = self._chance.randrange(self._conversations)
        self._put(_name(number), self._answered(self._records[_name(number)], COMMENTED_EVERY))

    def publish(self) -> None:
        document, _ = self._board.document(self.now)
        for feed in self._feeds:
            feed.publish(document, self.now)

    def _put(self, name: str, record: Record) -> None:
        self._board.apply(name, self._records.get(name), record)
        self._records[name] = record

    def _operator(self, at: int) -> Operator:
        came, act = Moment(at, 1, "came"), Act(at, 1, "act", "visitor.updated")
        available = {channel: Availability(at, 1, "available", True) for channel in ("CHAT", "CALL")}
        return Operator(newest=at, came=came, act=act, connects=(came,), available=available)

    def _conversation(self, at: int) -> Conversation:
        operator = str(self._chance.randrange(self._operators))
        channel = self._chance.choice(("CHAT", "CHAT", "CALL", "FACEBOOK"))
        return Conversation(newest=at, pushes=(Push(at, 0, "push", operator, "1", channel),), involved=(operator,))

    def _closed(self, record: Record) -> Conversation:
        assert isinstance(record, Conversation)  # noqa: S101 it was made here
        at = record.pushes[0].at + self._chance.randrange(MINUTE, 20 * MINUTE)
        return replace(record, newest=at, close=Close(at, 1, "close", "1", record.pushes[0].channel))

    def _answered(self, record: Record, number: int) -> Conversation:
        assert isinstance(record, Conversation)  # noqa: S101 likewise
        at = record.newest + self._chance.randrange(MINUTE)
        score = Score(at, 1, "score", self._chance.randint(1, 5), "1")
        comment = Comment(at, 1, str(self._chance.random()), "It was very helpful", "1")
        return replace(record, newest=at, csat=score, comment=None if number % COMMENTED_EVERY else comment)


KINDS: Mapping[str, Callable[[Floor], None]] = {
    "an act": Floor.act,
    "a push": Floor.push,
    "a close": Floor.close,
    "an answer": Floor.answer,
    "nothing": Floor.nothing,
}


async def measure(effort: Effort) -> Table:
    floors = {
        f"{operators:,} operators, {conversations:,} conversations": Floor(
            effort.some(operators), effort.some(conversations)
        )
        for operators, conversations in FLOORS
    }
    operators, conversations = map(effort.some, FLOORS[2])
    floors["the largest of these, as pages in all languages"] = Floor(operators, conversations, pages=True)
    found = await take_turns({name: partial(_turn, floor) for name, floor in floors.items()}, effort.rounds)
    costs = list(found.values())
    return Table(
        title="Board",
        head=("us of a change, to the frames", *KINDS),
        rows=[[name, *(f"{figures[kind]:,.0f}" for kind in KINDS)] for name, figures in found.items()],
        goals=[
            _goal("2,000 operators against 10", costs[0], costs[2]),
            _goal("100,000 conversations against 1,000", costs[3], costs[4]),
        ],
    )


async def _turn(floor: Floor) -> Figures:
    return {kind: _cost(floor, change) for kind, change in KINDS.items()}


def _cost(floor: Floor, change: Callable[[Floor], None]) -> float:
    """Return the microseconds of one change and what follows from it."""
    began = process_time_ns()
    for _ in range(CHANGES):
        floor.now += 1
        change(floor)
        floor.publish()
    return (process_time_ns() - began) / CHANGES / 1_000


def _goal(what: str, small: Figures, large: Figures) -> Goal:
    times = max(large[kind] / small[kind] for kind in KINDS)
    return Goal(what, f"{MOST_TIMES} x at most", f"{times:.1f} x", times <= MOST_TIMES)


def _name(number: int) -> str:
    return f"conversation:ha-335-{number}"
