"""What a change costs on its way from a record to the frames that tell it, on floors of several sizes."""

import gc
import random
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from time import process_time_ns

from msgspec.structs import replace

from app.board.board import Board
from app.board.definition import BoardDefinition, PresenceLimits
from app.clock import HOUR, MINUTE, parse_instant, quarter_of
from app.publish.audience import VIEWS, Audience, new_renderer
from app.publish.editions import Editions
from app.publish.feed import Feed
from app.publish.publisher import TICK_SECONDS
from app.records import (
    Act,
    Availability,
    Close,
    Comment,
    Conversation,
    Deliveries,
    Moment,
    Operator,
    Push,
    Receipts,
    Record,
    Score,
)
from app.server.run import GC_THRESHOLDS
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
AT = parse_instant("2026-11-23T17:00:00.000Z")
"""When all of it takes place: a day grows with its quarter-hours, and so does what a change costs."""
RECENT = 50
"""Visitors answer within minutes: of the conversations that were closed last."""
MOST_TIMES = 1.5
"""What a change may cost on the largest floor against the smallest: to copy an object is quick, not free."""
MOST_FOR_PAGES = 1.5
"""What it may cost to tell it to pages in two views and languages, against programs in two views."""
PAGES = "pages in all languages against documents"
NOTE = (
    "CPU time in one process, from the change of a record, with its post counted beside it, to the frames of all feeds:"
    " documents in two views, or pages in two views and two languages. All of it takes place from 17:00 of a day on, a"
    " change every 0.1 s; what happens happens now, and garbage is collected as in a server. Pages and documents take"
    " turns every 20 changes, on floors that are the same; their ratio is the median of these turns."
)
TICK = round(TICK_SECONDS * 1_000)
"""From one change to the next, in ms, as when they are published as fast as a publisher does."""
SLICE = 20
"""Changes after which the other of two floors has its turn: a machine has other work every few milliseconds."""


class Floor:
    """A board with its feeds, and the records behind it."""

    def __init__(self, operators: int, conversations: int, *, pages: bool = False) -> None:
        """`pages`: it is looked at in pages, in every view and language, and not by programs."""
        limits = PresenceLimits(4 * HOUR, 14 * HOUR)
        definition = BoardDefinition(id="all", title="All", time_zone="UTC", currency="EUR")
        self._board = Board(definition, limits)
        finder, languages = FactFinder(definition.time_zone), LANGUAGES if pages else ("",)
        self._feeds = []
        for view in VIEWS:
            editions = Editions(new_renderer(Audience("all", view, language=languages[0]), definition, finder))
            self._feeds += [Feed(editions, language) for language in languages]
        self._records: dict[str, Record] = {}
        self._chance = random.Random(335)
        self._operators = operators
        self._conversations = conversations
        self.now = AT
        for operator in range(operators):
            self._put(f"operator:ha-335-{operator}", self._operator(self.now - self._chance.randrange(HOURS * HOUR)))
        for number in range(conversations):
            conversation = self._conversation(self.now - HOURS * HOUR * (conversations - number) // conversations)
            if number < conversations - OPEN_EACH * operators:
                at = min(self.now, conversation.newest + self._chance.randrange(MINUTE, 20 * MINUTE))
                conversation = self._answered(self._closed(conversation, at), number, at)
            self._put(_name(number), conversation)
        self._open = list(range(max(0, conversations - OPEN_EACH * operators), conversations))
        self._recent = list(range(max(1, conversations - len(self._open))))[-RECENT:]
        self._posts = 0
        self.publish()

    def nothing(self) -> None:
        """Only time passes."""

    def duplicate(self) -> None:
        """A post comes that changes nothing but how many came."""
        self._posts += 1
        receipts = Receipts(number=self._posts, last_event=self.now, last_accepted=self.now)
        deliveries = Deliveries(newest=self.now, receipts=receipts, accepted=self._posts)
        self._put(f"deliveries:{quarter_of(self.now)}", deliveries)

    def act(self) -> None:
        self.duplicate()
        name = f"operator:ha-335-{self._chance.randrange(self._operators)}"
        act = Act(self.now, 1, "act", "visitor.updated")
        self._put(name, replace(self._records[name], newest=self.now, came=Moment(self.now, 1, "came"), act=act))

    def push(self) -> None:
        self.duplicate()
        self._put(_name(self._conversations), self._conversation(self.now))
        self._open.append(self._conversations)
        self._conversations += 1

    def close(self) -> None:
        self.duplicate()
        number = self._open.pop(self._chance.randrange(len(self._open)))
        self._put(_name(number), self._closed(self._records[_name(number)], self.now))
        self._recent = [*self._recent, number][-RECENT:]

    def answer(self) -> None:
        self.duplicate()
        name = _name(self._chance.choice(self._recent))
        self._put(name, self._answered(self._records[name], COMMENTED_EVERY, self.now))

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

    def _closed(self, record: Record, at: int) -> Conversation:
        assert isinstance(record, Conversation)  # noqa: S101 it was made here
        return replace(record, newest=at, close=Close(at, 1, "close", "1", record.pushes[0].channel))

    def _answered(self, record: Record, number: int, at: int) -> Conversation:
        assert isinstance(record, Conversation)  # noqa: S101 it was made here
        score = Score(at, 1, "score", self._chance.randint(1, 5), "1")
        comment = Comment(at, 1, str(self._chance.random()), "It was very helpful", "1")
        return replace(record, newest=at, csat=score, comment=None if number % COMMENTED_EVERY else comment)


KINDS: Mapping[str, Callable[[Floor], None]] = {
    "an act": Floor.act,
    "a push": Floor.push,
    "a close": Floor.close,
    "an answer": Floor.answer,
    "a duplicate": Floor.duplicate,
    "nothing": Floor.nothing,
}


CHANGES_OF_RECORDS = tuple(KINDS)[:4]


async def measure(effort: Effort) -> Table:
    thresholds = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)  # as in a server
    try:
        return await _measure(effort)
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


async def _measure(effort: Effort) -> Table:
    floors = {
        f"{operators:,} operators, {conversations:,} conversations": Floor(
            effort.some(operators), effort.some(conversations)
        )
        for operators, conversations in FLOORS
    }
    largest = tuple(map(effort.some, FLOORS[2]))
    documents, pages = Floor(*largest), Floor(*largest, pages=True)
    gc.collect()
    gc.freeze()
    changes = effort.some(CHANGES)
    turns = {name: partial(_turn, floor, changes) for name, floor in floors.items()}
    found = await take_turns({**turns, PAGES: partial(_pages_turn, documents, pages, changes)}, effort.rounds)
    ratios = found.pop(PAGES)
    costs = list(found.values())
    times = max(ratios[kind] for kind in CHANGES_OF_RECORDS)
    return Table(
        title="Board",
        head=("us of a change, to the frames", *KINDS),
        rows=[
            *([name, *(f"{figures[kind]:,.0f}" for kind in KINDS)] for name, figures in found.items()),
            ["the largest, as pages", *(f"{ratios[f'{kind}, us']:,.0f}" for kind in KINDS)],
            [PAGES, *(f"{ratios[kind]:.2f} x" for kind in KINDS)],
        ],
        goals=[
            _goal("2,000 operators against 10", costs[0], costs[2]),
            _goal("100,000 conversations against 1,000", costs[3], costs[4]),
            Goal(PAGES, f"{MOST_FOR_PAGES} x at most", f"{times:.2f} x", times <= MOST_FOR_PAGES),
        ],
        notes=[NOTE],
    )


async def _turn(floor: Floor, changes: int) -> Figures:
    return {kind: _cost(floor, change, changes) for kind, change in KINDS.items()}


async def _pages_turn(documents: Floor, pages: Floor, changes: int) -> Figures:
    """Return what a change costs for pages, and how many times that is what it costs for programs."""
    found: dict[str, float] = {}
    for kind, change in KINDS.items():
        slices = [
            (_cost(documents, change, SLICE), _cost(pages, change, SLICE)) for _ in range(max(1, changes // SLICE))
        ]
        found[f"{kind}, us"] = median(cost for _, cost in slices)
        found[kind] = median(cost / base for base, cost in slices)
    return found


def _cost(floor: Floor, change: Callable[[Floor], None], changes: int) -> float:
    """Return the microseconds of one change and what follows from it."""
    began = process_time_ns()
    for _ in range(changes):
        floor.now += TICK
        change(floor)
        floor.publish()
    return (process_time_ns() - began) / changes / 1_000


def _goal(what: str, small: Figures, large: Figures) -> Goal:
    times = max(large[kind] / small[kind] for kind in CHANGES_OF_RECORDS)
    return Goal(what, f"{MOST_TIMES} x at most", f"{times:.1f} x", times <= MOST_TIMES)


def _name(number: int) -> str:
    return f"conversation:ha-335-{number}"
