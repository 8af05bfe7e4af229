"""What leads say of an operator: that they are not there, whatever events show.

It is kept in a record of its own, which expires; the records of events stay as they are.
"""

from collections.abc import Mapping

from redis.asyncio import Redis

from app.clock import MINUTE, Clock
from app.errors import InputError, Mistake
from app.mirror.mirror import Mirror
from app.records import NOT_HERE_KIND, Absence, NotHere
from app.repository import Repository

MINUTES: Mapping[str, int] = {"15": 15, "60": 60}
END_OF_DAY, HERE = "day", "here"
CHOICES = (*MINUTES, END_OF_DAY, HERE)
"""For so many minutes, until the end of the board's day, or: they are there again."""
ENDED_KNOWN = MINUTE
"""How long a withdrawal is remembered at least."""


class Absences(Repository[NotHere]):
    def __init__(self, store: Redis, mirror: Mirror, clock: Clock) -> None:
        super().__init__(store, mirror, clock, (NotHere,), lambda said: (said.at,))

    async def say(self, operator: str, reason: str, choice: str, day_end: int, author: str) -> int | None:
        """Say that an operator is not there, or with HERE that they are. `day_end`: of the board, in ms.

        Return the number of the change. Raises StoreUnavailable, and InputError for a reason or a choice that is not on
        the list.
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

        def said(before: NotHere | None) -> NotHere:
            at = self._instant_after(before)
            if choice == HERE:
                until = max(before.until if before else 0, at + ENDED_KNOWN)
                return NotHere(by=author, reason=Absence.OTHER, at=at, until=until, is_over=True)
            until = self._clock() + MINUTES[choice] * MINUTE if choice in MINUTES else day_end
            return NotHere(by=author, reason=Absence(reason), at=at, until=until)

        return (await self.change(f"{NOT_HERE_KIND}:{operator}", NotHere, said)).number
