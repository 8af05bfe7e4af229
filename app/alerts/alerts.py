"""All of alerts, put together: what decides on episodes, what tells channels of them, and what people do about them."""

from collections.abc import Callable

from redis.asyncio import Redis

from app.access.access import Access
from app.alerts.acknowledge import AcknowledgeLinks
from app.alerts.apprise_sender import AppriseSender
from app.alerts.channels import Channels
from app.alerts.episodes import Episodes
from app.alerts.messages import BoardNow, MessageWriter
from app.alerts.messenger import Messenger
from app.alerts.outbox import Outbox
from app.alerts.store_away import StoreAwayWatch
from app.alerts.tracker import EpisodeTracker
from app.alerts.troubles import TroubleWatch
from app.alerts.webhook import HttpSender
from app.bounds import ALERT_SETTLE_SECONDS
from app.clock import Clock
from app.mirror.mirror import Mirror
from app.receive.skew import Skew
from app.settings import Settings
from app.store.lease import Lease
from app.store_status import StoreStatus
from app.tasks import Tasks


class Alerts:
    def __init__(
        self,
        *,
        settings: Settings,
        store: Redis,
        mirror: Mirror,
        store_status: StoreStatus,
        lease: Lease,
        skew: Skew,
        access: Access,
        find_board: Callable[[str], BoardNow | None],
        tasks: Tasks,
        clock: Clock,
    ) -> None:
        site, allows_private = settings.external_url, settings.alert_private_hosts
        self.episodes = Episodes(store, mirror, clock)
        self.channels = Channels(store, mirror, settings, clock)
        self.links = AcknowledgeLinks(access.credentials, self.episodes, site, clock)
        self.tracker = EpisodeTracker(self.episodes, self.channels, lease, clock)
        writer = MessageWriter(find_board, access.screens.name_of, self.links.link, site, settings.time_zone)
        http, apprise = HttpSender(allows_private=allows_private), AppriseSender(allows_private=allows_private)
        self.messenger = Messenger(writer, http, apprise, clock)
        self._outbox = Outbox(self.episodes, self.channels, self.messenger, lease, clock)
        troubles = TroubleWatch(self.tracker, self.episodes, mirror, lease, find_board, access, skew, clock)
        store_away = StoreAwayWatch(store_status, self.tracker, self.channels, self.messenger, lease, clock)
        tasks.add("the records of alerts", self.episodes.run)
        tasks.add("the channels of alerts", self.channels.run)
        tasks.add("the episodes", self.tracker.run)
        tasks.add("the messages of alerts", self._outbox.run)
        tasks.add("the watch on troubles", troubles.run)
        tasks.add("the watch on the store", store_away.run)

    async def settle(self) -> None:
        """Wait for messages being sent, which another process would send again."""
        await self._outbox.settle(ALERT_SETTLE_SECONDS)
