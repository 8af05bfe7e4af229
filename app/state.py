"""What a running process offers its endpoints, as Starlette's lifespan state."""

from typing import TypedDict

from starlette import requests, websockets

from app.absences import Absences
from app.access.access import Access
from app.access.principals import ScreenClient
from app.alerts.alerts import Alerts
from app.board.document import DeliveryPart
from app.board.names import FEWEST_PEOPLE, NamesLevel, Naming
from app.clock import Clock
from app.comment_history import CommentHistory
from app.days.aggregator import Aggregator
from app.days.marks import Marks
from app.days.period import Periods
from app.definitions.parse import ALL
from app.definitions.records import BoardRecords
from app.deliveries.log import DeliveryLog
from app.errors import RETRY_AFTER_SECONDS, HttpError
from app.limits.monitor import LimitMonitor
from app.merge.health import Health
from app.merge.spool import Spool
from app.merge.writer import Writer
from app.mirror.mirror import Mirror
from app.past_walls.history import PastWalls
from app.people_days.history import PeopleHistory
from app.publish.audience import Audience, View
from app.publish.board_catalogue import BoardCatalogue
from app.publish.boards import Boards
from app.publish.publisher import Publisher
from app.publish.rotation import CurrentTurn
from app.receive.refusal_log import RefusalLog
from app.receive.webhook import Webhook
from app.roster.store import RosterStore
from app.settings import Settings
from app.store_status import StoreStatus
from app.tasks import Tasks


class State(TypedDict):
    """In the order of the flow."""

    settings: Settings
    clock: Clock
    build: str
    webhook: Webhook
    writer: Writer
    spool: Spool
    health: Health
    refusals: RefusalLog
    deliveries: DeliveryLog
    comments: CommentHistory
    rosters: RosterStore
    absences: Absences
    mirror: Mirror
    store_status: StoreStatus
    access: Access
    limit_monitor: LimitMonitor
    alerts: Alerts
    aggregator: Aggregator
    periods: Periods
    marks: Marks
    people_days: PeopleHistory
    boards: Boards
    past_walls: PastWalls
    catalogue: BoardCatalogue
    board_records: BoardRecords
    tasks: Tasks


Connection = requests.HTTPConnection[State]
Request = requests.Request[State]
WebSocket = websockets.WebSocket[State]


def board_of(connection: Connection) -> Publisher:
    """Return the board that the address names. Raises HttpError as `board_named` does."""
    return board_named(connection, connection.path_params["board"])


def board_named(connection: Connection, id_: str) -> Publisher:
    """Raises HttpError: 404, 503 before the first snapshot of the store, or 403 where sums are of too few people."""
    check_loaded(connection)
    boards = connection.state["boards"]
    board = boards.find(id_)
    if board is None:
        raise HttpError(404, "refused.no-board", found=f"{id_!r:.100}", allowed=", ".join(boards.ids))
    if is_withheld(connection, id_):
        raise HttpError(403, "refused.few-people", n=FEWEST_PEOPLE)
    return board


def delivery_of(state: State) -> DeliveryPart | None:
    """Return what is known of posts; None before the first snapshot of the store."""
    board = state["boards"].find(ALL)
    return board.document()["delivery"] if board is not None and state["mirror"].loaded else None


def names_for(connection: Connection, board: str, view: View = "floor") -> NamesLevel:
    """Return how much of people's names the principal of a request sees."""
    names: NamesLevel = connection.state["access"].principals.names_of(connection.scope["principal"], board, view)
    return names


def is_withheld(connection: Connection, board: str) -> bool:
    """Whether nothing of a board is shown to the principal, who sees sums alone: those of too few people, and all of a
    board that is gone, are withheld."""
    names = names_for(connection, board)
    publisher = connection.state["boards"].find(board)
    return names == "sums" if publisher is None else publisher.is_withheld(names)


def naming_for(connection: Connection, board: str) -> Naming:
    """Return how people's names are shown to the principal. Pages without a board go by that of everything."""
    return connection.state["access"].privacy.naming(names_for(connection, board))


def audience_of(connection: Connection, board: str, view: View, language: str = "") -> Audience:
    """Return the audience of the principal."""
    return Audience(board, view, names_for(connection, board, view), language)


def turn_of(connection: Connection, screen: ScreenClient) -> CurrentTurn | None:
    """Return which of its boards a screen shows now, None when they are gone. Raises HttpError, 503."""
    check_loaded(connection)
    return connection.state["boards"].rotation.turn_of(screen)


def check_loaded(connection: Connection) -> None:
    """Raises HttpError before the first snapshot of the store."""
    # Which boards there are is not known either before the first snapshot.
    mirror = connection.state["mirror"]
    if not mirror.loaded:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        raise HttpError(503, "refused.unreached", headers, reason=mirror.fault)
