"""A made-up floor that goes round and round over the same things: whatever grows while it does is a leak.

It knows no server: it says which body comes next, and what the answer to it must be.
"""

import random
from collections import deque
from collections.abc import Iterator

import msgspec

from app.clock import Clock
from tests.support import bodies
from tests.support.bodies import Body
from tests.support.server import SECRET

CHANNELS = ("CHAT", "CALL", "FACEBOOK", "SMS")
SOURCES = ("Onsite", "Offsite")
KEPT_PUSHES = 50
"""A conversation's record keeps so many pushes: it has reached its bound once it was pushed so often."""
OPERATORS_EACH = 3
PROJECTS = 3
REMEMBERED = 100

# One post in so many is of this kind. The first that applies.
DUPLICATE_EVERY, WRONG_EVERY, UNSIGNED_EVERY, UNKNOWN_EVERY, OPERATOR_EVERY = 25, 103, 107, 109, 20


class Post(msgspec.Struct, frozen=True):
    body: bytes
    status: int = 204
    """The right answer."""
    secret: str = SECRET


class Floor:
    def __init__(self, operators: int, conversations: int, clock: Clock) -> None:
        self._operators = operators
        self._conversations = conversations
        self._clock = clock
        self._random = random.Random(335)
        self._posts = self._turns = self._shifts = 0
        self._last: deque[Post] = deque(maxlen=REMEMBERED)

    def filling(self) -> Iterator[Post]:
        """Yield what brings every record to its bound."""
        for operator in range(self._operators):
            yield _post(bodies.connected(1 + operator, self._clock()))
        for turn in range(KEPT_PUSHES * self._conversations):
            lap, conversation = divmod(turn, self._conversations)
            yield _post(self._push(conversation, lap % OPERATORS_EACH))

    def next(self) -> Post:
        """Return the next post, of this instant."""
        self._posts += 1
        if self._posts % DUPLICATE_EVERY == 0 and self._last:
            return self._random.choice(self._last)
        if self._posts % WRONG_EVERY == 0:
            return _post(bodies.answered(_id(0), self._clock(), customerSatisfaction=7), status=422)
        if self._posts % UNSIGNED_EVERY == 0:
            return _post(self._push(0, 0), status=401, secret="not the secret of this app")  # noqa: S106
        if self._posts % UNKNOWN_EVERY == 0:
            return _post(bodies.body("a.type.of.tomorrow", self._clock()))
        post = _post(self._shift() if self._posts % OPERATOR_EVERY == 0 else self._turn())
        self._last.append(post)
        return post

    def _shift(self) -> Body:
        """Return the next step of the next operator, who comes, works and goes."""
        lap, operator = divmod(self._shifts, self._operators)
        self._shifts += 1
        at, user = self._clock(), 1 + operator
        match (lap + operator) % 4:
            case 0:
                return bodies.connected(user, at)
            case 1:
                return bodies.availability(user, at, CHAT=True, CALL=self._random.random() < 0.5)
            case 2:
                return bodies.visitor_updated(user, at)
            case _:
                return bodies.disconnected(user, at)

    def _turn(self) -> Body:
        """Return the next step of the next conversation, each of which stands elsewhere in its life."""
        lap, conversation = divmod(self._turns, self._conversations)
        self._turns += 1
        match (lap + conversation) % 8:
            case 0:
                return self._push(conversation, lap % OPERATORS_EACH)
            case 1:
                return self._push(conversation, (lap + 1) % OPERATORS_EACH)
            case 2:
                return self._close(conversation)
            case 7:
                return self._sale(conversation)
            case step:
                return self._answer(conversation, step)

    def _push(self, conversation: int, which: int) -> Body:
        return bodies.pushed(
            _id(conversation), self._operator(conversation, which), self._clock(), **_place(conversation)
        )

    def _close(self, conversation: int) -> Body:
        operators = [self._operator(conversation, which) for which in range(OPERATORS_EACH)]
        return bodies.closed(_id(conversation), operators, self._clock(), **_place(conversation))

    def _answer(self, conversation: int, step: int) -> Body:
        answers: list[Body] = [
            {"customerSatisfaction": self._random.randint(1, 5)},
            {"netPromoterScore": self._random.randint(0, 10)},
            {"customQuestion": self._random.random() < 0.5},
            {"satisfactionComment": f"It was helpful, said visitor {conversation}"},
        ]
        return bodies.answered(_id(conversation), self._clock(), **answers[step % len(answers)])

    def _sale(self, conversation: int) -> Body:
        return bodies.sold(
            f"sale-{conversation}",
            self._random.randint(1, 50_000) / 100,
            self._clock(),
            source=SOURCES[conversation % len(SOURCES)],
            operator=self._operator(conversation, 0),
            conversation=_id(conversation),
        )

    def _operator(self, conversation: int, which: int) -> int:
        """Return one of the few whom a conversation is given to: their list has a bound too."""
        return 1 + (conversation + which) % self._operators


def _post(body: Body, status: int = 204, secret: str = SECRET) -> Post:
    return Post(msgspec.json.encode(body), status, secret)


def _id(conversation: int) -> str:
    return f"00000000-0000-4000-8000-{conversation:012d}"


def _place(conversation: int) -> Body:
    return {"channel": CHANNELS[conversation % len(CHANNELS)], "project": 1 + conversation % PROJECTS}
