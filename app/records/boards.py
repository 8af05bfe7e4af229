"""Boards as people define them, where their limits stand, and marks on their days."""

from typing import Literal

import msgspec


class Limit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """From which value on a figure is worth watching, and an alarm. What was not given is None."""

    watch: float | None = None
    alarm: float | None = None
    sense: Literal["above", "below"] | None = None
    lasts: int | None = msgspec.field(name="for", default=None)
    """Seconds that it must last, as `clear_for` on the good side."""
    clear_for: int | None = None
    margin: float | None = None
    min_n: int | None = None
    """Answers or durations behind a rate or a median."""


class BoardConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A board as people define it. Empty: all of them, or what every board has."""

    title: str
    projects: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    time_zone: str = ""
    tiles: tuple[str, ...] = ()
    limits: dict[str, Limit] = {}
    """By the key of the figure."""
    hours: tuple[str, ...] = ()
    """When limits count, as in `Mon-Fri 08:00-20:00`."""
    closed: tuple[str, ...] = ()
    """Dates without hours, as in `2026-12-25`."""
    names: dict[str, str] = {}
    """How much of people's names a role sees."""


class BoardRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of a board."""

    config: BoardConfig
    author: str
    at: int
    until: int = 0
    """Not 0: it is archived, and can be brought back until then."""


class Crossing(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A figure that crossed a threshold of its limit and is not over yet."""

    at: int
    is_on: bool = False
    """It lasted as long as it must; until then it is pending."""
    good_since: int | None = None
    """Since when it is on the good side again: after a while of that the crossing is over."""


class LimitState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one figure stands, by the definition of its limit with this digest."""

    digest: str
    watch: Crossing | None = None
    alarm: Crossing | None = None


class LimitStates(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the figures of a board stand; one that crossed nothing is left out."""

    version: int
    """When it was written, in ms: the highest is the newest."""
    until: int
    """When it is forgotten unless it is written again, since the board may never come back."""
    figures: dict[str, LimitState] = {}


class TestAlarm(msgspec.Struct, frozen=True):
    """Until an instant, in ms, a board shows its first limit in alarm."""

    __test__ = False

    until: int


class Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of what people note on a day: that a mailing went out, that a shop closed."""

    board: str
    moment: int
    """When what it says happened, in ms."""
    text: str
    author: str
    at: int
    until: int
    """When it is forgotten: with its day, or, once it is removed, after a while."""
    is_removed: bool = False
