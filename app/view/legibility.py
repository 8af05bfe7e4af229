"""How large the letters of a wall must be for those who read it, and which plan leaves them that room.

A letter is read with ease when its capitals stand 22 minutes of arc high, and is not read under 16 (ISO 9241-303):
`cap height = 2 d tan(arc / 2)`. The plans and their type are drawn in static/css/wall.css,
and app/view/layout.py says which tiles they have room for.
"""

from math import atan, degrees, radians, tan
from typing import NamedTuple

ARC_LEAST = 16
"""Minutes of arc."""
CAPITALS = 0.727
"""Height of capitals as a share of the type size, of our typeface. A test measures it."""
MM_PER_INCH, MM_PER_METRE = 25.4, 1000


DIAGONAL_REM = 114.7
"""Of a screen of 16:9: static/css/wall.css draws it 100 rem broad."""


class Plan(NamedTuple):
    name: str
    letters_rem: float
    """The size of its smallest letters."""

    @property
    def type_size(self) -> float:
        """The same as a share of the screen's diagonal."""
        return self.letters_rem / DIAGONAL_REM


PLANS = (Plan("near", 2.2), Plan("whole", 2.8), Plan("usual", 3.37), Plan("four", 5.3), Plan("two", 7.5))
"""The more a plan shows, the smaller its letters; the last is for all that are further away still."""


def plan_for(inches: float, metres: float) -> Plan:
    """Return the plan that shows the most of what can be read on a screen of that diagonal from that far."""
    cap_height = 2 * metres * MM_PER_METRE * tan(radians(ARC_LEAST / 60) / 2)
    needed = cap_height / CAPITALS / (inches * MM_PER_INCH)
    return next((plan for plan in PLANS if plan.type_size >= needed), PLANS[-1])


def arc_of(plan: Plan, inches: float, metres: float) -> float:
    """Return how high the capitals of a plan's smallest letters stand, in minutes of arc."""
    cap_height = plan.type_size * CAPITALS * inches * MM_PER_INCH
    return degrees(2 * atan(cap_height / (2 * metres * MM_PER_METRE))) * 60
