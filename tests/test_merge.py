"""What events do, rule by rule: posted to a real store, looked at in the document."""

import asyncio
import itertools
from typing import Any

import msgspec
import pytest

from app.bounds import (
    BODY_KEPT_BYTES,
    CHANGES,
    CHANNELS,
    DELIVERIES,
    SEEN,
    SEEN_SECONDS,
    WAITING_UNSIGNED,
    WRITTEN_POSTS,
)
from app.clock import DAY, HOUR, MINUTE, SECOND
from app.deliveries.delivery import Delivery
from app.records import RETENTION, Conversation, Operator, Sale
from app.store import keys
from tests.support.assemble import NOW, Body, document_of, new_writer, stored_records, take
from tests.support.bodies import (
    answered,
    availability,
    closed,
    connected,
    created,
    disconnected,
    pushed,
    sold,
    visitor_updated,
)
from tests.support.model import instant, milliseconds

YESTERDAY = milliseconds("2026-11-21T12:00:00.000Z")


async def document(store: Any, *events: Body, **more: Any) -> Any:
    return await document_of(store, events, **more)


async def row(store: Any, *events: Body, key: str = "ha-335-12", **more: Any) -> Any:
    return (await document(store, *events, **more))["operators"]["by_id"][key]


async def test_a_late_push_does_not_reopen_a_closed_conversation(store: Any) -> None:
    await take(new_writer(store, lambda: NOW), [closed("c", [12], NOW)])
    await take(new_writer(store, lambda: NOW), [pushed("c", 12, NOW - 5 * MINUTE)])
    record = (await stored_records(store))["conversation:ha-335-c"]
    assert isinstance(record, Conversation)
    assert not record.is_open


# Decides nothing where rank decides first, whichever way round.
BOTH_ORDERS = pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])


@BOTH_ORDERS
async def test_a_close_beats_a_push_of_the_same_instant(store: Any, ids: tuple[str, str]) -> None:
    events = [closed("c", [12], NOW, eventId=ids[0]), pushed("c", 12, NOW, eventId=ids[1])]
    conversations = (await document(store, *events))["conversations"]
    assert (conversations["open"], conversations["started"], conversations["closed"]) == (0, 1, 1)


async def test_a_newer_push_reopens_and_its_close_counts_no_more(store: Any) -> None:
    events = [pushed("c", 12, NOW - 9 * MINUTE), closed("c", [12], NOW - 5 * MINUTE), pushed("c", 13, NOW)]
    conversations = (await document(store, *events))["conversations"]
    assert (conversations["open"], conversations["started"], conversations["closed"]) == (1, 1, 0)
    entry = conversations["by_id"]["ha-335-c"]
    assert (entry["opened_at"], entry["operator"], entry["transfers"]) == (instant(NOW - 9 * MINUTE), "ha-335-13", 1)


async def test_a_transfer_counts_once_and_a_second_push_to_the_same_operator_not_at_all(store: Any) -> None:
    transfer = pushed("c", 13, NOW - 5 * MINUTE)
    events = [pushed("c", 12, NOW - 9 * MINUTE), transfer, transfer, pushed("c", 13, NOW)]
    conversations = (await document(store, *events))["conversations"]
    assert (conversations["started"], conversations["transferred"], conversations["open"]) == (1, 1, 1)


async def test_a_close_without_a_push_is_closed_but_never_started(store: Any) -> None:
    conversations = (await document(store, closed("c", [12], NOW)))["conversations"]
    assert (conversations["started"], conversations["closed"]) == (0, 1)
    assert "median_duration_seconds" not in conversations["onsite"]


async def test_a_close_keeps_the_last_operator_that_the_newest_close_names(store: Any) -> None:
    events = [
        closed("a", [12, 13], NOW),
        *(closed("b", [12], NOW), closed("b", [14, 12, 15], NOW + 1), closed("b", [16], NOW - 1)),
        *(closed("c", [12], NOW), closed("c", None, NOW + 1)),
        *(closed("d", [12], NOW + 1), pushed("d", 13, NOW)),
    ]
    await take(new_writer(store, lambda: NOW), reversed(events))
    records = await stored_records(store)
    conversations = {name: records[f"conversation:ha-335-{name}"] for name in "abcd"}
    assert {name: each.owner for name, each in conversations.items() if isinstance(each, Conversation)} == {
        "a": "13",
        "b": "15",
        "c": "",
        "d": "13",
    }


async def test_a_close_of_an_older_version_has_no_operator_and_gives_way_to_a_newer_one(store: Any) -> None:
    name = "conversation:ha-335-c"
    old = b'{"newest":%d,"close":[%d,1,"old","1","CHAT"]}' % (NOW - 1, NOW - 1)
    await store.set(keys.PREFIX + name, old)
    before = (await stored_records(store))[name]
    assert isinstance(before, Conversation)
    assert before.owner == ""
    await take(new_writer(store, lambda: NOW), [closed("c", [12], NOW)])
    after = (await stored_records(store))[name]
    assert isinstance(after, Conversation)
    assert after.owner == "12"


async def test_a_reclicked_survey_moves_its_one_vote(store: Any) -> None:
    clicks = [answered("c", NOW - MINUTE, customerSatisfaction=2), answered("c", NOW, customerSatisfaction=5)]
    csat = (await document(store, *reversed(clicks)))["satisfaction"]["csat"]
    assert csat == {
        "responses": 1,
        "satisfied": 1,
        "score": 100.0,
        "average": 5.0,
        "histogram": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1},
    }


async def test_a_vote_that_is_changed_after_midnight_leaves_the_day_before(store: Any) -> None:
    midnight = milliseconds("2026-11-22T00:00:00.000Z")
    before, after = midnight - SECOND, midnight + SECOND
    first = await document(store, answered("c", before, netPromoterScore=9), now=before)
    assert first["satisfaction"]["nps"]["responses"] == 1
    moved = await document(store, answered("c", after, netPromoterScore=2), now=after)
    assert moved["satisfaction"]["nps"]["score"] == -100.0
    assert "yesterday" not in moved


async def test_a_sale_sent_twice_counts_once_with_its_newest_amount_on_its_first_day(store: Any) -> None:
    await take(new_writer(store, lambda: NOW), [sold("t", 20.5, NOW)])
    late = await document(store, sold("t", 10, YESTERDAY))
    assert late["sales"] == {"transactions": 0, "amount": "0.00", "by_source": {}}
    assert late["yesterday"]["amount"] == "20.50"


async def test_sales_add_up_exactly_by_source_with_reversals(store: Any) -> None:
    sales = [sold("a", 300.2, NOW), sold("b", -0.105, NOW), sold("c", 1, NOW, source="Offsite")]
    assert (await document(store, *sales))["sales"] == {
        "transactions": 3,
        "amount": "301.095",
        "by_source": {
            "Offsite": {"transactions": 1, "amount": "1.00"},
            "Onsite": {"transactions": 2, "amount": "300.095"},
        },
    }


async def test_an_answer_before_its_conversation_finds_its_channel_later(store: Any) -> None:
    await take(new_writer(store, lambda: NOW), [answered("c", NOW - MINUTE, customerSatisfaction=4, projectId=7)])
    early = (await stored_records(store))["conversation:ha-335-c"]
    assert isinstance(early, Conversation)
    assert (early.channel, early.project) == ("UNKNOWN", "7")
    document_now = await document(store, pushed("c", 12, NOW, channel="VIDEO", project=2))
    assert document_now["satisfaction"]["csat"]["responses"] == 1
    entry = document_now["conversations"]["by_id"]["ha-335-c"]
    assert (entry["channel"], entry["project"]) == ("VIDEO", 2)


async def test_an_answer_counts_for_every_operator_involved(store: Any) -> None:
    events = [
        pushed("c", 12, NOW - 3 * MINUTE),
        pushed("c", 13, NOW - 2 * MINUTE),
        closed("c", [13, 14], NOW - MINUTE),
        answered("c", NOW, customerSatisfaction=5),
        connected(12, NOW),
        connected(13, NOW),
    ]
    document_now = await document(store, *events)
    assert document_now["satisfaction"]["csat"]["responses"] == 1
    for key in ("ha-335-12", "ha-335-13", "ha-335-14"):
        operator = document_now["operators"]["by_id"][key]
        assert (operator["csat"], operator["closed"]) == ({"responses": 1, "satisfied": 1, "score": 100.0}, 1)


@BOTH_ORDERS
async def test_logging_out_and_in_within_one_second_is_connected(store: Any, ids: tuple[str, str]) -> None:
    operator = await row(store, connected(12, NOW, eventId=ids[0]), disconnected(12, NOW, eventId=ids[1]))
    assert (operator["presence"], operator["since"]) == ("connected", instant(NOW))


async def test_a_chat_that_closes_after_the_log_out_revives_no_one(store: Any) -> None:
    events = [connected(12, NOW - HOUR), disconnected(12, NOW - MINUTE), closed("c", [12], NOW)]
    operator = await row(store, *events)
    assert (operator["presence"], operator["since"]) == ("gone", instant(NOW - MINUTE))
    assert operator["last_act"] == {"at": instant(NOW), "event": "v2.conversation.closed"}


async def test_a_second_tab_does_not_restart_the_clock(store: Any) -> None:
    operator = await row(store, connected(12, NOW - MINUTE), connected(12, NOW - HOUR))
    assert operator["since"] == instant(NOW - HOUR)


async def test_yesterdays_availability_does_not_survive_a_log_out(store: Any) -> None:
    events = [
        connected(12, NOW - 3 * HOUR),
        availability(12, NOW - 3 * HOUR, CHAT=True, CALL=True),
        disconnected(12, NOW - 2 * HOUR),
        connected(12, NOW - HOUR),
        availability(12, NOW - MINUTE, CALL=False),
    ]
    assert (await row(store, *events))["available"] == {"CALL": False}


async def test_no_channel_available_is_no_act(store: Any) -> None:
    document_now = await document(store, availability(12, NOW, CHAT=False))
    assert document_now["operators"]["by_id"] == {}
    assert (await row(store, availability(12, NOW, CHAT=True)))["presence"] == "connected"


async def test_an_empty_list_of_availabilities_is_no_act_and_changes_no_channel(store: Any) -> None:
    assert (await document(store, availability(12, NOW)))["operators"]["by_id"] == {}
    events = [availability(12, NOW - 5 * HOUR, CHAT=True, CALL=False), availability(12, NOW)]
    operator = await row(store, *events)
    assert (operator["presence"], operator["available"]) == ("unverified", {"CALL": False, "CHAT": True})
    assert operator["last_act"]["at"] == instant(NOW - 5 * HOUR)


async def test_only_an_onsite_push_shows_someone_and_never_as_certain(store: Any) -> None:
    await take(new_writer(store, lambda: NOW), [pushed("c", 12, NOW, channel="SMS"), pushed("d", 13, NOW)])
    operators = (await document(store))["operators"]
    assert operators["by_id"]["ha-335-12"]["presence"] == "gone"
    assert operators["by_id"]["ha-335-13"]["presence"] == "unverified"
    assert (operators["connected"], operators["unverified"], operators["gone"]) == (0, 1, 1)


async def test_operators_are_told_apart_by_tenant(store: Any) -> None:
    events = [connected(12, NOW), connected(12, NOW, platform="sd"), connected(12, NOW, clientId=7)]
    assert set((await document(store, *events))["operators"]["by_id"]) == {"ha-335-12", "sd-335-12", "ha-7-12"}


async def test_event_ids_are_compared_as_bytes(store: Any) -> None:
    """Every one of these pairs is the other way round in some locale, or shorter."""
    for older, newer in (("B", "a"), ("a", "á"), ("z", "é"), ("ab", "abc"), ("a-b", "ab")):
        await store.flushall()
        await take(new_writer(store, lambda: NOW), [sold("t", 1, NOW, eventId=newer), sold("t", 2, NOW, eventId=older)])
        sale = (await stored_records(store))["sale:ha-335-t"]
        assert isinstance(sale, Sale)
        assert sale.last.id == newer


async def test_ids_and_amounts_at_their_bounds_travel_unharmed(store: Any) -> None:
    long = 2**53 - 1
    events = [
        sold('t/\\"\x00é', -1_000_000_000, NOW),
        sold("u", 999_999_999.9999, NOW),
        connected(long, NOW),
        pushed("x" * 200, long, NOW, project=long),
    ]
    document_now = await document(store, *events)
    assert document_now["sales"]["amount"] == "-0.0001"
    assert document_now["operators"]["by_id"][f"ha-335-{long}"]["id"] == long
    assert document_now["conversations"]["by_id"][f"ha-335-{'x' * 200}"]["project"] == long


async def test_lists_keep_the_first_push_and_the_newest_whatever_came_first(store: Any) -> None:
    pushes = [pushed("c", operator, NOW - operator * SECOND, eventId=f"e{operator}") for operator in range(1, 81)]
    connects = [connected(12, NOW - n * SECOND, eventId=f"c{n}") for n in range(80)]
    await take(new_writer(store, lambda: NOW), [*pushes[::2], *connects[::2], *reversed(pushes), *connects[1::2]])
    records = await stored_records(store)
    conversation, operator = records["conversation:ha-335-c"], records["operator:ha-335-12"]
    assert isinstance(conversation, Conversation)
    assert isinstance(operator, Operator)
    assert [push.operator for push in conversation.pushes] == ["80", *(str(n) for n in range(49, 0, -1))]
    assert set(conversation.involved) == {str(n) for n in range(1, 81)}
    assert [connect.at for connect in operator.connects] == [NOW - n * SECOND for n in range(49, -1, -1)]


async def test_the_involved_are_bounded_whatever_came_first(store: Any) -> None:
    closes = [closed("c", list(range(start, start + 100)), NOW - start) for start in range(1, 1000, 100)]
    for order in (closes, closes[::-1]):
        await store.flushall()
        await take(new_writer(store, lambda: NOW), order)
        record = (await stored_records(store))["conversation:ha-335-c"]
        assert isinstance(record, Conversation)
        assert record.involved == tuple(str(n) for n in range(1, 501))


async def test_nothing_is_appended_when_nothing_changed(store: Any) -> None:
    events = [connected(12, NOW), pushed("c", 12, NOW), closed("c", [12], NOW), sold("t", 3, NOW)]
    writer = new_writer(store, lambda: NOW)
    await take(writer, events)
    changed = [entry[b"name"] for _, entry in await store.xrange(keys.CHANGES)]
    await take(writer, [*events, connected(12, NOW - MINUTE, eventId="older") | {"eventType": "user.created"}])
    again = [entry[b"name"] for _, entry in await store.xrange(keys.CHANGES)]
    assert {name for name in again[len(changed) :] if not name.startswith(b"delivery:")} == set()


async def test_changes_are_numbered_one_by_one(store: Any) -> None:
    for number in range(3):
        await take(new_writer(store, lambda: NOW), [connected(number, NOW), sold(f"t{number}", 1, NOW)])
    numbers = [int(entry_id.partition(b"-")[0]) for entry_id, _ in await store.xrange(keys.CHANGES)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_records_live_nine_days_past_the_newest_event_they_took_in(store: Any) -> None:
    await take(
        new_writer(store, lambda: NOW), [connected(12, NOW - DAY), created(12, NOW - HOUR), sold("t", 1, NOW - 8 * DAY)]
    )
    for name, age in (("operator:ha-335-12", HOUR), ("sale:ha-335-t", 8 * DAY)):
        left = await store.pttl(keys.PREFIX + name)
        assert RETENTION - age - 5 * SECOND < left <= RETENTION - age


async def test_an_event_older_than_the_retention_is_taken_and_changes_nothing(store: Any) -> None:
    await take(
        new_writer(store, lambda: NOW), [connected(12, NOW - RETENTION), pushed("c", 12, 0), visitor_updated(12, -1)]
    )
    assert await stored_records(store) == {}


async def test_indexes_forget_what_the_store_forgets(store: Any) -> None:
    await take(new_writer(store, lambda: NOW - 10 * DAY), [pushed("old", 12, NOW - 10 * DAY)], now=NOW - 10 * DAY)
    assert await store.zcard(keys.OPEN) == 1
    await take(new_writer(store, lambda: NOW), [connected(13, NOW)])
    assert await store.zrange(keys.OPEN, 0, -1) == []
    assert await store.zrange(keys.index("operator"), 0, -1) == [b"operator:ha-335-13"]


async def test_the_channels_of_an_operator_are_bounded_whatever_came_first(store: Any) -> None:
    events = [availability(12, NOW - n * SECOND, **{f"CHANNEL {n}": True}) for n in range(CHANNELS + 20)]
    for shuffled in (events, events[::-1], events[::2] + events[1::2]):
        await store.flushall()
        for event in shuffled:
            await take(new_writer(store, lambda: NOW), [event])
        record = (await stored_records(store))["operator:ha-335-12"]
        assert isinstance(record, Operator)
        assert set(record.available) == {f"CHANNEL {n}" for n in range(CHANNELS)}


async def test_channels_of_one_event_are_bounded_by_their_names(store: Any) -> None:
    at_most = CHANNELS - 5
    names = [[f"E{event} CHANNEL {n:02}" for n in range(at_most)] for event in range(3)]
    events = [
        availability(12, NOW - n * SECOND, eventId=f"e{n}", **dict.fromkeys(channels, True))
        for n, channels in enumerate(names)
    ]
    expected = {*names[0], *names[1][:5]}
    for shuffled in itertools.permutations(events):
        await store.flushall()
        for event in shuffled:
            await take(new_writer(store, lambda: NOW), [event])
        record = (await stored_records(store))["operator:ha-335-12"]
        assert isinstance(record, Operator)
        assert set(record.available) == expected


async def test_the_streams_of_posts_are_bounded(store: Any) -> None:
    writer = new_writer(store, lambda: NOW)
    unsigned = Delivery(status=401, outcome="unsigned")
    await asyncio.gather(*(writer.submit(unsigned, b"secret words", None) for _ in range(25)))
    entries = await store.xrange(keys.UNSIGNED)
    assert len(entries) == 20
    assert not any(b"secret words" in value for _, fields in entries for value in fields.values())

    refused = Delivery(status=422, verified=True, outcome="refused")
    for _ in range(2 + DELIVERIES // WAITING_UNSIGNED):
        await asyncio.gather(*(writer.submit(refused, b"{}" * 5_000, None) for _ in range(WAITING_UNSIGNED)))
    assert DELIVERIES <= await store.xlen(keys.DELIVERIES) <= DELIVERIES + 200
    newest = (await store.xrevrange(keys.DELIVERIES, count=1))[0][1]
    assert len(newest[b"body"]) == BODY_KEPT_BYTES


async def test_the_stream_of_changes_is_bounded(store: Any) -> None:
    async with store.pipeline(transaction=False) as pipeline:
        for number in range(1, 12_001):
            pipeline.xadd(keys.CHANGES, {"name": "filler"}, id=f"{number}-0")
        await pipeline.hset(keys.META, "n", "12000").execute()
    await take(new_writer(store, lambda: NOW), [connected(12, NOW)])
    assert CHANGES <= await store.xlen(keys.CHANGES) <= CHANGES + 200


async def test_changes_are_kept_for_a_minute_and_not_much_longer(store: Any) -> None:
    clock = [NOW]
    writer = new_writer(store, lambda: clock[0])
    for second in range(300):
        clock[0] = NOW + second * SECOND
        await take(writer, [visitor_updated(12, clock[0])])
    told = [
        msgspec.json.decode(entry[b"record"])["newest"]
        for _, entry in await store.xrange(keys.CHANGES)
        if entry[b"name"] == b"operator:ha-335-12"
    ]
    assert told[-1] == clock[0]
    assert clock[0] - 3 * MINUTE <= told[0] <= clock[0] - MINUTE
    assert told == list(range(told[0], clock[0] + 1, SECOND))


async def test_as_many_event_ids_are_known_as_a_process_may_send_again_and_no_more(store: Any) -> None:
    assert SEEN >= WRITTEN_POSTS
    now = int((await store.time())[0])
    await store.zadd(keys.SEEN_EVENTS, {"old": now - SEEN_SECONDS - 1, **{f"id {n}": now - 1 for n in range(SEEN + 5)}})
    await take(new_writer(store, lambda: NOW), [connected(12, NOW)])
    assert await store.zcard(keys.SEEN_EVENTS) == SEEN
    assert await store.zscore(keys.SEEN_EVENTS, "old") is None
    assert 0 < await store.ttl(keys.SEEN_EVENTS) <= SEEN_SECONDS
