"""How one value reads: as text, or, where time alone changes it, as a text with a place for an age and its instant."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import get_currency_symbol

from app.definitions.parse import ALL, ALL_TITLE
from app.json_object import Json
from app.view.phrase import UNSPOKEN, joined
from app.words.words import Words, words_in

DASH = "–"
AGE = "{age}"
FEW_ANSWERS = 5
ENOUGH_ANSWERS = 10
"""With fewer a rate reads `9 of 10`, and no interval is drawn."""
WEEK_MS = 6 * 24 * 3_600_000
"""Before today a weekday says which day it was for so long."""
REMEMBERED = 8_192
"""Names, counts and times of day come again with every change of a row."""

Text = str | dict[str, Any]
"""What a place on the page says: a text, or `{"text": "last act {age} ago", "at": instant}`."""

_AMOUNT = re.compile(r"(-?[0-9]+(?:\.([0-9]+))?)")


def board_title(id_: str, title: str, words: Words) -> str:
    """Return a board's title; that of the board that always exists depends on the language until it was changed."""
    return words.say("board.all") if (id_, title) == (ALL, ALL_TITLE) else title


class Format:
    """What one language and time zone make of a value."""

    def __init__(self, words: Words, zone: str) -> None:
        """`zone`: an IANA time zone."""
        self.words = words
        self.zone = zone
        self.say = lru_cache(maxsize=REMEMBERED)(words.say)
        self._number = lru_cache(maxsize=REMEMBERED)(words.number)
        self.channel = lru_cache(maxsize=REMEMBERED)(self._channel)
        self._forms: dict[str, Callable[[object], str]] = {
            "text": text,
            "number": self.number,
            "score": self.score,
            "signed": self.signed,
            "whole": self.whole,
            "signed_whole": self.signed_whole,
            "currency": self.currency,
            "money": self.money,
            "rounded": self.rounded,
            "seconds": self.duration,
            "time": self.time_of_day,
            "gaps": self.gaps,
        }

    def title(self, board: Json) -> str:
        """Return how the board of a document is called."""
        return board_title(board["id"], board["title"], self.words)

    def place(self, n: int, of: int) -> str:
        """Return which of its boards a screen shows; empty: it has one."""
        return self.say("wall.place", n=n, of=of) if of > 1 else ""

    def text(self, value: object, form: str) -> Text:
        """Return how a value reads; what is absent or of another kind is a dash."""
        return self.age_since(value) if form == "age" else self._forms[form](value)

    def age_since(self, value: object) -> Text:
        return DASH if _instant(value) is None else {"text": AGE, "at": value}

    def at(self, shown: Text, at: str) -> str:
        """Return a text as it reads at an instant."""
        if isinstance(shown, str):
            return shown
        return str(shown["text"]).replace(AGE, self.age(shown["at"], at)) if "at" in shown else str(shown["text"])

    def number(self, value: object) -> str:
        number = _number(value)
        return DASH if number is None or number != int(number) else self._number(int(number), 0)

    def score(self, value: object) -> str:
        """One decimal, half away from zero."""
        points = _number(value)
        return DASH if points is None else self._number(_tenths(points), 1)

    def signed(self, value: object) -> str:
        points = _number(value)
        return joined("", ("+", self.score(points))) if points is not None and points > 0 else self.score(points)

    def whole(self, value: object) -> str:
        """Without decimals, half away from zero: where there is room for no more."""
        points = _number(value)
        return DASH if points is None else self._number(_whole(Decimal(points)))

    def signed_whole(self, value: object) -> str:
        points = _number(value)
        return joined("", ("+", self.whole(points))) if points is not None and points >= 0.5 else self.whole(points)

    def currency(self, value: object) -> str:
        return get_currency_symbol(value, self.words.locale) if isinstance(value, str) else DASH

    def day(self, at: int) -> str:
        """Return the day that an instant (ms) lies in, as in `Sun 22 Nov 2026`."""
        return format_date(datetime.fromtimestamp(at / 1000, ZoneInfo(self.zone)), "EEE d MMM y", self.words.locale)

    def weekday(self, day: date) -> str:
        """Return a day's short name, as in `Sat`."""
        return self.say(f"weekday.{day.isoweekday()}")

    def money(self, value: object) -> str:
        """An amount in the decimals it came with."""
        match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
        return DASH if match is None else self._number(Decimal(match[1]), len(match[2] or ""))

    def rounded(self, value: object) -> str:
        """An amount in whole units, or thousands of them, half away from zero: to compare with, at a glance."""
        match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            return DASH
        units = _whole(Decimal(match[1]))
        if abs(units) < 1_000_000:
            return self._number(units)
        return self.say("value.thousands", n=_whole(Decimal(units) / 1000))

    def age(self, begun: str, at: str) -> str:
        """Return the time between two instants, in whole minutes: as static/js/page/age.js says it later."""
        return self._minutes((datetime.fromisoformat(at) - datetime.fromisoformat(begun)) // timedelta(minutes=1))

    def span(self, begun: str, at: str) -> str:
        """Return the time between two instants: in seconds while they matter, then as an age."""
        seconds = max(0, (datetime.fromisoformat(at) - datetime.fromisoformat(begun)) // timedelta(seconds=1))
        return self.say("age.seconds", n=seconds) if seconds < 60 else self._minutes(seconds // 60)

    def duration(self, value: object) -> str:
        seconds = _number(value)
        return DASH if seconds is None else self._minutes(int(seconds) // 60)

    def time_of_day(self, value: object) -> str:
        return _time_of_day(value, self.zone) if isinstance(value, str) else DASH

    def time_in_table(self, value: str) -> str:
        """Return a time of day among those of its day: what clocks show twice has its offset, as in `02:30 +01:00`."""
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(self.zone))
        return f"{local:%H:%M}{_offset_if_twice(local)}"

    def date_and_time(self, value: str) -> str:
        """As spreadsheets read it; a time that clocks show twice has its offset, as in `2026-10-25 02:30 +01:00`."""
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(self.zone))
        return f"{local:%Y-%m-%d %H:%M}{_offset_if_twice(local)}"

    def local_time(self, value: str) -> str:
        """Return an instant as date and time, to the second."""
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(self.zone))
        day = {"year": f"{local:%Y}", "month": f"{local:%m}", "day": f"{local:%d}"}
        return self.say("value.moment", **day, time=f"{local:%H:%M:%S}")

    def moment(self, value: str, midnight: int) -> str:
        """Return a time of day, with its day where it lies before `midnight` (ms)."""
        instant = _instant(value)
        if instant is None or instant.timestamp() * 1000 >= midnight:
            return self.time_of_day(value)
        local = instant.astimezone(ZoneInfo(self.zone))
        if midnight - instant.timestamp() * 1000 < WEEK_MS:
            return self.say("value.weekday", day=self.weekday(local), time=f"{local:%H:%M}")
        return self.say("value.day", day=f"{local:%d}", month=f"{local:%m}", time=f"{local:%H:%M}")

    def time_or_day(self, value: str, midnight: int) -> str:
        """Return a time of day, or the day alone where it lies before `midnight` (ms): walls have no room for both."""
        instant = _instant(value)
        if instant is None or instant.timestamp() * 1000 >= midnight:
            return self.time_of_day(value)
        local = instant.astimezone(ZoneInfo(self.zone))
        if midnight - instant.timestamp() * 1000 < WEEK_MS:
            return self.weekday(local)
        return self.say("value.date", day=f"{local:%d}", month=f"{local:%m}")

    def gaps(self, value: object) -> str:
        """When nothing was received, in words: how often, and the last time."""
        if not isinstance(value, list):
            return DASH
        if not value:
            return self.say("notes.no-gaps")
        ends = {end: self.time_of_day(value[-1][end]) for end in ("from", "to")}
        return self.say("notes.gap" if len(value) == 1 else "notes.gaps", n=len(value), **ends)

    def clock(self, skew: float | None) -> str:
        """Return by how much the server's clock is wrong, in words; empty when it is right as far as is known."""
        if not skew:
            return ""
        span = self.duration(abs(skew) + 30)
        return self.say("notes.clock-ahead" if skew > 0 else "notes.clock-behind", span=span)

    def _channel(self, channel: str) -> str:
        """Return what a channel is called: one that is not documented as it comes."""
        key = f"channel.{channel}"
        return self.say(key) if self.words.has(key) else channel

    def _minutes(self, minutes: int) -> str:
        if minutes < 1:
            return self.say("age.instantly")
        if minutes < 60:
            return self.say("age.minutes", n=minutes)
        hours = minutes // 60
        if hours < 24:
            return self.say("age.hours", hours=hours, minutes=f"{minutes % 60:02}")
        return self.say("age.days", days=hours // 24, hours=f"{hours % 24:02}")


@lru_cache(maxsize=64)  # all feeds that read the same share what it remembers
def format_in(language: str, zone: str) -> Format:
    return Format(words_in(language), zone)


@lru_cache(maxsize=64)
def unspoken_format(zone: str) -> Format:
    """Return what all languages make of a value: phrases, where they say it differently."""
    return Format(UNSPOKEN, zone)


@lru_cache(maxsize=8_192)  # each language and view asks for the same ones
def _time_of_day(value: str, zone: str) -> str:
    instant = _instant(value)
    return DASH if instant is None else f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def clock_time(ms: int, zone: str) -> dict[str, str]:
    """Return what the clocks of a zone show, as in `2026-11-22` and `14:32:07`."""
    return _clock_time(ms // 1000, zone)


@lru_cache(maxsize=16)  # all that is published within a second says the same
def _clock_time(seconds: int, zone: str) -> dict[str, str]:
    local = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M:%S}"}


def _offset_if_twice(local: datetime) -> str:
    is_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f" {local.isoformat()[-6:]}" if is_twice else ""


def text(value: object) -> str:
    return value if isinstance(value, str) else DASH


def extent(shown: str) -> str:
    """Return how much room a figure needs; the style sheet has a type size for each."""
    if len(shown) <= 3:
        return "short"
    if len(shown) <= 6:
        return "medium"
    return "long" if len(shown) <= 9 else "longest"


def is_few(answers: object) -> bool:
    """Whether a score of so many answers says little: one more may turn it over."""
    return isinstance(answers, int) and answers < FEW_ANSWERS


@lru_cache(maxsize=REMEMBERED)
def _tenths(points: float) -> Decimal:
    return (Decimal(points) + 0).quantize(Decimal("0.1"), ROUND_HALF_UP)


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
