"""Bodies as iAdvize posts them, one builder for each event type, with defaults for all that a test does not care about.

`at` is in milliseconds since 1970. `more` are members as on the wire, to add or replace: `eventId="a"`, `clientId=7`.
"""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.support.model import instant

Body = dict[str, Any]


def body(event_type: str, at: int, **members: Any) -> Body:
    sent = instant(at)
    envelope = {"eventType": event_type, "platform": "ha", "clientId": 335, "createdAt": sent, "sentAt": sent}
    envelope.update(members)
    if "eventId" not in envelope:
        envelope["eventId"] = str(uuid4())
    return envelope


def connected(user: int | str, at: int, **more: Any) -> Body:
    return body("user.connected", at, userId=user, **more)


def disconnected(user: int | str, at: int, **more: Any) -> Body:
    return body("user.disconnected", at, userId=user, **more)


def created(user: int | str, at: int, **more: Any) -> Body:
    return body("user.created", at, userId=user, **more)


def updated(user: int | str, at: int, **more: Any) -> Body:
    return body("user.updated", at, userId=user, **more)


def availability(user: int | str, at: int, **more: Any) -> Body:
    """Channels are the true and false among `more`: `availability(12, at, CHAT=True, CALL=False)`."""
    channels = {name: value for name, value in more.items() if isinstance(value, bool)}
    members: Body = {"userId": user, "origin": "desk"}
    members["availabilities"] = [
        {"channel": name, "status": "AVAILABLE" if available else "UNAVAILABLE"} for name, available in channels.items()
    ]
    members.update({name: value for name, value in more.items() if name not in channels})
    return body("user.availability.updated", at, **members)


def visitor_updated(operator: int | str, at: int, **more: Any) -> Body:
    visitor = "593de0891b628a50b09835dc6c0e92565329c74baa90e"
    return body("visitor.updated", at, **{"operatorId": operator, "visitorId": visitor} | more)


def pushed(
    conversation: str, operator: int | str, at: int, channel: str = "CHAT", project: int | str = 1, **more: Any
) -> Body:
    members = {"conversationId": conversation, "operatorId": operator, "channel": channel, "projectId": project}
    return body("v2.conversation.pushed", at, **members | more)


def closed(
    conversation: str,
    operators: Sequence[int | str] | None,
    at: int,
    channel: str = "CHAT",
    project: int | str = 1,
    **more: Any,
) -> Body:
    """`operators` None leaves `operatorIds` out."""
    members: Body = {"conversationId": conversation, "channel": channel, "projectId": project}
    if operators is not None:
        members["operatorIds"] = list(operators)
    return body("v2.conversation.closed", at, **members | more)


def answered(conversation: str, at: int, **answers: Any) -> Body:
    """The answers stand as on the wire, beside other members: `customerSatisfaction=4, projectId=2`."""
    return body("satisfaction.answered", at, **{"conversationId": conversation, "projectId": 1} | answers)


def sold(
    transaction: str,
    amount: float,
    at: int,
    source: str = "Onsite",
    operator: int | str = 12,
    conversation: str = "2d90a8a2-16df-45f5-897e-31adf9aa165d",
    project: int | str = 1,
    **more: Any,
) -> Body:
    members = {
        "transactionId": transaction,
        "amount": amount,
        "source": source,
        "operatorId": operator,
        "conversationId": conversation,
        "projectId": project,
        "externalId": "transaction-1",
        "receivedAt": instant(at),
    }
    return body("transaction.attributed", at, **members | more)
