"""Instants on pages that belong to no board: local time of a zone, dates as the language writes them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.words.words import Words


class LocalTime:
    def __init__(self, words: Words, zone: str) -> None:
        """`zone`: an IANA time zone."""
        self._words = words
        self._zone = ZoneInfo(zone)

    def __call__(self, instant: str) -> str:
        """Return an RFC 3339 instant in words."""
        local = datetime.fromisoformat(instant).astimezone(self._zone)
        parts = {"year": f"{local:%Y}", "month": f"{local:%m}", "day": f"{local:%d}", "time": f"{local:%H:%M:%S}"}
        return self._words.say("value.moment", **parts)
