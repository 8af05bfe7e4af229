"""The posts of an invented day, in the order of their times: how large is a day, and what does it cost?

Ten hours. Every conversation is pushed and closed, one in seven is transferred, half of them bring a click or two on a
survey, one in twenty a sale; a visitor's card is filled in for every other one. One operator takes a hundred.
"""

import random
from collections.abc import Iterator
from uuid import UUID

import msgspec

from app.clock import HOUR, MINUTE, instant
from tests.support import bodies
from tests.support.bodies import Body

HOURS = 10
CONVERSATIONS_EACH = 100
TRANSFERRED, CSAT, NPS, COMMENTED, SOLD, CARD = 0.15, 0.4, 0.2, 0.1, 0.05, 0.5
CHANNELS = ("CHAT", "CHAT", "CHAT", "CALL", "FACEBOOK", "SMS")
COMMENT = "The operator was very friendly and found the order that I had been looking for, thank you"


class Post(msgspec.Struct, frozen=True):
    at: int
    body: bytes


def day(conversations: int, until: int, seed: int = 335) -> list[Post]:
    """Return the posts of a day that ends at an instant, each with an event of its own. All are sent at its end."""
    chance = random.Random(seed)
    operators = max(1, conversations // CONVERSATIONS_EACH)
    posts = [
        Post(at, msgspec.json.encode({**body, "sentAt": instant(until)}))
        for at, body in _events(conversations, operators, until - HOURS * HOUR, chance)
        if at <= until
    ]
    return sorted(posts, key=lambda post: post.at)


def _events(conversations: int, operators: int, since: int, chance: random.Random) -> Iterator[tuple[int, Body]]:
    for operator in range(1, operators + 1):
        yield from _shift(operator, since + chance.randrange(10 * MINUTE), chance)
    for number in range(conversations):
        at = since + 10 * MINUTE + (HOURS * HOUR - 30 * MINUTE) * number // conversations
        yield from _conversation(at, operators, chance)


def _shift(operator: int, at: int, chance: random.Random) -> Iterator[tuple[int, Body]]:
    yield at, bodies.connected(operator, at, **_ids(chance))
    at += chance.randrange(MINUTE)
    yield at, bodies.availability(operator, at, CHAT=True, CALL=chance.random() < 0.5, VIDEO=False, **_ids(chance))


def _conversation(at: int, operators: int, chance: random.Random) -> Iterator[tuple[int, Body]]:
    id_, visitor = _uuid(chance), {"visitorId": _uuid(chance), "visitorExternalId": str(chance.randrange(10**8))}
    place: Body = {"channel": chance.choice(CHANNELS), "project": chance.randint(1, 5)}
    involved = [chance.randint(1, operators)]
    yield at, bodies.pushed(id_, involved[-1], at, **place, **visitor, **_ids(chance))
    if chance.random() < CARD:
        at += chance.randrange(MINUTE)
        yield at, bodies.visitor_updated(involved[-1], at, **_ids(chance))
    if chance.random() < TRANSFERRED:
        at += chance.randrange(3 * MINUTE)
        involved.append(chance.randint(1, operators))
        yield at, bodies.pushed(id_, involved[-1], at, **place, **visitor, **_ids(chance))
    at += chance.randrange(10 * MINUTE)
    yield at, bodies.closed(id_, involved, at, **place, **visitor, **_ids(chance))
    at += chance.randrange(2 * MINUTE)
    for body in _aftermath(id_, involved[-1], at, chance):
        yield at, body


def _aftermath(id_: str, operator: int, at: int, chance: random.Random) -> Iterator[Body]:
    if chance.random() < CSAT:
        yield bodies.answered(id_, at, customerSatisfaction=chance.randint(1, 5), **_ids(chance))
    if chance.random() < NPS:
        yield bodies.answered(id_, at, netPromoterScore=chance.randint(0, 10), **_ids(chance))
    if chance.random() < COMMENTED:
        yield bodies.answered(id_, at, satisfactionComment=COMMENT, **_ids(chance))
    if chance.random() < SOLD:
        amount = chance.randint(1, 50_000) / 100
        yield bodies.sold(_uuid(chance), amount, at, operator=operator, conversation=id_, **_ids(chance))


def _ids(chance: random.Random) -> Body:
    return {"eventId": _uuid(chance)}


def _uuid(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))
