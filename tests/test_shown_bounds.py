"""What senders can make up is bounded on a board, and the same events show the same whatever came first."""

import json
import random
from random import Random
from typing import Any

from app.board.definition import BoardDefinition
from app.board.largest import by_channel, largest, with_rest
from app.board.operators import Presence, Row, Rows
from app.board.parts import wall_view
from app.board.teams import NO_WORK
from app.bounds import CHANNELS, CHANNELS_LISTED, OPERATORS_LISTED, SOURCES_LISTED
from app.clock import MINUTE, SECOND
from app.publish.patch import difference
from app.records import (
    DOCUMENTED_CHANNELS,
    Act,
    Attribution,
    Availability,
    BoardConfig,
    Conversation,
    Kind,
    Limit,
    Moment,
    Operator,
    Push,
    Record,
    Sale,
)
from tests.support import bodies
from tests.support.assemble import NOW, board_of, figures_of, new_writer, stored_records, take
from tests.support.model import expected_document
from tests.support.patches import apply_patch

MANY = OPERATORS_LISTED + 100
FOREVER = NOW * 2


def many_events() -> list[dict[str, Any]]:
    """More of everything than a board shows by name."""
    at = NOW - MINUTE
    sales = [
        bodies.sold(f"t{n}", n % 7, at, source=f"Source {n % (SOURCES_LISTED + 30)}", eventId=f"s{n}")
        for n in range(SOURCES_LISTED + 70)
    ]
    pushes = [
        bodies.pushed(f"c{n}", n % 5, at, channel=f"CHANNEL {n % (CHANNELS_LISTED + 20)}", eventId=f"p{n}")
        for n in range(CHANNELS_LISTED + 40)
    ]
    crowded = [
        bodies.pushed(f"d{n}", 1, at, channel=f"CHANNEL {n}", eventId=f"q{n}") for n in range(CHANNELS_LISTED + 5)
    ]
    available = [
        bodies.availability(
            user, at - n * SECOND, eventId=f"a{user}-{n}", **{f"U{user}N{n}C{m}": True for m in range(20)}
        )
        for user in range(3)
        for n in range(4)
    ]
    present = [bodies.connected(user, at, eventId=f"o{user}") for user in range(3, MANY)]
    return sales + pushes + crowded + available + present


async def test_more_than_a_board_shows_by_name_shows_the_same_in_any_order(store: Any) -> None:
    events = many_events()
    expected = expected_document(events, now=NOW)
    await take(new_writer(store, lambda: NOW), random.sample(events, len(events)))
    records = await stored_records(store)
    names = random.sample(sorted(records), len(records))
    document = board_of({name: records[name] for name in names}).document(NOW).document
    assert figures_of(document) == expected
    operators, conversations, sales = document["operators"], document["conversations"], document["sales"]
    assert (len(operators["by_id"]), operators["connected"]) == (OPERATORS_LISTED, MANY)
    assert len(operators["available"]) == CHANNELS_LISTED + 1
    assert len(operators["by_id"]["ha-335-0"]["available"]) == CHANNELS
    assert len(operators["by_id"]["ha-335-1"]["open"]) == CHANNELS_LISTED + 1
    by_channel = conversations["open_by_channel"]
    assert len(by_channel) == len(DOCUMENTED_CHANNELS) + CHANNELS_LISTED + 1
    assert sum(by_channel.values()) == conversations["open"]
    assert len(sales["by_source"]) == SOURCES_LISTED + 1
    assert sum(source["transactions"] for source in sales["by_source"].values()) == sales["transactions"]
    assert sum(float(source["amount"]) for source in sales["by_source"].values()) == float(sales["amount"])


def test_largest_are_shown_by_name_and_equal_ones_by_their_letters() -> None:
    assert largest({"b": 1, "a": 1, "c": 2}, 3) == ["a", "b", "c"]
    assert largest({"d": 1, "b": 1, "a": 1, "c": 2}, 2) == ["a", "c"]
    assert largest({"other": 9, "b": 1, "c": 2}, 2) == ["b", "c"]
    assert largest({"other": 9, "b": 1}, 2) == ["b", "other"]
    assert largest({"b": 1, "c": 2}, 1, always=("z",)) == ["c", "z"]
    assert with_rest({"other": 9, "b": 1, "c": 2}, ["b", "c"]) == {"b": 1, "c": 2, "other": 9}


def test_documented_channels_are_never_among_the_rest() -> None:
    made_up = {f"CHANNEL {n}": 2 for n in range(CHANNELS_LISTED + 3)}
    shown = by_channel(made_up | {"SMS": 1})
    assert (shown["SMS"], shown["other"], len(shown)) == (1, 6, CHANNELS_LISTED + 2)


def test_channels_that_a_board_is_about_are_never_among_the_rest() -> None:
    channels = [*(f"CHANNEL {n // 2}" for n in range(2 * CHANNELS_LISTED + 20)), "RARE", "RARER"]
    records: dict[str, Record] = {
        f"conversation:ha-335-{n}": Conversation(newest=NOW, pushes=(Push(NOW, 0, f"p{n}", "1", "1", channel),))
        for n, channel in enumerate(channels)
    }
    config = BoardConfig(title="A", tiles=("open:RARER",), limits={"oldest:RARE": Limit(alarm=60)})
    about = BoardDefinition(id="a", title="A", time_zone="UTC", currency="EUR", config=config)
    conversations = board_of(records, narrowed=about).document(NOW).document["conversations"]
    assert (conversations["open_by_channel"]["RARE"], conversations["open_by_channel"]["RARER"]) == (1, 1)
    assert {"RARE", "RARER"} <= conversations["oldest_by_channel"].keys()
    assert sum(conversations["open_by_channel"].values()) == conversations["open"] == len(channels)


def row(key: str, presence: Presence, work: dict[str, int]) -> Row:
    document: Any = {"id": int(key.rpartition("-")[2]), "presence": presence.value, "available": {}, "open": work}
    return Row(document, presence, Kind.HUMAN, "", True, NO_WORK, 0, FOREVER)


def test_first_rows_are_listed_however_operators_come_and_go() -> None:
    chance, rows, present = Random(1), Rows(), dict[str, Row]()
    listed: dict[str, Any] = {}
    order = [Presence.CONNECTED, Presence.UNVERIFIED, Presence.GONE]

    def place(key: str) -> tuple[int, bool, str]:
        there = present[key]
        return order.index(there.presence), there.presence is Presence.GONE and not there.document["open"], key  # type: ignore[index]

    for step in range(6_000):
        key = f"ha-335-{chance.randrange(OPERATORS_LISTED + 500)}"
        if chance.random() < 0.02:
            rows.drop(key)
            present.pop(key, None)
        else:
            present[key] = row(key, chance.choice(order), chance.choice(({}, {"CHAT": 1})))
            rows.put(key, present[key])
        if step % 500 == 0 or step > 5_950:
            last, listed = listed, rows.document()["by_id"]
            assert listed.keys() == set(sorted(present, key=place)[:OPERATORS_LISTED])
            assert apply_patch(last, difference(last, listed)) == listed
    assert len(present) > OPERATORS_LISTED


def test_document_stays_small_whatever_a_sender_makes_up() -> None:
    at, count = NOW - MINUTE, 4_000
    records: dict[str, Record] = {}
    for n in range(count):
        came = Moment(at, 1, f"o{n}")
        available = {f"A{n} {m}": Availability(at, 1, f"a{n}", True) for m in range(CHANNELS if n < 200 else 1)}
        records[f"operator:ha-335-{n}"] = Operator(
            newest=at, came=came, act=Act(at, 1, f"o{n}", "user.connected"), connects=(came,), available=available
        )
        records[f"conversation:ha-335-{n}"] = Conversation(newest=at, pushes=(Push(at, 0, f"p{n}", "1", "1", f"C{n}"),))
        attribution = Attribution(at, 1, f"t{n}", 10_000, "1", f"Source {n}", "1")
        records[f"sale:ha-335-{n}"] = Sale(newest=at, first=at, last=attribution)
    document = board_of(records).document(NOW).document
    assert document["operators"]["connected"] == document["conversations"]["open"] == count
    assert len(json.dumps(wall_view(document))) < 25_000
    assert len(json.dumps(document)) < 1_200_000


def test_channel_called_other_is_no_rest() -> None:
    document = (
        board_of({"conversation:ha-335-1": Conversation(newest=NOW, pushes=(Push(NOW, 0, "p", "1", "1", "OTHER"),))})
        .document(NOW)
        .document
    )
    assert document["conversations"]["open_by_channel"]["OTHER"] == 1
    assert "other" not in document["conversations"]["open_by_channel"]
