"""The law: any permutation of any multiset of events, split over any number of writers, ends in the same floor."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.merge.writer import Writer
from app.mirror import Mirror
from app.store.connection import connect
from tests.floors import floors
from tests.house import NOW, figures_of, floor_of, stored_records, take, watching
from tests.model import expected_document

ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata", "America/Los_Angeles")
law = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def assert_same_figures(document: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Equal in everything, but for medians, which are within 5 %."""
    found = figures_of(document)
    for place in ("onsite", "offsite"):
        median = found["conversations"][place].pop("median_duration_seconds", None)
        exact = expected["conversations"][place].pop("median_duration_seconds", None)
        assert median == (None if exact is None else pytest.approx(exact, rel=0.05))
    assert found == expected


@law
@given(events=floors(NOW), data=st.data(), zone=st.sampled_from(ZONES))
async def test_order_repeats_and_writers_change_nothing(
    store: Redis, store_url: str, events: list[dict[str, Any]], data: st.DataObject, zone: str
) -> None:
    await store.flushall()
    await take(Writer(store, lambda: NOW), events)
    in_order = await stored_records(store)

    await store.flushall()
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=20)) if events else []
    posts = data.draw(st.permutations(events + repeats))
    cut = data.draw(st.integers(0, len(posts)))
    other_store = connect(store_url)
    one, other = Writer(store, lambda: NOW), Writer(other_store, lambda: NOW)
    await asyncio.gather(take(one, posts[:cut]), take(other, posts[cut:]))
    await other_store.aclose()
    assert await stored_records(store) == in_order

    document = floor_of(in_order, zone).document(NOW).document
    assert_same_figures(document, expected_document(events, now=NOW, zone=zone))


@settings(law, max_examples=60)
@given(events=floors(NOW), data=st.data())
async def test_a_mirror_that_followed_equals_one_that_looked_midway(
    store: Redis, store_url: str, events: list[dict[str, Any]], data: st.DataObject
) -> None:
    await store.flushall()
    posts = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(posts)))
    writer = Writer(store, lambda: NOW)
    from_the_start, midway, at_the_end = (Mirror(store, lambda: NOW) for _ in range(3))
    boards = [watching(mirror) for mirror in (from_the_start, midway, at_the_end)]

    await from_the_start.load()
    await take(writer, posts[:cut])
    await midway.load()
    await take(writer, posts[cut:])
    for mirror in (from_the_start, midway):
        await mirror.catch_up()
    await at_the_end.load()

    followed, looked, late = (figures_of(board.document(NOW).document) for board in boards)
    assert followed == looked == late
    assert from_the_start.records.keys() >= at_the_end.records.keys()
