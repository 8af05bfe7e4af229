"""What is held against a rig once a fault is over: nothing is missing or counted twice, and all processes show it."""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
from redis.asyncio import Redis

from app.board.parts import wall_view
from app.bounds import DELIVERIES
from app.clock import wall_clock
from app.merge.deltas import deltas_of
from app.receive.validation import decode_event
from app.records import Record
from app.store import keys
from tests.chaos.rig import Rig
from tests.chaos.watch import VIEWS, Watch
from tests.support.assemble import assert_same_figures, board_of, encode, figures_of, new_writer, stored_records, take
from tests.support.bodies import Body
from tests.support.model import expected_document
from tests.support.server import AWAKE_ZONE, BEARER

DRAIN_SECONDS = 60
"""For what a minute without a store left in the spools."""
CONVERGE_SECONDS = 60
EVENTS_AT_ONCE = 1_000
NAMED = 20
"""So many events are named when there are more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    missing: list[str]
    """Events that were answered 204 and are not in the records, by id and type."""
    doubled: list[str]
    """Events that count twice or more."""
    uncounted: list[str]
    complaints: list[str]
    seconds: float
    """How long it took until all was well."""

    @property
    def faults(self) -> list[str]:
        return [
            *(f"missing: {event}" for event in self.missing[:NAMED]),
            *(f"counted more than once: {event}" for event in self.doubled[:NAMED]),
            *(f"not counted: {event}" for event in self.uncounted[:NAMED]),
            *self.complaints,
        ]


async def judge(rig: Rig, watch: Watch, reference: Redis, events: Mapping[str, Body], posts: int) -> Verdict:
    """Compare what a rig came to with what all events come to that were posted to it; `reference` holds those.

    `posts` is how many posts it took to have every event answered 204.

    Returns when all agrees, or will not.
    """
    began = time.monotonic()
    complaints = (
        [] if await _all_counted(rig, len(events)) else [f"not {len(events)} events are counted: {await _told(rig)}"]
    )
    shown_at = time.monotonic()
    for number, delivery in enumerate(await _told(rig)):
        if (duplicates := delivery.get("duplicates", 0)) > posts - len(events):
            complaints.append(f"web {number} counts {duplicates} duplicates, and {posts - len(events)} were sent")
    async with rig.store.client() as store:
        found, expected = await stored_records(store), await stored_records(reference)
        missing = await _missing_from(store, found, expected, events)
        counted = await _counts(store) if posts < DELIVERIES else dict.fromkeys(events, 1)
    names = {event: f"{event} ({body['eventType']})" for event, body in events.items()}
    doubled = [names[event] for event in events if counted.get(event, 0) > 1]
    uncounted = [names[event] for event in events if event not in counted]
    await asyncio.to_thread(_compare_with_model, found, list(events.values()), complaints)
    if disagreement := await _disagreement(rig, watch, expected, shown_at + CONVERGE_SECONDS):
        complaints.append(disagreement)
    watch.check()
    return Verdict(missing, doubled, uncounted, complaints, shown_at - began)


async def merge_quietly(reference: Redis, events: Collection[Body]) -> None:
    """Take events into a store to which nothing happens."""
    writer, bodies = new_writer(reference, wall_clock), list(events)
    for start in range(0, len(bodies), EVENTS_AT_ONCE):
        await take(writer, bodies[start : start + EVENTS_AT_ONCE], wall_clock())


async def _all_counted(rig: Rig, events: int) -> bool:
    """Wait until every web process says that so many events are in the store, none in a spool."""
    end = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end:
        told = await _told(rig)
        if all((delivery.get("accepted"), delivery.get("spooled")) == (events, 0) for delivery in told):
            return True
        await asyncio.sleep(0.05)
    return False


async def _told(rig: Rig) -> list[dict[str, Any]]:
    return [(await _document(rig, number)).get("delivery", {}) for number in range(len(rig.webs))]


async def _document(rig: Rig, web: int) -> dict[str, Any]:
    try:
        answer = await rig.webs[web].site.client.get("/api/boards/all", headers=BEARER)
    except httpx.TransportError:
        return {}
    return msgspec.json.decode(answer.content) if answer.status_code == 200 else {}


async def _missing_from(
    store: Redis, found: Mapping[str, Record], expected: Mapping[str, Record], events: Mapping[str, Body]
) -> list[str]:
    """Name the events whose merging changes the store: it cannot have them, since repeats are harmless."""
    different = {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)}
    missing = []
    for event, body in events.items():
        names = {name for name, _ in deltas_of(decode_event(encode(body), wall_clock()))} & different
        before = await _json_of(store, names)
        if names:
            await merge_quietly(store, [body])
        if await _json_of(store, names) != before:
            missing.append(f"{event} ({body['eventType']})")
    if different and not missing:
        missing.append(f"none, and yet these records are not what they should be: {sorted(different)[:NAMED]}")
    return missing


async def _json_of(store: Redis, names: Collection[str]) -> list[Any]:
    return [msgspec.json.decode(await store.get(keys.PREFIX + name) or b"null") for name in sorted(names)]


async def _counts(store: Redis) -> Mapping[str, int]:
    """Return how often each event counts, as the last deliveries tell."""
    counted: Counter[str] = Counter()
    deliveries: Any = await store.xrange(keys.DELIVERIES)
    for _, fields in deliveries:
        if fields[b"outcome"] == b"accepted":
            counted[msgspec.json.decode(fields[b"about"])["event"]] += 1
    return counted


def _compare_with_model(found: Mapping[str, Record], events: list[Body], complaints: list[str]) -> None:
    now = wall_clock()
    document = board_of(found, AWAKE_ZONE).document(now).document
    expected = expected_document(events, now=now, zone=AWAKE_ZONE)
    try:
        assert_same_figures(document, expected)
    except AssertionError:
        complaints.append(f"the document is not the model's: {_difference(figures_of(document), expected)}")


async def _disagreement(rig: Rig, watch: Watch, records: Mapping[str, Record], end: float) -> str:
    """Wait until the API and every socket of every web process show the document of the records."""
    board = board_of(records, AWAKE_ZONE)
    while True:
        disagreements = []
        for number in range(len(rig.webs)):
            document = await _document(rig, number)
            expected = _as_sent(board.document(wall_clock()).document)
            disagreements += _disagreements(number, document, expected, watch)
        if not disagreements or time.monotonic() > end:
            return "; ".join(disagreements)
        await asyncio.sleep(0.05)


def _as_sent(document: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return sent


def _disagreements(web: int, document: dict[str, Any], expected: dict[str, Any], watch: Watch) -> list[str]:
    if not document or figures_of(document) != figures_of(expected):
        difference = _difference(figures_of(document), figures_of(expected))
        return [f"the API of web {web} does not show what the records say: {difference}"]
    shown = {"floor": document, "wall": wall_view(document)}
    looks = {view: peer.document if (peer := watch.peer(web, view)) else {} for view in VIEWS}
    return [
        f"the {view} socket of web {web} does not show the API's document: {_difference(looks[view], shown[view])}"
        for view in VIEWS
        if looks[view] != shown[view]
    ]


def _difference(found: Any, expected: Any, path: str = "") -> str:
    """Return the first place where two documents differ."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for name in sorted(found.keys() | expected.keys()):
            if found.get(name) != expected.get(name):
                return _difference(found.get(name), expected.get(name), f"{path}.{name}")
    return f"{path} is {str(found)[:200]}, not {str(expected)[:200]}"
