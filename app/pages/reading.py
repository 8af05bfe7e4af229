"""How a value of the document reads on a page: the same words and rounding as static/js/format.js."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.words.words import Words

DASH = "–"
FEW_ANSWERS = 5
CHANNEL_ROWS = 8
"""What a list of channels has room for."""

AMOUNT = re.compile(r"(-?[0-9]+(?:\.([0-9]+))?)")


def look_up(document: object, path: str) -> object:
    """The value at a dotted path, or None. The last key may hold dots itself, as a channel's name can."""
    if not isinstance(document, dict):
        return None
    if path in document:
        return document[path]
    head, dot, rest = path.partition(".")
    return look_up(document.get(head), rest) if dot else None


class ChannelRow(NamedTuple):
    channel: str
    label: str
    documented: bool
    seen: bool


class Channels(NamedTuple):
    rows: list[ChannelRow]
    others: int
    """How much is open in those that are not seen."""


class Reading:
    """What is said to somebody of one language about the numbers of one instant."""

    def __init__(self, words: Words, at: str, zone: str) -> None:
        """`at`: the instant the numbers are from, RFC 3339; `zone`: an IANA time zone."""
        self.words = words
        self.at = at
        self.zone = zone
        self._forms: dict[str, Callable[[object], str]] = {
            "text": text,
            "number": self.number,
            "score": self.score,
            "signed": self.signed,
            "money": self.money,
            "rounded": self.rounded,
            "age": self.age,
            "time": self.time_of_day,
            "gaps": self.gaps,
        }

    def display(self, value: object, form: str) -> str:
        """A value as the slots of the page show it; what is absent or of another kind is a dash."""
        return self._forms[form](value)

    def number(self, value: object) -> str:
        whole = _number(value)
        return DASH if whole is None or whole != int(whole) else self.words.number(int(whole))

    def score(self, value: object) -> str:
        """One decimal, half away from zero."""
        points = _number(value)
        if points is None:
            return DASH
        return self.words.number((Decimal(points) + 0).quantize(Decimal("0.1"), ROUND_HALF_UP), 1)

    def signed(self, value: object) -> str:
        points = _number(value)
        return f"+{self.score(points)}" if points is not None and points > 0 else self.score(points)

    def money(self, value: object) -> str:
        """An amount in the decimals it came with."""
        match = AMOUNT.fullmatch(value) if isinstance(value, str) else None
        return DASH if match is None else self.words.number(Decimal(match[1]), len(match[2] or ""))

    def rounded(self, value: object) -> str:
        """An amount in whole units, or thousands of them, half away from zero: to compare with, at a glance."""
        match = AMOUNT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return DASH
        units = _whole(Decimal(match[1]))
        if abs(units) < 1_000_000:
            return self.words.number(units)
        return self.words.say("value.thousands", n=_whole(Decimal(units) / 1000))

    def age(self, value: object) -> str:
        """The time from an instant to that of the numbers, in whole minutes."""
        begun, now = _instant(value), _instant(self.at)
        if begun is None or now is None:
            return DASH
        return self._in_minutes((now - begun) // timedelta(minutes=1))

    def _in_minutes(self, minutes: int) -> str:
        if minutes < 1:
            return self.words.say("age.instantly")
        if minutes < 60:
            return self.words.say("age.minutes", n=minutes)
        hours = minutes // 60
        if hours < 24:
            return self.words.say("age.hours", hours=hours, minutes=f"{minutes % 60:02}")
        return self.words.say("age.days", days=hours // 24, hours=f"{hours % 24:02}")

    def time_of_day(self, value: object, *, seconds: bool = False) -> str:
        instant = _instant(value)
        if instant is None:
            return DASH
        return f"{instant.astimezone(ZoneInfo(self.zone)):{'%H:%M:%S' if seconds else '%H:%M'}}"

    def notes(self, document: object) -> str:
        """What today's numbers miss, in words; empty when they miss nothing."""
        said = [clock] if (clock := self.clock(look_up(document, "delivery.clock_skew_seconds"))) else []
        counting_since = look_up(document, "delivery.counting_since")
        began, midnight = _instant(counting_since), _instant(look_up(document, "board.since"))
        if began is not None and midnight is not None and began > midnight:
            said.append(self.words.say("notes.since", time=self.time_of_day(counting_since)))
        gaps = look_up(document, "delivery.gaps")
        if isinstance(gaps, list) and gaps:
            said.append(self.gaps(gaps))
        return " · ".join(said)

    def clock(self, skew: object) -> str:
        """Return by how much the server's clock is wrong, in words; empty when it is right as far as is known."""
        seconds = _number(skew)
        if not seconds:
            return ""
        span = self._in_minutes(int(abs(seconds) + 30) // 60)
        return self.words.say("notes.clock-ahead" if seconds > 0 else "notes.clock-behind", span=span)

    def gaps(self, value: object) -> str:
        """When nobody received, in words: how often, and the last time."""
        if not isinstance(value, list):
            return DASH
        if not value:
            return self.words.say("notes.no-gaps")
        ends = {end: self.time_of_day(look_up(value[-1], end)) for end in ("from", "to")}
        return self.words.say("notes.gap" if len(value) == 1 else "notes.gaps", n=len(value), **ends)

    def channels(self, counts: object) -> Channels:
        """The documented channels, then any other that is open, named as it comes."""
        found: dict[str, int] = counts if isinstance(counts, dict) else {}
        named = self.words.sections("channel")
        labels = {key.removeprefix("channel."): str(label) for key, label in named.items()}
        names = [*labels, *sorted(set(found) - set(labels))]
        seen = seen_channels(names, found)
        rows = [ChannelRow(name, labels.get(name, name), name in labels, name in seen) for name in names]
        return Channels(rows, sum(found.get(name, 0) for name in names if name not in seen))


def seen_channels(names: list[str], counts: dict[str, int]) -> set[str]:
    """Return those that a list has room for: all, else those with something open, else the fullest of them."""
    if len(names) <= CHANNEL_ROWS:
        return set(names)
    busy = sorted((name for name in names if counts.get(name)), key=lambda name: -counts[name])
    return set(busy if len(busy) <= CHANNEL_ROWS else busy[: CHANNEL_ROWS - 1])


def text(value: object) -> str:
    return value if isinstance(value, str) else DASH


def date_and_time(value: object) -> str:
    """An instant in UTC, for pages that belong to no board."""
    instant = _instant(value)
    return DASH if instant is None else f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def extent(shown: str) -> str:
    """How much room a figure needs; the style sheet has a type size for each."""
    if len(shown) <= 3:
        return "short"
    if len(shown) <= 6:
        return "medium"
    return "long" if len(shown) <= 9 else "longest"


def is_deserted(document: object) -> bool:
    """Whether humans hold open onsite conversations while none of them is connected for certain."""
    held = _number(look_up(document, "conversations.onsite.held_by_humans"))
    return look_up(document, "operators.connected") == 0 and held is not None and held > 0


def is_few(answers: object) -> bool:
    """Whether a score of so many answers says little: one more may turn it over."""
    return isinstance(answers, int) and answers < FEW_ANSWERS


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _instant(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None
