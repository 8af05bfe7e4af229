"""One fault done to a rig under load, from the first post to the verdict."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from redis.asyncio import Redis

from tests.chaos.faults import Fault
from tests.chaos.load import Load, random_events
from tests.chaos.rig import Rig
from tests.chaos.verdict import Verdict, judge, merge_quietly
from tests.chaos.watch import Watch, lies_of
from tests.support.bodies import Body

EVENTS_AT_MOST = 1_000_000
"""In one trial: an id is never given twice on one rig."""


@dataclass(frozen=True, slots=True)
class Trial:
    fault: Fault
    seconds: float
    posts_per_second: int

    def __str__(self) -> str:
        return f"{self.fault.name} {self.seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Outcome:
    trial: Trial
    events: int
    taken: int
    """Events that were answered 204 while the fault lasted."""
    lost: int
    """Posts that got no answer."""
    refused: int
    verdict: Verdict
    complaints: list[str]

    @property
    def faults(self) -> list[str]:
        return [*self.verdict.faults, *self.complaints]

    @property
    def sums(self) -> dict[str, int]:
        return {
            "events": self.events,
            "answered 204 at once": self.taken,
            "posts refused": self.refused,
            "posts unanswered": self.lost,
            "missing": len(self.verdict.missing),
            "doubled": len(self.verdict.doubled),
        }

    @property
    def line(self) -> str:
        return (
            f"{self.trial!s:<36} events {self.events:>5}  answered 204 {self.taken:>5}  refused {self.refused:>4}  "
            f"unanswered {self.lost:>4}  missing {len(self.verdict.missing)}  doubled {len(self.verdict.doubled)}  "
            f"settled in {self.verdict.seconds:.1f} s"
        )


class Court:
    """Tries faults on one rig, one after the other. All that was ever posted to it must be there after each."""

    def __init__(self, rig: Rig, watch: Watch, reference: Redis, random: Random) -> None:
        self._rig = rig
        self._watch = watch
        self._reference = reference
        self._random = random
        self._events: dict[str, Body] = {}
        self._trials = 0
        self._posts = 0

    async def try_fault(self, trial: Trial) -> Outcome:
        health_before = len(self._watch.health)
        load = Load(self._rig.webs, self._random_events(), trial.posts_per_second, self._random)
        load.start()
        try:
            await asyncio.sleep(self._random.uniform(0.3, 0.8))
            await trial.fault.strike(self._rig, trial.seconds)
            await asyncio.sleep(self._random.uniform(0, 0.3))
            await load.stop()
        finally:
            load.abandon()
        taken = len(load.taken)
        await load.send_again()
        self._events.update(load.posted)
        self._posts += len(load.answers)
        await merge_quietly(self._reference, load.posted.values())
        verdict = await judge(self._rig, self._watch, self._reference, self._events, self._posts)
        statuses = [answer.status for answer in load.answers]
        complaints = lies_of(self._watch.health[health_before:], load.answers)[:1]
        if not trial.fault.fills_disk:
            down = {said.text for said in self._watch.health[health_before:] if not said.is_up}
            complaints += [f"{text} while the spool took posts" for text in sorted(down)]
        wrong = set(statuses) - {204, None} - ({503} if trial.fault.fills_disk else set())
        complaints += [f"{statuses.count(status)} posts were answered {status}" for status in wrong]
        return Outcome(trial, len(load.posted), taken, statuses.count(None), statuses.count(503), verdict, complaints)

    def _random_events(self) -> Iterator[Body]:
        self._trials += 1
        return random_events(self._random, start=self._trials * EVENTS_AT_MOST)
