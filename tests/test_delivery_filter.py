"""Which deliveries a search lists."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.deliveries.delivery import Delivery
from app.deliveries.filter import DeliveryFilter, time_span

PARIS = ZoneInfo("Europe/Paris")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-11-24", "2026-11-24T00:00+01:00", "2026-11-25T00:00+01:00"),
        ("2026-03-29", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("2026-11-24T14:30", "2026-11-24T14:30+01:00", "2026-11-24T14:31+01:00"),
        ("2026-11-24 14:30", "2026-11-24T14:30+01:00", "2026-11-24T14:31+01:00"),
        ("2026-11-24T14:30:07", "2026-11-24T14:30:07+01:00", "2026-11-24T14:30:08+01:00"),
        ("2026-11-24T14:30:07.250", "2026-11-24T14:30:07.250+01:00", "2026-11-24T14:30:07.251+01:00"),
        ("2026-11-24T14:30+05:30", "2026-11-24T14:30+05:30", "2026-11-24T14:31+05:30"),
        ("2026-11-24T14:30 05:30", "2026-11-24T14:30+05:30", "2026-11-24T14:31+05:30"),
        ("2026-11-24T14:30:07-0500", "2026-11-24T14:30:07-05:00", "2026-11-24T14:30:08-05:00"),
        ("2026-11-24T14:30Z", "2026-11-24T14:30+00:00", "2026-11-24T14:31+00:00"),
        ("2026-10-25T02:30", "2026-10-25T02:30+02:00", "2026-10-25T02:31+01:00"),
    ],
)
def test_time_spans_the_whole_day_minute_or_second_it_names(text: str, start: str, end: str) -> None:
    assert time_span(text, PARIS) == (ms(start), ms(end))


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13-01", "2026-11-24T25:00", "2026-11-24T14", "14:30", "2026-11-24T14:30+99:00", "0001-01-01"],
)
def test_invalid_times_are_errors(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 each of them has a message of its own
        time_span(text, PARIS)


def test_refused_includes_posts_without_a_valid_signature_or_address() -> None:
    misdirected = Delivery(status=404, outcome="unsigned")
    assert DeliveryFilter(outcome="refused").matches(0, "unsigned", misdirected, b"")
    assert DeliveryFilter(outcome="unsigned").matches(0, "unsigned", misdirected, b"")
    assert not DeliveryFilter(outcome="unsigned").matches(0, "refused", Delivery(status=422), b"")
    assert not DeliveryFilter(outcome="accepted").matches(0, "unsigned", misdirected, b"")
