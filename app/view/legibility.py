"""How large the letters of a wall must be for those who read it, and which plan of tiles leaves them that room.

A letter is read with ease when its capitals stand 22 minutes of arc high, and is not read under 16 (ISO 9241-303):
`cap height = 2 d tan(arc / 2)`. The plans and their type are drawn in static/css/wall.css.
"""

from math import atan, degrees, radians, tan
from typing import NamedTuple

ARC_LEAST = 16
"""Minutes of arc."""
CAPITALS = 0.7
"""Height of capitals as a share of the type size: that of the fonts that TVs have, at the least."""
MM_PER_INCH, MM_PER_METRE = 25.4, 1000


class Plan(NamedTuple):
    name: str
    type_size: float
    """Of its smallest letters, as a share of the screen's diagonal."""


PLANS = (Plan("near", 0.019), Plan("whole", 0.0244), Plan("six", 0.0322), Plan("four", 0.046), Plan("two", 0.065))
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
