"""Links in messages that let their reader acknowledge that episode, and nothing else, without a log-in."""

from typing import NamedTuple

from app.access.credentials import Credentials
from app.access.tokens import SignedValue
from app.alerts.episodes import Episodes
from app.clock import DAY, Clock
from app.records import Episode

LINK_PATH = "/acknowledge"
VALID_AFTER_END = DAY
_PURPOSE = "acknowledge an episode"
"""A separate key is derived from the deployment's."""


class AcknowledgeToken(SignedValue, frozen=True):
    episode: str
    channel: str


class LinkedEpisode(NamedTuple):
    id: str
    episode: Episode
    channel: str


class AcknowledgeLinks:
    def __init__(self, credentials: Credentials, episodes: Episodes, site: str, clock: Clock) -> None:
        """`site`: our own address, without a slash at its end."""
        self._credentials = credentials
        self._episodes = episodes
        self._site = site
        self._clock = clock

    def link(self, episode: str, channel: str) -> str:
        """Raises StoreUnavailable."""
        token = self._credentials.sign(AcknowledgeToken(episode, channel), _PURPOSE)
        return f"{self._site}{LINK_PATH}/{token}"

    def read(self, token: str) -> LinkedEpisode | None:
        """Return what a link leads to, or None: it is not ours, or its episode is forgotten or ended over a day ago."""
        value = self._credentials.verify(token, _PURPOSE, AcknowledgeToken)
        episode = None if value is None else self._episodes.find(value.episode)
        if value is None or episode is None:
            return None
        if episode.ended and self._clock() - episode.ended > VALID_AFTER_END:
            return None
        return LinkedEpisode(value.episode, episode, value.channel)
