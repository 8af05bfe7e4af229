"""What one event alone says of each thing it speaks of: records with a single event in them, to be joined.

Or what a process says of itself.
"""

import msgspec

from app.receive import events
from app.receive.events import Event
from app.records import (
    ONSITE,
    RECEIVING_NAME,
    Act,
    Attribution,
    Availability,
    Close,
    Comment,
    Conversation,
    Moment,
    Operator,
    Push,
    Receiving,
    Sale,
    Score,
    YesOrNo,
    operator_key,
)

Delta = tuple[str, Operator | Conversation | Sale | Receiving]
"""A record's name, and what to join into it."""


def deltas_of(event: Event) -> list[Delta]:
    match event:
        case events.UserConnected():
            moment = _moment(event)
            return [_operator(event, event.operator, came=moment, act=_act(event), connects=(moment,))]
        case events.UserDisconnected():
            return [_operator(event, event.operator, left=_moment(event))]
        case events.UserChanged():
            return [_operator(event, event.operator)]
        case events.VisitorUpdated():
            return [_operator(event, event.operator, came=_moment(event), act=_act(event))]
        case events.AvailabilityUpdated():
            return [_availability_updated(event)]
        case events.ConversationPushed():
            return _pushed(event)
        case events.ConversationClosed():
            return _closed(event)
        case events.SatisfactionAnswered():
            return [_answered(event)]
        case events.TransactionAttributed():
            return [_sold(event)]
        case _:
            return []


def receiving_delta(since: int, until: int) -> Delta:
    """Return what a process says that could take posts all the time between two instants."""
    return RECEIVING_NAME, Receiving(newest=until, spans=((since, until),))


def encode_deltas(deltas: list[Delta]) -> bytes:
    """Return the script's argument for one event; empty: it changes no record."""
    return msgspec.json.encode(deltas) if deltas else b""


def _moment(event: Event) -> Moment:
    return Moment(event.at, event.rank, event.id)


def _act(event: Event) -> Act:
    return Act(event.at, event.rank, event.id, event.type)


def _operator(
    event: Event,
    operator: int,
    *,
    left: Moment | None = None,
    came: Moment | None = None,
    act: Act | None = None,
    connects: tuple[Moment, ...] = (),
    available: dict[str, Availability] | None = None,
) -> Delta:
    record = Operator(newest=event.at, left=left, came=came, act=act, connects=connects, available=available or {})
    return f"operator:{operator_key(event.tenant, str(operator))}", record


def _availability_updated(event: events.AvailabilityUpdated) -> Delta:
    available = {
        channel: Availability(event.at, event.rank, event.id, is_available)
        for channel, is_available in event.available.items()
    }
    if not any(availability.available for availability in available.values()):
        return _operator(event, event.operator, available=available)
    return _operator(event, event.operator, came=_moment(event), act=_act(event), available=available)


def _pushed(event: events.ConversationPushed) -> list[Delta]:
    operator, channel = str(event.operator), event.channel.name
    push = Push(event.at, event.rank, event.id, operator, str(event.project), channel)
    deltas = [_conversation(event, Conversation(newest=event.at, pushes=(push,), involved=(operator,)))]
    # iAdvize pushes off-site conversations for hours to an app in the background: they are no sign of presence.
    if channel in ONSITE:
        deltas.append(_operator(event, event.operator, came=_moment(event)))
    return deltas


def _closed(event: events.ConversationClosed) -> list[Delta]:
    operators = tuple(map(str, event.operators))
    last = operators[-1] if operators else ""
    close = Close(event.at, event.rank, event.id, str(event.project), event.channel.name, last)
    deltas = [_conversation(event, Conversation(newest=event.at, close=close, involved=operators))]
    if event.operators:
        deltas.append(_operator(event, event.operators[-1], act=_act(event)))
    return deltas


def _conversation(
    event: events.ConversationPushed | events.ConversationClosed | events.SatisfactionAnswered, record: Conversation
) -> Delta:
    return f"conversation:{event.tenant}-{event.conversation}", record


def _answered(event: events.SatisfactionAnswered) -> Delta:
    key, project, comment = (event.at, event.rank, event.id), str(event.project), event.comment
    record = Conversation(
        newest=event.at,
        csat=None if event.csat is None else Score(*key, event.csat, project),
        nps=None if event.nps is None else Score(*key, event.nps, project),
        custom=None if event.custom is None else YesOrNo(*key, event.custom, project),
        comment=None if comment is None else Comment(*key, comment, project),
    )
    return _conversation(event, record)


def _sold(event: events.TransactionAttributed) -> Delta:
    amount, project, operator = event.amount.ten_thousandths, str(event.project), str(event.operator)
    last = Attribution(event.at, event.rank, event.id, amount, project, event.source, operator)
    return f"sale:{event.tenant}-{event.transaction}", Sale(newest=event.at, first=event.at, last=last)
