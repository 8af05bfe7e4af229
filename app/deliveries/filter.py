"""Which deliveries a search lists."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from app.deliveries.delivery import Delivery
from app.deliveries.masked import masked_body, masked_delivery
from app.deliveries.summary import summarize

Outcome = Literal["accepted", "duplicates", "refused", "unsigned"]

_TIME = re.compile(
    r"""(?P<date>[12]\d{3}-\d\d-\d\d)
    (?:[T ](?P<minute>\d\d:\d\d)(?P<second>:\d\d(?P<fraction>\.\d{1,6})?)?
    (?P<offset>Z|[+ -]\d\d:?\d\d)?)?""",
    re.ASCII | re.VERBOSE,
)


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Members that are empty or None let everything pass."""

    outcome: Outcome | None = None
    """`refused` includes `unsigned`: those were refused too."""
    type: str = ""
    """An event type, or one of the counters `unrecognised` and `deprecated`."""
    types: frozenset[str] = frozenset()
    """Event types, any of which will do."""
    id: str = ""
    """Of an event, operator, conversation, transaction or visitor."""
    text: str = ""
    """Anywhere in the body, the reason, the address or the path, in any case."""
    since: int | None = None
    until: int | None = None
    """Time of receipt in ms: from `since`, before `until`."""
    is_masked: bool = False
    """Nothing is found by what `app/deliveries/masked.py` masks."""

    @property
    def includes_signed(self) -> bool:
        return self.outcome != "unsigned"

    @property
    def includes_unsigned(self) -> bool:
        return self.outcome in (None, "refused", "unsigned")

    def matches(self, at: int, outcome: Outcome, delivery: Delivery, body: bytes) -> bool:
        # The cheapest tests come first.
        is_sought = (
            (self.outcome in (None, outcome) or (self.outcome == "refused" and outcome == "unsigned"))
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
            and self.type in ("", delivery.type, delivery.counter)
            and (not self.types or delivery.type in self.types)
        )
        if not is_sought or not (self.id or self.text):
            return is_sought
        if self.is_masked:
            delivery, body = masked_delivery(delivery), masked_body(body)
        return (not self.id or _has_id(body, self.id)) and (
            not self.text or _has_text(delivery, body, self.text.casefold())
        )


def time_span(text: str, zone: ZoneInfo) -> tuple[int, int]:
    """Return start and end, in ms, of the day, minute or second that a text names. Raises ValueError.

    Times without an offset are local to the zone; where a clock change makes them ambiguous, the span covers both.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a date or time: {text!r}")
    day = date.fromisoformat(match["date"])
    if match["minute"] is None:
        return _ms(_local(day, zone)), _ms(_local(day + timedelta(days=1), zone))
    moment = datetime.fromisoformat(f"{day} {match['minute']}{match['second'] or ''}")
    offset = match["offset"]
    if offset:
        # In a URL that was typed by hand, "+" arrives as a space.
        readings = [_ms(moment.replace(tzinfo=datetime.strptime(offset.replace(" ", "+"), "%z").tzinfo))]
    else:
        readings = [_ms(moment.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)]
    return min(readings), max(readings) + _precision_ms(match)


def _local(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _precision_ms(match: re.Match[str]) -> int:
    if match["fraction"]:
        return 1
    return 1_000 if match["second"] else 60_000


def _ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _has_id(body: bytes, id_: str) -> bool:
    # Boards write operators and conversations with the tenant in front; in a body it is a field of its own.
    bare = id_ if id_.encode() in body else id_.split("-", 2)[-1]
    if bare.encode() not in body:
        return False
    summary = summarize(body)
    return summary is not None and summary.has_id(id_)


def _has_text(delivery: Delivery, body: bytes, text: str) -> bool:
    recorded = (delivery.type, delivery.detail, delivery.address, delivery.path)
    return any(text in part.casefold() for part in recorded) or text in _searchable(body).casefold()


def _searchable(body: bytes) -> str:
    """Return the body as text; if it has escapes such as \\u00e9, followed by the same text without them."""
    text = body.decode(errors="replace")
    if "\\" not in text:
        return text
    try:
        return text + msgspec.json.encode(msgspec.json.decode(body)).decode()
    except (ValueError, RecursionError):
        return text
