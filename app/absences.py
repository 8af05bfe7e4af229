"""What leads say of an operator: that they are not there, whatever events show.

Records are not touched: it is one of its own, which follows the change stream and ends by itself.
"""

from collections.abc import Mapping

import msgspec
from redis.asyncio import Redis

from app.clock import MINUTE, Clock
from app.errors import InputError, Mistake
from app.records import NOT_HERE_KIND, Absence, NotHere
from app.store.client import store_errors
from app.store.put import put_record

MINUTES: Mapping[str, int] = {"15": 15, "60": 60}
END_OF_DAY, HERE = "day", "here"
CHOICES = (*MINUTES, END_OF_DAY, HERE)
"""For how many minutes, to the end of the board's day, or no more."""
ENDED_KNOWN = MINUTE
"""So long the store has what was taken back, so that a process which starts meanwhile finds that it ended."""


class Absences:
    """Methods return the number of the change. They raise StoreUnavailable."""

    def __init__(self, store: Redis, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def say(self, operator: str, reason: str, choice: str, day_end: int, author: str) -> int:
        """Say that an operator is not there, or with HERE that they are. `day_end`: of the board, in ms.

        Raises InputError for a reason or a choice that is not on the list.
        """
        mistakes = []
        if choice not in CHOICES:
            allowed = ", ".join(CHOICES)
            mistakes.append(Mistake(field="until", rule="until", found=choice[:50], allowed=allowed))
        elif choice != HERE and reason not in list(Absence):
            allowed = ", ".join(Absence)
            mistakes.append(Mistake(field="reason", rule="reason", found=reason[:50], allowed=allowed))
        if mistakes:
            raise InputError(mistakes)
        now = self._clock()
        if choice == HERE:
            return await self._put(operator, NotHere(by=author, reason=Absence.OTHER, at=now, until=0))
        until = now + MINUTES[choice] * MINUTE if choice in MINUTES else day_end
        return await self._put(operator, NotHere(by=author, reason=Absence(reason), at=now, until=until))

    async def _put(self, operator: str, said: NotHere) -> int:
        json, until = msgspec.json.encode(said), max(said.until, said.at + ENDED_KNOWN)
        name = f"{NOT_HERE_KIND}:{operator}"
        with store_errors():
            change = await put_record(self._store, self._clock(), name, json, until=until, index=NOT_HERE_KIND)
        assert change is not None  # noqa: S101 nothing was expected to be there
        return change
