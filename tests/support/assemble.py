"""Parts of the product put together by hand, for tests that look between the steps."""

import asyncio
import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from app.access.accounts import Accounts
from app.access.credentials import Credentials
from app.access.own_pages import OwnPages
from app.access.principals import Principals
from app.access.privacy import Privacy
from app.access.rate_limits import RateLimits
from app.access.screen_links import ScreenLinks
from app.access.screens import Screens
from app.access.sessions import Sessions
from app.board.board import Board
from app.board.definition import BoardDefinition, PresenceLimits
from app.board.document import BoardDocument
from app.clock import Clock
from app.days.history import DayHistory
from app.days.store import DayStore
from app.deliveries.delivery import Delivery
from app.limits.monitor import LimitMonitor
from app.merge.post_store import PostStore
from app.merge.resend import Resend
from app.merge.spool import Spool
from app.merge.writer import Writer
from app.mirror.mirror import Mirror
from app.past_walls.history import PastWalls
from app.past_walls.store import PastWallStore
from app.publish.boards import Boards
from app.publish.current_boards import CurrentBoards
from app.publish.publisher import Publisher
from app.receive.validation import decode_event
from app.records import ROSTER_NAME, Record, Roster, decode_record
from app.store import keys
from app.store.lease import Lease
from app.store_status import StoreStatus
from app.tasks import Tasks
from tests.support.model import milliseconds

Body = Mapping[str, Any]

NOW = milliseconds("2026-11-22T12:07:00.000Z")
LIMITS = PresenceLimits(4 * 3_600_000, 14 * 3_600_000)


def resend_of(writer: Writer) -> Resend:
    """What brings the store what it did not take of a writer, or lost."""
    return Resend(writer.store, writer.spool)


def new_writer(store: Redis, clock: Clock, spool: Path = Path("/dev/null/spool")) -> Writer:
    """A writer, by default one whose disk takes nothing."""
    return Writer(PostStore(store, clock), Spool(spool), clock)


def encode(body: Body) -> bytes:
    return msgspec.json.encode(body)


async def take(writer: Writer, bodies: Iterable[Body], now: int = NOW) -> None:
    """Post bodies as iAdvize would, all at the same time."""
    encoded = [encode(body) for body in bodies]
    events = [decode_event(body, now) for body in encoded]
    delivery = Delivery(status=204, verified=True, event="e")
    await asyncio.gather(*(writer.submit(delivery, body, event) for body, event in zip(encoded, events, strict=True)))
    await writer.close()


async def stored_records(store: Redis) -> dict[str, Record]:
    """All records of things in the store, decoded: their bytes are not canonical."""
    records: dict[str, Record] = {}
    for kind in ("operator", "conversation", "sale"):
        async for key in store.scan_iter(f"{keys.PREFIX}{kind}:*", count=1000):
            name = key.decode().removeprefix(keys.PREFIX)
            json: Any = await store.get(key)
            records[name] = decode_record(name, json)
    return records


def new_board(zone: str = "UTC", limits: PresenceLimits = LIMITS) -> Board:
    return Board(BoardDefinition(id="all", title="All projects", time_zone=zone, currency="EUR"), limits)


def definition(
    id_: str = "all",
    projects: Iterable[str] = (),
    title: str = "All projects",
    *,
    channels: Iterable[str] = (),
    teams: Iterable[str] = (),
    zone: str = "UTC",
) -> BoardDefinition:
    return BoardDefinition(
        id=id_,
        title=title,
        time_zone=zone,
        currency="EUR",
        projects=frozenset(projects),
        channels=frozenset(channels),
        teams=frozenset(teams),
    )


def new_boards(store: Redis, clock: Clock = lambda: NOW) -> tuple[Mirror, Boards]:
    """Boards whose tasks do not run, and the mirror that they follow."""
    mirror, tasks = Mirror(store, clock), Tasks(clock, lambda: None)
    credentials = Credentials(store, mirror, clock, None)
    rate_limits = RateLimits(store)
    sessions = Sessions(credentials, Accounts(credentials, clock), rate_limits, clock, None)
    screens = Screens(credentials, clock)
    links = ScreenLinks(credentials, screens, rate_limits, clock)
    privacy = Privacy(store, mirror, credentials, clock, "names")
    own_pages = OwnPages(store, mirror, credentials, clock)
    principals = Principals(credentials, sessions, screens, links, own_pages, [], privacy, lambda _board: None)
    status = StoreStatus(mirror, PostStore(store, clock))
    lease = Lease(store, "deployment", lambda: True)
    limit_monitor = LimitMonitor(store, mirror, status, lease, clock)
    history = DayHistory(DayStore(store), PastWalls(PastWallStore(store)).open_at_ends, clock)
    return mirror, Boards(
        current=CurrentBoards(mirror, history, Spool(Path("/dev/null/spool")), LIMITS),
        mirror=mirror,
        store_status=status,
        principals=principals,
        privacy=privacy,
        store=store,
        tasks=tasks,
        build="build",
        lease=lease,
        limit_monitor=limit_monitor,
        clock=clock,
    )


async def publisher_of(boards: Boards, board: BoardDefinition) -> Publisher:
    """Start a board."""
    await boards.start(board)
    publisher = boards.find(board.id)
    assert publisher is not None
    return publisher


def watching(mirror: Mirror, zone: str = "UTC") -> Board:
    """A board that follows a mirror."""
    board = new_board(zone)
    mirror.watch(board.apply)
    return board


def board_of(records: Mapping[str, Record], zone: str = "UTC", narrowed: BoardDefinition | None = None) -> Board:
    """A board of those records that belong to it."""
    board = new_board(zone) if narrowed is None else Board(narrowed, LIMITS)
    roster = records.get(ROSTER_NAME)
    roster = roster if isinstance(roster, Roster) else Roster()
    for name, record in records.items():
        if board.definition.matches(name, record, roster):
            board.apply(name, None, record)
    return board


def figures_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document without what counts deliveries and what limits make of it, which is outside of the law."""
    return {name: part for name, part in document.items() if name not in ("delivery", "limits")}


def assert_same_figures(document: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Equal in everything, but for medians, which are within 5 %."""
    found, expected = copy.deepcopy((figures_of(document), dict(expected)))
    for place in ("onsite", "offsite"):
        median = found["conversations"][place].pop("median_duration_seconds", None)
        exact = expected["conversations"][place].pop("median_duration_seconds", None)
        assert median == (None if exact is None else pytest.approx(exact, rel=0.05))
    assert found == expected


async def document_of(store: Redis, bodies: Iterable[Body], now: int = NOW, zone: str = "UTC") -> BoardDocument:
    """Post bodies to an empty store at `now`, and return the document of that instant."""
    await take(new_writer(store, lambda: now), bodies, now)
    return board_of(await stored_records(store), zone).document(now).document
