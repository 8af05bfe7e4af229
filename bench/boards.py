"""What a change costs with one board, and with twenty more of which it touches one or none; and what a roster costs."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import process_time_ns

from redis.asyncio import Redis

from app.board.definition import BoardDefinition
from app.clock import HOUR, MINUTE, wall_clock
from app.publish.boards import Boards
from app.publish.publisher import Publisher
from app.records import ROSTER_NAME, Close, Conversation, Moment, Operator, Person, Push, Record, Roster
from bench.rounds import Effort, Figures, take_turns
from bench.table import Goal, Table
from tests.support.assemble import definition, new_boards

BOARDS, OPERATORS, CONVERSATIONS, OPEN, HOURS, CHANGES = 20, 200, 10_000, 400, 10, 100
UNTOUCHED_TIMES = 1.3
MOST_TIMES = 3
"""What a change may cost with twenty more boards: it touches one of them, and that one's document is made, too."""

NARROWINGS: Mapping[str, Callable[[int], BoardDefinition]] = {
    "20 teams": lambda n: definition(f"team-{n}", teams=[f"Team {n}"]),
    "20 projects": lambda n: definition(f"project-{n}", [str(n)]),
    "20 empty": lambda n: definition(f"empty-{n}", ["999"]),
}


class Floor:
    """Boards in a process, given changes as the mirror gives them."""

    def __init__(self, effort: Effort) -> None:
        self._now = wall_clock()
        self._mirror, self._boards = new_boards(Redis(), lambda: self._now)
        self._mirror.loaded = True
        self._chance = random.Random(335)
        self._operators = effort.some(OPERATORS)
        self._count = effort.some(CONVERSATIONS)
        self.put_roster(0)
        for number in range(self._operators):
            self._put(f"operator:ha-335-{number}", _operator(self._now - number))
        for number in range(self._count):
            at = self._now - HOURS * HOUR * (self._count - number) // self._count
            conversation = self._conversation(at)
            self._put(_name(number), conversation if number >= self._count - OPEN else _closed(conversation))
        self._open = list(range(max(0, self._count - OPEN), self._count))

    async def start(self, definitions: Sequence[BoardDefinition]) -> None:
        for each in definitions:
            await self._boards.start(each)

    @property
    def boards(self) -> Boards:
        return self._boards

    def put_roster(self, moved: int) -> None:
        """Each operator in a team, some of them in the next one."""
        teams = {str(n): f"Team {(n + (n < moved)) % BOARDS}" for n in range(self._operators)}
        self._put(ROSTER_NAME, Roster({number: Person("Ana M.", team) for number, team in teams.items()}))

    def act(self) -> None:
        self._put(f"operator:ha-335-{self._chance.randrange(self._operators)}", _operator(self._now))

    def push(self) -> None:
        self._put(_name(self._count), self._conversation(self._now))
        self._open.append(self._count)
        self._count += 1

    def close(self) -> None:
        number = self._open.pop(self._chance.randrange(len(self._open)))
        record = self._mirror.records[_name(number)]
        assert isinstance(record, Conversation)  # noqa: S101 it was made here
        self._put(_name(number), _closed(record))

    def cost(self, change: Callable[["Floor"], None]) -> float:
        """Return the microseconds of one change and of what it has published."""
        publishers = [found for id_ in self._boards.ids if (found := self._boards.find(id_)) is not None]
        _publish(publishers)
        began = process_time_ns()
        for _ in range(CHANGES):
            self._now += 1
            change(self)
            _publish(publishers)
        return (process_time_ns() - began) / CHANGES / 1_000

    async def roster_cost(self) -> float:
        """Return the milliseconds of moving some operators to other teams, on all boards."""
        publishers = [found for id_ in self._boards.ids if (found := self._boards.find(id_)) is not None]
        began = process_time_ns()
        self.put_roster(1 + self._chance.randrange(self._operators))
        await self._boards.follow_roster()
        _publish(publishers)
        return (process_time_ns() - began) / 1_000_000

    def _conversation(self, at: int) -> Conversation:
        operator = self._chance.randrange(self._operators)
        push = Push(at, 0, "push", str(operator), str(operator % BOARDS), "CHAT")
        return Conversation(newest=at, pushes=(push,), involved=(push.operator,))

    def _put(self, name: str, record: Record) -> None:
        self._mirror._put(name, record, self._now)  # noqa: SLF001 without a store, which would cost more than all the rest


def _publish(publishers: Sequence[Publisher]) -> None:
    for publisher in publishers:
        if publisher.board.changed.is_set():
            publisher.publish()


def _operator(at: int) -> Operator:
    came = Moment(at, 1, "came")
    return Operator(newest=at, came=came, connects=(came,))


def _closed(record: Conversation) -> Conversation:
    push = record.pushes[-1]
    at = push.at + 5 * MINUTE
    return Conversation(
        newest=at, pushes=record.pushes, involved=record.involved, close=Close(at, 1, "c", push.project, "CHAT")
    )


def _name(number: int) -> str:
    return f"conversation:ha-335-{number}"


KINDS: Mapping[str, Callable[[Floor], None]] = {"an act": Floor.act, "a push": Floor.push, "a close": Floor.close}


async def measure(effort: Effort) -> Table:
    floors = {"1 board": await _floor(effort, [])}
    for name, narrowed in NARROWINGS.items():
        floors[f"1 board and {name}"] = await _floor(effort, [narrowed(n) for n in range(BOARDS)])
    found = await take_turns({name: partial(_turn, floor) for name, floor in floors.items()}, effort.rounds)
    alone, *others = found.values()
    return Table(
        title="Boards",
        head=("us of a change, to the documents", *KINDS, "ms of a roster"),
        rows=[[name, *(f"{figures[kind]:,.0f}" for kind in (*KINDS, "roster"))] for name, figures in found.items()],
        goals=[
            _goal("20 boards that it does not touch", alone, others[-1], UNTOUCHED_TIMES),
            *(_goal(name, alone, figures, MOST_TIMES) for name, figures in zip(NARROWINGS, others[:-1], strict=False)),
        ],
    )


async def _floor(effort: Effort, narrowed: Sequence[BoardDefinition]) -> Floor:
    floor = Floor(effort)
    await floor.start([definition(), *narrowed])
    return floor


async def _turn(floor: Floor) -> Figures:
    return {**{kind: floor.cost(change) for kind, change in KINDS.items()}, "roster": await floor.roster_cost()}


def _goal(what: str, alone: Figures, together: Figures, most: float) -> Goal:
    times = max(together[kind] / alone[kind] for kind in KINDS)
    return Goal(what, f"{most} x at most", f"{times:.1f} x", times <= most)
