"""Has contenders take turns, so that whatever else the machine does meanwhile falls on all of them alike."""

from collections.abc import Awaitable, Callable, Mapping
from statistics import median

import msgspec

Figures = Mapping[str, float]
"""What one turn told, by name."""
Turn = Callable[[], Awaitable[Figures]]


class Effort(msgspec.Struct, frozen=True):
    """How much is done for a measure: all that `make bench` does, or enough to see that it runs."""

    rounds: int = 3
    """How often each contender has its turn."""
    seconds: float = 2.0
    """How long a turn lasts, where it lasts a time."""
    share: float = 1.0
    """Of the full sizes."""

    def some(self, size: int) -> int:
        return max(1, round(size * self.share))


async def take_turns(contenders: Mapping[str, Turn], rounds: int) -> dict[str, Figures]:
    """Return the medians of what the turns told, by contender. Each round begins with another one of them."""
    names = list(contenders)
    told: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            told[name].append(await contenders[name]())
    return {name: _medians(turns) for name, turns in told.items()}


def _medians(turns: list[Figures]) -> Figures:
    return {figure: median(turn[figure] for turn in turns) for figure in turns[0]}
