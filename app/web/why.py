"""/why/{board}/{figure}: how a figure comes out, what is left out of it, and the last events behind it."""

from collections.abc import Iterator

from starlette.responses import Response

from app.board.definition import BoardDefinition
from app.board.document import BoardDocument
from app.bounds import DELIVERIES, DELIVERIES_HOURS
from app.clock import instant
from app.deliveries.filter import DeliveryFilter
from app.deliveries.log import LogEntry
from app.errors import HttpError, InvalidPost, StoreUnavailable
from app.figures import CHOOSABLE, FIGURES, open_of
from app.merge.deltas import deltas_of
from app.receive.events import SatisfactionAnswered
from app.receive.validation import decode_event
from app.records import Conversation, Operator, thing_of
from app.state import Request, State, board_of, names_for, naming_for
from app.view.explain import channel_of, event_types, explain, is_explained, label, posts_counted, record_type_of
from app.view.format import Format
from app.web.delivery_rows import delivery_row
from app.web.render import page, title_of, words_for

EVENTS_SHOWN = 12
PAGES_SEARCHED = 5
"""Of the log: enough for a board that gets a small part of the events."""

_SURVEYS = {"csat": "csat", "csat_average": "csat", "responses": "csat", "nps": "nps", "nps:responses": "nps"}
"""Figure -> the question whose answers it counts."""


async def show(request: Request) -> Response:
    state, words, key = request.state, words_for(request), request.path_params["figure"]
    publisher = board_of(request)
    definition = publisher.definition
    document = publisher.document(names_for(request, definition.id))
    if not is_explained(key):
        allowed = ", ".join(figure.key for figure in FIGURES)
        raise HttpError(404, "refused.no-figure", found=f"{key!r:.100}", allowed=allowed)
    form, at = Format(words, definition.time_zone), instant(state["clock"]())
    events = await _events_behind(state, definition, publisher.document(), key)
    naming = naming_for(request, definition.id)
    return page(
        request,
        "why.html",
        board=definition.id,
        title=title_of(definition, words),
        form=form,
        at=at,
        why=explain(key, document, form, state["settings"].presence_unverified_after),
        events=None if events is None else [delivery_row(entry, state, words, naming) for entry in events],
        posts=posts_counted(key),
        counts_posts=not event_types(key),
        hours=DELIVERIES_HOURS,
        most=DELIVERIES,
        others=[(other, label(other, form)) for other in _others(document) if other != key],
    )


def _others(document: BoardDocument) -> Iterator[str]:
    has_sales = "sales" in document
    yield from (key for key in CHOOSABLE if has_sales or key not in ("sales", "transactions"))
    yield from (open_of(channel).key for channel, n in document["conversations"]["open_by_channel"].items() if n)


async def _events_behind(
    state: State, definition: BoardDefinition, document: BoardDocument, key: str
) -> list[LogEntry] | None:
    """Return the newest accepted events that can have moved a figure; None: the store does not answer."""
    types = event_types(key)
    if not types:
        return []
    wanted, found, before = DeliveryFilter(outcome="accepted", types=frozenset(types)), list[LogEntry](), None
    for _ in range(PAGES_SEARCHED):
        try:
            searched = await state["deliveries"].search(wanted, before)
        except StoreUnavailable:
            return None
        found += [entry for entry in searched.entries if _is_behind(entry, state, definition, document, key)]
        before = searched.older
        if before is None or len(found) >= EVENTS_SHOWN:
            break
    return found[:EVENTS_SHOWN]


def _is_behind(entry: LogEntry, state: State, definition: BoardDefinition, document: BoardDocument, key: str) -> bool:
    try:
        event = decode_event(entry.body, entry.at)
    except InvalidPost:
        return False  # its body is not kept whole
    if isinstance(event, SatisfactionAnswered) and getattr(event, _SURVEYS[key]) is None:
        return False
    return any(_is_on_board(name, state, definition, document, key) for name, _ in deltas_of(event))


def _is_on_board(name: str, state: State, definition: BoardDefinition, document: BoardDocument, key: str) -> bool:
    mirror = state["mirror"]
    record = mirror.records.get(name)
    if not isinstance(record, record_type_of(key)) or not definition.matches(name, record, mirror.roster):
        return False
    if isinstance(record, Operator):
        return not definition.is_narrowed_by_work or thing_of(name) in document["operators"]["by_id"]
    channel = channel_of(key)
    return not channel or not isinstance(record, Conversation) or record.channel == channel
