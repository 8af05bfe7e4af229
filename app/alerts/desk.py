"""What decides who is told now: channels with their quiet hours, silences, and what channels were told lately."""

from collections.abc import Sequence
from functools import lru_cache

from app.alerts.book import AlertBook
from app.alerts.channel_book import ChannelBook
from app.alerts.channels import Channel
from app.alerts.routing import Circumstances
from app.limits.hours import LimitHours
from app.records import Episode, Told


class Desk:
    def __init__(self, book: AlertBook, channels: ChannelBook, time_zone: str) -> None:
        """`time_zone`: of quiet hours."""
        self._book = book
        self._channels = channels
        self._time_zone = time_zone

    def circumstances(self, now: int) -> Circumstances:
        return Circumstances(
            channels=self._channels.all(),
            silences=list(self._book.silences().values()),
            is_quiet=self._is_quiet,
            lately=self._lately,
            now=now,
        )

    def _is_quiet(self, channel: Channel, now: int) -> bool:
        return bool(channel.quiet_hours) and _hours(channel.quiet_hours, self._time_zone).look(now).counts

    def _lately(self, episode: Episode, channel: str) -> Sequence[Told]:
        others = self._book.recent().values()
        return [
            told
            for other in others
            if other.subject == episode.subject and other.began != episode.began
            for told in other.told
            if told.channel == channel
        ]


@lru_cache(maxsize=64)
def _hours(hours: tuple[str, ...], time_zone: str) -> LimitHours:
    return LimitHours(hours, (), time_zone)
