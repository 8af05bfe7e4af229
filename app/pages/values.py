"""How a value of the document reads on a page: the same words and rounding as static/js/format.js.

Knows nothing of HTTP. `at` is the instant the numbers are from, RFC 3339; `zone` an IANA time zone.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

DASH = "–"
MINUS = "−"

AMOUNT = re.compile(r"(-?)([0-9]+)(\.[0-9]+)?")

CHANNELS = {
    "CHAT": "Chat",
    "CALL": "Call",
    "VIDEO": "Video",
    "FACEBOOK": "Facebook",
    "FACEBOOK_BUSINESS_ON_MESSENGER": "Messenger",
    "MOBILE_APP": "Mobile app",
    "SMS": "SMS",
}


class ChannelRow(NamedTuple):
    channel: str
    label: str
    documented: bool


def look_up(document: object, path: str) -> object:
    """The value at a dotted path, or None. The last key may hold dots itself, as a channel's name can."""
    if not isinstance(document, dict):
        return None
    if path in document:
        return document[path]
    head, dot, rest = path.partition(".")
    return look_up(document.get(head), rest) if dot else None


def display(value: object, form: str, at: str, zone: str) -> str:
    """A value as the slots of the page show it; what is absent or of another kind is a dash."""
    if form == "age":
        return age(value, at)
    if form == "time":
        return time_of_day(value, zone)
    return FORMS[form](value)


def text(value: object) -> str:
    return value if isinstance(value, str) else DASH


def number(value: object) -> str:
    whole = _number(value)
    return DASH if whole is None or whole != int(whole) else f"{int(whole):,}".replace("-", MINUS)


def score(value: object) -> str:
    """One decimal, half away from zero."""
    points = _number(value)
    if points is None:
        return DASH
    return str((Decimal(points) + 0).quantize(Decimal("0.1"), ROUND_HALF_UP)).replace("-", MINUS)


def signed(value: object) -> str:
    points = _number(value)
    return f"+{score(points)}" if points is not None and points > 0 else score(points)


def money(value: object) -> str:
    """An amount in the decimals it came with."""
    match = AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return DASH
    sign, whole, decimals = match.groups(default="")
    return f"{MINUS if sign else ''}{int(whole):,}{decimals}"


def age(value: object, at: str) -> str:
    """The time from an instant to `at`, in whole minutes."""
    begun, now = _instant(value), _instant(at)
    if begun is None or now is None:
        return DASH
    minutes = (now - begun) // timedelta(minutes=1)
    if minutes < 1:
        return "<1 min"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60}h {minutes % 60:02}"
    return f"{minutes // (24 * 60)}d {minutes // 60 % 24:02}h"


def time_of_day(value: object, zone: str, *, seconds: bool = False) -> str:
    instant = _instant(value)
    if instant is None:
        return DASH
    return f"{instant.astimezone(ZoneInfo(zone)):{'%H:%M:%S' if seconds else '%H:%M'}}"


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


def density(rows: int) -> str:
    """How close the rows of a list must stand; likewise."""
    if rows <= 8:
        return "loose"
    return "dense" if rows <= 12 else "packed"


def notes(document: object, zone: str) -> str:
    """What today's numbers miss, in words; empty when they miss nothing."""
    said = []
    counting_since = look_up(document, "delivery.counting_since")
    began, midnight = _instant(counting_since), _instant(look_up(document, "board.since"))
    if began is not None and midnight is not None and began > midnight:
        said.append(f"counting since {time_of_day(counting_since, zone)}")
    gaps = look_up(document, "delivery.gaps")
    if isinstance(gaps, list) and gaps:
        first, last = (time_of_day(look_up(gaps[-1], end), zone, seconds=True) for end in ("from", "to"))
        times = "" if len(gaps) == 1 else f" {len(gaps)} times, last"
        said.append(f"not receiving{times} {first}–{last}")
    return " · ".join(said)


def channel_rows(open_by_channel: object) -> list[ChannelRow]:
    """A row for each documented channel, then for any other that is open, named as it comes."""
    others = sorted(set(open_by_channel) - set(CHANNELS)) if isinstance(open_by_channel, dict) else []
    documented = [ChannelRow(channel, label, documented=True) for channel, label in CHANNELS.items()]
    return documented + [ChannelRow(channel, channel, documented=False) for channel in others]


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _instant(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None


FORMS: dict[str, Callable[[object], str]] = {
    "text": text,
    "number": number,
    "score": score,
    "signed": signed,
    "money": money,
}

FILTERS: dict[str, Callable[..., object]] = {
    "channel_rows": channel_rows,
    "date_and_time": date_and_time,
    "density": density,
    "display": display,
    "extent": extent,
    "look_up": look_up,
    "notes": notes,
    "time_of_day": time_of_day,
}
