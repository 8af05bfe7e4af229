"""Where the limits of all boards stand, as this process knows it: from records, which the process that holds the lease
decides and writes.

Every process remembers the newest record of each board, whatever the store lost meanwhile.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from redis.asyncio import Redis

from app.board.definition import REHEARSED, BoardDefinition
from app.board.document import BoardDocument, LimitEntry
from app.board.parts import LimitsPart
from app.clock import DAY, NEVER, Clock, parse_instant
from app.limits.document_part import entry_of, entry_of_test, with_acknowledgement, with_episodes
from app.limits.hours import hours_of
from app.limits.machine import decide, decide_at_once
from app.limits.rule import read, rule_of
from app.mirror.mirror import Mirror
from app.records import (
    LIMITS_KIND,
    TEST_ALARM_KIND,
    Acknowledgement,
    Episode,
    LimitState,
    LimitStates,
    TestAlarm,
)
from app.repository import VersionedRepository
from app.store.client import store_errors
from app.store.lease import Lease
from app.store.put import put_record
from app.store.write_when_due import write_when_due
from app.store_status import StoreStatus

KEPT_FOR = 30 * DAY
"""After the board was last decided on."""
RENEWED = 15 * DAY
"""Before it would be forgotten."""
TEST_ALARM_FOR = 30_000

States = dict[str, LimitState]


class _Plan:
    """A board's limits, worked out once for each definition of it."""

    def __init__(self, definition: BoardDefinition) -> None:
        self.definition = definition
        self.rules = {figure: rule_of(figure, limit) for figure, limit in definition.config.limits.items()}
        self.hours = hours_of(definition)
        self.part: dict[str, LimitEntry] = LimitsPart({})
        """As it was last shown."""


class LimitMonitor:
    def __init__(
        self,
        store: Redis,
        mirror: Mirror,
        store_status: StoreStatus,
        lease: Lease,
        clock: Clock,
        acknowledgement_of: Callable[[str, str], Acknowledgement | None] = lambda board, figure: None,
        alarms_of: Callable[[str, str, int], Sequence[Episode]] = lambda board, figure, since: (),
        is_behind: Callable[[], bool] = lambda: False,
    ) -> None:
        """`acknowledgement_of`: by board and figure. `alarms_of`: episodes that came to an alarm, by board, figure and
        the instant since when. `is_behind`: events of an earlier time are being taken in, so that what they leave open
        may be over long since."""
        self._store = store
        self._mirror = mirror
        self._store_status = store_status
        self._lease = lease
        self._clock = clock
        self._acknowledgement_of = acknowledgement_of
        self._alarms_of = alarms_of
        self._is_behind = is_behind
        self._plans: dict[str, _Plan] = {}
        self.records = VersionedRepository(store, mirror, clock, LimitStates)
        self._decided: dict[str, States] = {}
        """What this process decided and the store does not have yet."""
        self.is_paused = False
        """Nothing is decided: incoming events are of the past."""
        self._resumed: set[str] = set()
        """Boards on which it decided since it holds the lease."""
        self._has_decided = asyncio.Event()
        lease.watch(self._begin)

    def show(self, definition: BoardDefinition, document: BoardDocument, now: int) -> int:
        """Put `limits` into a board's document of an instant; return the instant at which time alone changes them."""
        plan = self._plan(definition)
        hours = plan.hours.look(now)
        part = {**(self._part(plan, document, now) if hours.counts else {}), **self._test(plan, document, now)}
        if part != plan.part:
            plan.part = LimitsPart(part)
        document["limits"] = plan.part
        return hours.until if plan.rules else NEVER

    def decide(self, definition: BoardDefinition, document: BoardDocument, now: int) -> int:
        """Decide by a board's document of an instant, if this process decides; return when to do so again."""
        if not self._lease.is_held or self.is_paused:
            return NEVER
        plan = self._plan(definition)
        before, due = self._states_before(plan, now), NEVER
        after: States = {}
        if plan.hours.look(now).counts:
            if self._is_unknown(document) or self._is_behind():
                return NEVER
            after, due = _decide(plan, before, document, now)
        if after != before or self._is_due(definition.id, now):
            self._put(definition.id, after)
        return due

    def forget(self, board: str) -> None:
        """Drop a board that was stopped: should it come back, its limits begin again."""
        self._plans.pop(board, None)
        if self._lease.is_held and self._known(board) is not None:
            self._put(board, {})

    async def test(self, board: str) -> int | None:
        """Show the first limit of a board in alarm for a while; return the number of the change.

        Raises StoreUnavailable.
        """
        now = self._clock()
        until = now + TEST_ALARM_FOR
        with store_errors():
            return await put_record(
                self._store,
                now,
                f"{TEST_ALARM_KIND}:{board}",
                msgspec.json.encode(TestAlarm(until)),
                until=until,
                index=TEST_ALARM_KIND,
            )

    async def run(self) -> None:
        await write_when_due(self._has_decided, self._write_all, "decisions on limits")

    def _put(self, board: str, states: States) -> None:
        self._decided[board] = states
        self._has_decided.set()

    def _plan(self, definition: BoardDefinition) -> _Plan:
        plan = self._plans.get(definition.id)
        if plan is None or plan.definition is not definition:
            plan = self._plans[definition.id] = _Plan(definition)
        return plan

    def _part(self, plan: _Plan, document: BoardDocument, now: int) -> dict[str, LimitEntry]:
        known, is_unknown = self._known(plan.definition.id), self._is_unknown(document)
        states = {} if known is None else known.figures
        board, today = plan.definition.id, parse_instant(document["board"]["since"])
        part = {}
        for figure, rule in plan.rules.items():
            reading = read(rule, document, now)
            # Nothing was ever decided on a board that is only rehearsed.
            state = decide_at_once(rule, reading, now) if board == REHEARSED else states.get(figure)
            entry = entry_of(rule, state, reading, now, is_unknown=is_unknown)
            entry = with_acknowledgement(entry, self._acknowledgement_of(board, figure))
            part[figure] = with_episodes(entry, self._alarms_of(board, figure, today))
        return part

    def _test(self, plan: _Plan, document: BoardDocument, now: int) -> dict[str, LimitEntry]:
        test = self._mirror.records.get(f"{TEST_ALARM_KIND}:{plan.definition.id}")
        if not isinstance(test, TestAlarm) or test.until <= now:
            return {}
        began = min(test.until - TEST_ALARM_FOR, now)
        first = list(plan.rules.items())[:1]
        return {figure: entry_of_test(rule, read(rule, document, now), began) for figure, rule in first}

    def _is_unknown(self, document: BoardDocument) -> bool:
        """Whether numbers may be others by now: silence alone is no sign of that."""
        return self._store_status.state == "away" or "none_taken" in document["delivery"]

    def _states_before(self, plan: _Plan, now: int) -> States:
        board = plan.definition.id
        if board in self._decided:
            return self._decided[board]
        known = self._known(board)
        if known is None:
            return {}
        if board not in self._resumed and known.figures and plan.hours.was_off_hours(known.version, now):
            return {}  # no process saw that the hours ended
        return known.figures

    def _is_due(self, board: str, now: int) -> bool:
        """Whether a record has to be written as it is: the store would forget it before long."""
        self._resumed.add(board)
        known = self._known(board)
        return known is not None and bool(known.figures) and known.until - now < RENEWED

    async def _write_all(self) -> None:
        """Raises StoreUnavailable."""
        for board, states in list(self._decided.items()):
            await self._write(board, states)

    async def _write(self, board: str, states: States) -> None:
        """Raises StoreUnavailable."""
        known = self._known(board)
        last = 0 if known is None else known.version

        def decided(newest: LimitStates | None) -> LimitStates | None:
            if not self._lease.is_held or (newest is not None and newest.version > last):
                return None  # another process took over meanwhile
            return LimitStates(version=0, until=self._clock() + KEPT_FOR, figures=states)

        await self.records.change(_name(board), LimitStates, decided)
        if self._decided.get(board) is states:
            del self._decided[board]

    def _known(self, board: str) -> LimitStates | None:
        """Return the newest record of a board, stored or not."""
        return self.records.get(_name(board), LimitStates)

    def _begin(self) -> None:
        self._decided.clear()
        self._resumed.clear()


def _decide(plan: _Plan, before: States, document: BoardDocument, now: int) -> tuple[States, int]:
    after: States = {}
    due = NEVER
    for figure, rule in plan.rules.items():
        state, its_due = decide(rule, before.get(figure), read(rule, document, now), now)
        due = min(due, its_due)
        if state is not None:
            after[figure] = state
    return after, due


def _name(board: str) -> str:
    return f"{LIMITS_KIND}:{board}"
